// Profiles for tests, as YAML documents in one text. JSON is valid YAML, too.
import { parse } from "yaml";
import { PROFILE_API_VERSION, PROFILE_KIND } from "../webhook/profiles/schema.ts";

/** Fields as an object, or as YAML without the surrounding braces: `mode: Warn, selectorLabel: Warn`. */
export type YamlFields = string | Readonly<Record<string, unknown>>;

const read = (fields: YamlFields): Record<string, unknown> =>
  typeof fields === "string" ? (parse(`{${fields}}`) as Record<string, unknown>) : { ...fields };

/** One YAML document; several can be concatenated. */
export const renderProfileYaml = (name: string, spec: YamlFields): string =>
  `---\n${JSON.stringify({ apiVersion: PROFILE_API_VERSION, kind: PROFILE_KIND, metadata: { name }, spec: read(spec) })}\n`;

/** A profile of type Generic with the required fields, which `generic` and `spec` can replace. */
export const renderGenericYaml = (name: string, generic: YamlFields = "", spec: YamlFields = ""): string =>
  renderProfileYaml(name, {
    type: "Generic",
    namespaces: ["*"],
    ...read(spec),
    generic: {
      containers: ["app"],
      nodeID: { base: 1, max: 999 },
      scaleDown: { policy: "Allow" },
      ...read(generic),
    },
  });
