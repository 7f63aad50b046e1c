// The custom resource definition of RollcallProfile, generated from the schema of webhook/profiles/schema.ts. A structural
// schema of the API server knows less than JSON Schema: no const, no propertyNames, no additionalProperties beside
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

/** The part of a structural schema that the documentation reads. */
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

/** Keywords that a structural schema has, in the order in which they are written. */
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

/** What zod says of a string of which only the format is known, as a pattern. */
const FORMATS: Readonly<Record<string, string>> = { uri: "^[hH][tT][tT][pP][sS]?://[^/]" };

/** Keywords that zod writes and that say nothing here, or that are carried over in another form. */
const DROPPED = new Set([
  "$schema",
  "format",
  "propertyNames",
  "properties",
  "items",
  "additionalProperties",
  "anyOf",
]);

/** @throws where the schema has a keyword that would be lost */
function toStructural(schema: JsonSchema, path: string): JsonSchema {
  if (schema.anyOf !== undefined) return toIntOrString(schema, path);
  for (const keyword of Object.keys(schema)) {
    if (!DROPPED.has(keyword) && !(KEPT as readonly string[]).includes(keyword))
      throw new Error(`${path}: ${keyword} has no place in a structural schema`);
  }
  const kept: JsonSchema = Object.fromEntries(
    KEPT.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])),
  );
  return { ...kept, ...toPattern(schema, path), ...toChildren(schema, path) };
}

/** The pattern of a string, or the one that stands for its format. */
function toPattern({ pattern, format }: JsonSchema, path: string): { pattern?: string } {
  if (typeof pattern === "string" && /\(\?[=!<]/.test(pattern))
    throw new Error(`${path}: Go cannot read the pattern ${pattern}`);
  if (pattern !== undefined || format === undefined) return {};
  const known = FORMATS[String(format)];
  if (known === undefined) throw new Error(`${path}: format ${String(format)} is not known`);
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

/** The only union that we have: an amount as a number or as text. */
function toIntOrString({ anyOf = [], description }: JsonSchema, path: string): JsonSchema {
  const [number, text, ...others] = anyOf;
  if (number?.type !== "integer" || text?.type !== "string" || others.length > 0)
    throw new Error(`${path}: a union other than of integer and string`);
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
      description: "The generation that the conditions are about",
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
  { name: "Ready", type: "string", jsonPath: `${READY}.status`, description: "Whether workloads can use it" },
  { name: "Reason", type: "string", jsonPath: `${READY}.reason`, description: "Why" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/** The structural schema of spec. @throws where the schema has what a structural schema cannot say */
export const buildSpecSchema = (): StructuralSchema =>
  toStructural(z.toJSONSchema(profileSpec, { io: "input" }) as JsonSchema, "spec") as StructuralSchema;

/** The custom resource definition as an object. @throws where the schema has what a structural schema cannot say */
export function buildCrd(): Record<string, unknown> {
  const spec = buildSpecSchema();
  const schema = {
    type: "object",
    description:
      "How Rollcall treats the workloads that name this profile in their pod label rollcall.dev/profile",
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

/** The text of manifests/base/crd.yaml, for readers of YAML 1.1, as kubectl is one: to them a bare off is false. */
export const writeCrd = (): string =>
  `# Generated by \`npm run docs\` from webhook/profiles/schema.ts: do not edit.\n${stringify(buildCrd(), { version: "1.1", lineWidth: 120, aliasDuplicateObjects: false })}`;
