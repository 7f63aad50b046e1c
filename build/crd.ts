// Generates the custom resource definition of RollcallProfile from webhook/profiles/schema.ts. A structural schema of the
// API server supports only a part of JSON Schema: no const, no propertyNames, no additionalProperties together with
// properties, no anyOf with types.
import { stringify } from "yaml";
import * as z from "zod";
import {
  PROFILE_GROUP,
  PROFILE_KIND,
  PROFILE_PLURAL,
  PROFILE_VERSION,
  profileSpec,
} from "../webhook/profiles/schema.ts";

interface JsonSchema {
  [keyword: string]: unknown;
  type?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  pattern?: string;
}

/** The part of a structural schema that the profile reference uses. */
export interface StructuralSchema {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
}

/** Keywords of a structural schema, in output order. */
const KEPT = [
  "description",
  "type",
  "default",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "required",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-int-or-string",
  "x-kubernetes-validations",
] as const;

/** The pattern for each format that zod writes without one. */
const FORMATS: Readonly<Record<string, string>> = { uri: "^[hH][tT][tT][pP][sS]?://[^/]" };

/** Keywords that are not needed, or are converted separately. */
const NOT_COPIED = new Set([
  "$schema",
  "format",
  "propertyNames",
  "properties",
  "items",
  "additionalProperties",
  "anyOf",
]);

/** @throws if a keyword would be lost */
function toStructural(schema: JsonSchema, path: string): JsonSchema {
  if (schema.anyOf !== undefined) return toIntOrString(schema, path);
  for (const keyword of Object.keys(schema)) {
    if (!NOT_COPIED.has(keyword) && !(KEPT as readonly string[]).includes(keyword))
      throw new Error(`${path}: a structural schema does not support ${keyword}`);
  }
  const kept: JsonSchema = Object.fromEntries(
    KEPT.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])),
  );
  return { ...kept, ...toPattern(schema, path), ...toChildren(schema, path) };
}

/** The pattern of a string, or that of its format. */
function toPattern({ pattern, format }: JsonSchema, path: string): { pattern?: string } {
  if (typeof pattern === "string" && /\(\?[=!<]/.test(pattern))
    throw new Error(`${path}: Go does not support the pattern ${pattern}`);
  if (pattern !== undefined || format === undefined) return {};
  const known = FORMATS[String(format)];
  if (known === undefined) throw new Error(`${path}: unknown format ${String(format)}`);
  return { pattern: known };
}

function toChildren({ items, properties, additionalProperties }: JsonSchema, path: string): JsonSchema {
  const children: JsonSchema = {};
  if (items !== undefined) children.items = toStructural(items, `${path}[]`);
  if (properties !== undefined) {
    children.properties = Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, toStructural(each, `${path}.${name}`)]),
    );
  } else if (typeof additionalProperties === "object") {
    children.additionalProperties = toStructural(additionalProperties, `${path}.*`);
  }
  return children;
}

/** The only union in the schema: a quantity as integer or string. */
function toIntOrString({ anyOf = [], description }: JsonSchema, path: string): JsonSchema {
  const [number, text, ...others] = anyOf;
  if (number?.type !== "integer" || text?.type !== "string" || others.length > 0)
    throw new Error(`${path}: unsupported union; only integer and string`);
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [{ type: "integer" }, { type: "string" }],
    "x-kubernetes-int-or-string": true,
    ...(text.pattern === undefined ? {} : { pattern: text.pattern }),
  };
}

const CONDITION = {
  type: "object",
  required: ["type", "status", "lastTransitionTime", "reason", "message"],
  properties: {
    type: { type: "string", maxLength: 316, description: "Ready" },
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    observedGeneration: { type: "integer", format: "int64", minimum: 0 },
    lastTransitionTime: { type: "string", format: "date-time" },
    reason: { type: "string", maxLength: 1024, description: "Active, Invalid or Conflict" },
    message: { type: "string", maxLength: 32768 },
  },
};

const STATUS = {
  type: "object",
  description: "Written by Rollcall",
  properties: {
    observedGeneration: {
      type: "integer",
      format: "int64",
      description: "The generation to which the conditions apply",
    },
    conditions: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: CONDITION,
    },
  },
};

const READY = '.status.conditions[?(@.type=="Ready")]';

const COLUMNS = [
  { name: "Type", type: "string", jsonPath: ".spec.type", description: "The kind of workload" },
  { name: "Mode", type: "string", jsonPath: ".spec.mode", description: "Enforce or Warn" },
  {
    name: "Ready",
    type: "string",
    jsonPath: `${READY}.status`,
    description: "Whether workloads can use the profile",
  },
  { name: "Reason", type: "string", jsonPath: `${READY}.reason`, description: "Active, Invalid or Conflict" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/** Builds the structural schema of spec. @throws if a structural schema does not support something */
export const buildSpecSchema = (): StructuralSchema =>
  toStructural(z.toJSONSchema(profileSpec, { io: "input" }) as JsonSchema, "spec") as StructuralSchema;

/** Builds the custom resource definition. @throws if a structural schema does not support something */
export function buildCrd(): Record<string, unknown> {
  const spec = buildSpecSchema();
  const schema = {
    type: "object",
    description:
      "How Rollcall numbers, bootstraps and protects the workloads whose pods name it in the label rollcall.dev/profile",
    required: ["spec"],
    "x-kubernetes-validations": [
      {
        rule: "self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        message:
          "metadata.name must be a DNS label: lower case letters, digits and '-', at most 63 characters",
      },
    ],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec,
      status: STATUS,
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${PROFILE_PLURAL}.${PROFILE_GROUP}` },
    spec: {
      group: PROFILE_GROUP,
      scope: "Cluster",
      names: {
        kind: PROFILE_KIND,
        listKind: `${PROFILE_KIND}List`,
        plural: PROFILE_PLURAL,
        singular: PROFILE_KIND.toLowerCase(),
        shortNames: ["rcp"],
        categories: ["rollcall"],
      },
      versions: [
        {
          name: PROFILE_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/** Renders manifests/base/crd.yaml as YAML 1.1, which kubectl reads: there a bare `off` would be false. */
export const writeCrd = (): string =>
  `# Generated by \`npm run docs\` from webhook/profiles/schema.ts: do not edit.\n${stringify(buildCrd(), { version: "1.1", lineWidth: 120, aliasDuplicateObjects: false })}`;
