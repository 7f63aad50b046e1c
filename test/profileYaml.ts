// Profiles for tests, as documents of one text. JSON is YAML, too.
import { parse } from "yaml";
import { PROFILE_API_VERSION, PROFILE_KIND } from "../webhook/profiles/schema.ts";

/** Fields as an object, or as YAML without the braces around it: `mode: Warn, selectorLabel: Warn`. */
export type YamlFields = string | Readonly<Record<string, unknown>>;

const read = (fields: YamlFields): Record<string, unknown> =>
  typeof fields === "string" ? (parse(`{${fields}}`) as Record<string, unknown>) : { ...fields };

/** A document; several of them in a row are one text. */
export const renderProfileYaml = (name: string, spec: YamlFields): string =>
  `---\n${JSON.stringify({ apiVersion: PROFILE_API_VERSION, kind: PROFILE_KIND, metadata: { name }, spec: read(spec) })}\n`;

/** A profile of type Generic with the required fields, unless `generic` and `spec` set them. */
export const renderGenericYaml = (name: string, generic: YamlFields = "", spec: YamlFields = ""): string =>
  renderProfileYaml(name, {
    type: "Generic",
    namespaces: ["*"],
    ...read(spec),
    generic: {
      containers: ["app"],
      nodeID: { base: 1, max: 999 },
      scaleDown: { policy: "Allow", minReplicas: 1 },
      ...read(generic),
    },
  });
