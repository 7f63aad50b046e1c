// The metrics of what pods have taken up, by the built webhook over HTTPS. Pods write the record, so whatever it says, the
// metrics keep their few lines.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { RECORD_ANNOTATION, recordLease } from "../../init/contract/record.ts";
import { renderGenericYaml, renderProfileYaml } from "../profileYaml.ts";
import { buildSetObject, setReview } from "./reviews.ts";
import { WebhookProcess } from "./webhook.ts";

const PROFILE = renderProfileYaml(
  "desk",
  `type: Otobo, namespaces: ["*"], otobo: {home: {volume: otobo, mode: Ephemeral}, nodeID: {base: 1, size: 20},
  packages: Watch, database: {type: MariaDB, host: db, passwordSecretName: db}, redis: {host: redis},
  scaleDown: {policy: Managed, minReplicas: 1}}`,
);
/** Its StatefulSets are compared with all others. */
const POOLED = renderGenericYaml("pooled", "nodeID: {env: NODE_ID, pool: shared, base: 1, max: 99}");
const AT = "2026-11-29T10:00:00Z";

describe("the metrics of the pods' content", function () {
  this.timeout(120_000);
  let webhook: WebhookProcess;
  before(async () => {
    webhook = await WebhookProcess.start({ profiles: `${PROFILE}${POOLED}` });
  });
  after(() => webhook?.stop());

  const put = (pods: Readonly<Record<string, unknown>>): void => {
    const content = { settled: { id: "2:b", at: AT, pod: "otobo-0" }, pods };
    const record = { schema: 1, kind: "otobo", profile: "desk", base: 1, seq: 1, fence: 1, content };
    webhook.api.put(`/apis/coordination.k8s.io/v1/namespaces/help/leases/${recordLease("otobo")}`, {
      metadata: { annotations: { [RECORD_ANNOTATION]: JSON.stringify(record) } },
      spec: {},
    });
  };
  const readLines = async (): Promise<string[]> =>
    (await webhook.get("/metrics")).text
      .split("\n")
      .filter((line) => /^rollcall_content_(?:sets|pods)/.test(line));
  const waitForLines = async (wanted: readonly string[]): Promise<void> => {
    const deadline = performance.now() + 50_000;
    for (;;) {
      const lines = await readLines();
      if (performance.now() > deadline) assert.deepEqual(lines, wanted, webhook.output);
      if (JSON.stringify(lines) === JSON.stringify(wanted)) return;
      await pause(250);
    }
  };
  const format = (sets: number, counts: readonly number[]): string[] => [
    `rollcall_content_sets ${sets}`,
    ...["current", "other", "failing", "unknown"].map(
      (state, index) => `rollcall_content_pods{state="${state}"} ${counts[index]}`,
    ),
  ];

  it("follow the record, and have no name and no reason of it", async () => {
    const set = {
      metadata: { name: "otobo", namespace: "help", creationTimestamp: AT },
      spec: {
        replicas: 3,
        template: {
          metadata: { labels: { "rollcall.dev/profile": "desk" } },
          spec: { containers: [{ name: "web", image: "otobo:1" }] },
        },
      },
    };
    webhook.api.put("/apis/apps/v1/namespaces/help/statefulsets/otobo", set);
    webhook.api.put("/apis/apps/v1/statefulsets", { metadata: {}, items: [set] } as never);
    put({ "otobo-0": { id: "2:b", at: AT, podUid: "u" }, "otobo-1": { id: "1:a", at: AT, podUid: "u" } });
    await waitForLines(format(2, [1, 1, 0, 1]));

    const hostile = Array.from({ length: 2_000 }, (_, index) => [
      `otobo-${index}`,
      { id: `mallory ${index}`, at: AT, podUid: "u", fault: 'a"} 1\nrollcall_mallory 1' },
    ]);
    put({ ...Object.fromEntries(hostile), 'otobo-1"': { id: "mallory", at: AT, podUid: "u" } });
    await waitForLines(format(3, [0, 0, 3, 0]));
    assert.ok(!(await webhook.get("/metrics")).text.includes("mallory"));
    assert.ok(!webhook.output.includes("mallory"), webhook.output);
  });

  it("delay no review, also while their list gets no answer", async () => {
    const { api } = webhook;
    const sets = "GET /apis/apps/v1/statefulsets?";
    let held = 0;
    api.instead = ({ method, url = "" }) => {
      const isHeld = held === 0 && `${method} ${url}`.startsWith(sets);
      if (isHeld) held += 1;
      return isHeld;
    };
    const deadline = performance.now() + 60_000;
    while (held === 0) {
      assert.ok(performance.now() < deadline, webhook.output);
      await pause(20);
    }
    const before = api.asked.filter((each) => each.startsWith(sets)).length;
    const { status, text, milliseconds } = await webhook.post(
      "/validate",
      setReview(buildSetObject("pooled", { containers: [{ name: "app", image: "a:1" }] }), { dryRun: false }),
    );
    api.instead = () => false;
    assert.equal(status, 200);
    assert.ok(milliseconds < 2_000, `${milliseconds} ms: ${text}`);
    assert.equal(api.asked.filter((each) => each.startsWith(sets)).length, before + 1, text);
  });
});
