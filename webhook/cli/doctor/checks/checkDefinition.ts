// Whether the API server serves RollcallProfiles with the schema of this version.
import { anything, flag, list, object, text } from "../../../../init/contract/shape.ts";
import { conditionedStatus } from "../../../kubernetes/conditions.ts";
import { type Check, createFault } from "../context.ts";
import { findDifference } from "../expected.ts";
import type { CheckFinding } from "../report.ts";

const DEFINITION = "rollcallprofiles.rollcall.dev";
const VERSION_NAME = "v1alpha1";

const definition = object({
  spec: object({
    scope: text(),
    versions: list(object({ name: text(), served: flag(), storage: flag(), schema: anything() }), 100),
  }),
  status: conditionedStatus,
});

export const checkDefinition: Check = {
  group: "Definition of RollcallProfile",
  name: "definition",
  looksAt: `CustomResourceDefinition ${DEFINITION}: its conditions, versions and schema`,
  run: async ({ reader, expected, commands }) => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${DEFINITION}`;
    const shown = `CustomResourceDefinition ${DEFINITION}`;
    const found = await reader.get(path, shown, definition);
    const replace = [commands.replace("CustomResourceDefinition", DEFINITION)];
    const good = `${shown} is established and serves ${VERSION_NAME} with the schema of this version`;
    if (found === null)
      return {
        good,
        findings: [
          createFault(`${shown} does not exist`, "there can be no profiles", [
            commands.create("CustomResourceDefinition", DEFINITION),
          ]),
        ],
      };
    const findings: CheckFinding[] = [];
    const isTrue = (type: string): boolean =>
      found.status?.conditions?.some((each) => each.type === type && each.status === "True") === true;
    const missing = ["NamesAccepted", "Established"].find((type) => !isTrue(type));
    if (missing !== undefined)
      findings.push(
        createFault(
          `${shown} does not have the condition ${missing}`,
          "the API server does not serve profiles",
          [commands.kubectl("describe", "customresourcedefinition", DEFINITION)],
        ),
      );
    const served = found.spec.versions.find(({ name }) => name === VERSION_NAME);
    const wanted = readExpectedVersion(expected);
    if (served?.served !== true)
      findings.push(
        createFault(`${shown} does not serve ${VERSION_NAME}`, "the webhook cannot read profiles", replace),
      );
    else {
      const difference = findDifference(wanted, served.schema);
      if (difference !== null)
        findings.push(
          createFault(
            `the schema of ${shown} is not that of this version: ${difference} differs`,
            "fields may be dropped or refused that this version has",
            replace,
          ),
        );
    }
    return { good, findings };
  },
};

function readExpectedVersion(
  expected: readonly { kind: string; object: Readonly<Record<string, unknown>> }[],
): unknown {
  const crd = expected.find(({ kind }) => kind === "CustomResourceDefinition")?.object as {
    spec: { versions: { schema: unknown }[] };
  };
  return crd.spec.versions[0]?.schema;
}
