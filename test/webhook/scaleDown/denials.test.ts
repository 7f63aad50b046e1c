// docs/denials.md shows each rule, and each denial as kubectl prints it. Whether it is current is tested in test/docs.
import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { readDocument } from "../../../build/docs.ts";
import { GUARD_CODES } from "../../../webhook/scaleDown/codes.ts";
import { POD_DELETION_RULES } from "../../../webhook/scaleDown/podDeletion/rules.ts";
import { readScaleDownCases } from "./language/judge.ts";
import { buildCaseRequest } from "./language/setOf.ts";

/** Not denials of a case: one is made before the change is known, one is not a denial, and two concern pods. */
const NOT_OF_A_CASE = ["request-unreadable", "override-used", ...POD_DELETION_RULES.map(({ name }) => name)];

interface Webhook {
  readonly name: string;
  readonly rules: readonly {
    readonly operations: readonly string[];
    readonly resources: readonly string[];
  }[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
}

async function readWebhooks(): Promise<Webhook[]> {
  const documents = parseAllDocuments(await readDocument("manifests/base/webhooks.yaml"));
  const all = documents.map((document) => document.toJS() as { kind: string; webhooks: Webhook[] });
  return all.flatMap(({ kind, webhooks }) => (kind === "ValidatingWebhookConfiguration" ? webhooks : []));
}

/** Whether a Scale with this selector is sent to a webhook, by the regular expression in its match condition. */
function takesSelector({ matchConditions = [] }: Webhook, selector: string): boolean {
  return matchConditions.every(({ expression }) => {
    const [, not, pattern] = /^(!)?oldObject.*[.]matches\('(.+)'\)$/.exec(expression) ?? [];
    return pattern === undefined || new RegExp(pattern).test(selector) === (not === undefined);
  });
}

describe("docs/denials.md", () => {
  it("has every rule", async () => {
    const text = await readDocument("docs/denials.md");
    const told = [...text.matchAll(/^## (RC\d+) (\S+)$/gm)].map(([, code, rule]) => `${code} ${rule}`);
    const all = Object.entries(GUARD_CODES)
      .filter(([rule]) => !NOT_OF_A_CASE.includes(rule))
      .map(([rule, { code }]) => `${code} ${rule}`);
    assert.deepEqual(told, all);
  });

  it("names the webhook to which the manifests send each change", async () => {
    const text = await readDocument("docs/denials.md");
    const [webhooks, cases] = await Promise.all([readWebhooks(), readScaleDownCases()]);
    const shown = [
      ...text.matchAll(/^(\S+): .*\n```\nError from server \(Forbidden\): admission webhook "(.+?)"/gm),
    ];
    const scaled = shown.filter(([, name, webhook]) => {
      const given = cases.find((each) => each.name === name);
      assert.ok(given, `no case ${name}`);
      const { operation, subResource, oldObject } = buildCaseRequest(given).request;
      const resource = subResource === undefined ? "statefulsets" : `statefulsets/${subResource}`;
      const selector = (oldObject as { status?: { selector?: string } } | null)?.status?.selector ?? "";
      const called = webhooks.filter(
        (each) =>
          each.rules.some(
            ({ operations, resources }) => operations.includes(operation) && resources.includes(resource),
          ) &&
          (subResource === undefined || takesSelector(each, selector)),
      );
      assert.deepEqual(
        called.map((each) => each.name),
        [webhook],
        name,
      );
      return subResource === "scale";
    });
    assert.ok(scaled.length > 0 && scaled.length < shown.length, "both kinds of changes must be shown");
  });
});
