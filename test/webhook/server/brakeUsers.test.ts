// Compares the setting ROLLCALL_CONTROLLER_USERS with the base's webhook configuration.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { DEFAULT_CONTROLLER_USERS } from "../../../webhook/mutation/settings.ts";
import { explainMissingGate } from "../../../webhook/server/explainMissingGate.ts";
import { REPOSITORY_ROOT } from "../cli/cli.ts";

interface Hook {
  name: string;
  matchConditions?: { expression: string }[];
}

const text = await readFile(join(REPOSITORY_ROOT, "manifests/base/webhooks.yaml"), "utf8");
const [, validating] = parseAllDocuments(text, { merge: true }).map(
  (each) => each.toJS() as { webhooks: Hook[] },
);
const entries = (validating?.webhooks ?? []).map(({ name, matchConditions = [] }) => ({
  name,
  caBundle: "",
  conditions: matchConditions.map(({ expression }) => expression),
}));
const why = (controllerUsers: readonly string[]) =>
  explainMissingGate({ entries }, { configuration: "rollcall", controllerUsers });

describe("the users whose pod deletions are reviewed", () => {
  it("are the defaults in the base's matchConditions", () => {
    assert.equal(why(DEFAULT_CONTROLLER_USERS), null);
    for (const user of DEFAULT_CONTROLLER_USERS) assert.equal(why([user]), null);
  });

  it("cause a message with a remedy if the setting differs", () => {
    assert.match(
      why(["system:serviceaccount:kube-system:statefulset-controller", "my-controllers"]) ?? "",
      /^the matchConditions of pods-deletion\.validate\.rollcall\.dev .* do not have my-controllers from ROLLCALL_CONTROLLER_USERS, .* add the name/,
    );
    // a part of a name does not match
    assert.notEqual(why(["kube-controller-manager"]), null);
  });

  it("are all users without a matchCondition, and are ignored if the entry was removed", () => {
    const one = (conditions: string[]) => ({
      entries: [{ name: "pods-deletion.validate.rollcall.dev", caBundle: "", conditions }],
    });
    assert.equal(explainMissingGate(one([]), { configuration: "r", controllerUsers: ["x"] }), null);
    assert.equal(explainMissingGate({ entries: [] }, { configuration: "r", controllerUsers: ["x"] }), null);
  });
});
