// Unlabelled objects are stored as without Rollcall, and its webhooks are not called for them.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../../harness/appImage.ts";
import { countCalls } from "../../harness/calls.ts";
import { waitUntilPasses } from "../../harness/eventually.ts";
import { BASE } from "../../harness/rollcall.ts";
import { makeSpace, type Space } from "../../harness/space.ts";

const HOOKS = [
  "pods.mutate.rollcall.dev",
  "pods.validate.rollcall.dev",
  "statefulsets.validate.rollcall.dev",
];
const CONFIGURATIONS = ["mutatingwebhookconfiguration/rollcall", "validatingwebhookconfiguration/rollcall"];

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "lone", labels: { app: "lone" } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      { name: "app", image: APP_IMAGE, command: ["sleep", "100000"], env: [{ name: "A", value: "$(B)" }] },
    ],
  },
};

describe("an unlabelled pod", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("untouched");
  });
  after(() => space.remove());

  /** The pod as stored, without the fields that differ between any two pods. */
  async function stored(): Promise<unknown> {
    const said = await space.k.apply([POD]);
    assert.equal(said.code, 0, said.stderr);
    const { metadata, spec } = await space.k.json<{
      metadata: Record<string, unknown>;
      spec: Record<string, unknown>;
    }>(["get", "pod", "lone"]);
    await space.k.run(["delete", "pod", "lone", "--wait=true"]);
    for (const field of ["uid", "creationTimestamp", "resourceVersion"]) delete metadata[field];
    // the scheduler decides about node and time
    delete spec["nodeName"];
    delete metadata["managedFields"];
    delete metadata["generation"];
    return JSON.parse(
      JSON.stringify({ metadata, spec }).replaceAll(/kube-api-access-[a-z0-9]+/g, "kube-api-access"),
    );
  }

  it("is stored as without Rollcall, and calls none of its webhooks", async () => {
    const counts = () => Promise.all(HOOKS.map((hook) => countCalls(space.all, hook)));
    const before = await counts();
    const withRollcall = await stored();
    assert.deepEqual(await counts(), before);
    // proves that calls are counted: a labelled pod
    const ours = [
      "run",
      "ours",
      `--image=${APP_IMAGE}`,
      "--labels=rollcall.dev/profile=demo",
      "--dry-run=server",
    ];
    await space.k.try(ours);
    assert.notDeepEqual(await counts(), before);

    await space.all.run(["delete", ...CONFIGURATIONS]);
    try {
      assert.deepEqual(withRollcall, await stored());
    } finally {
      await space.all.run(["apply", "-k", BASE]);
      // the webhook publishes its CA again, without a restart
      await waitUntilPasses(async () => {
        const { webhooks } = await space.all.json<{ webhooks: { clientConfig: { caBundle?: string } }[] }>([
          "get",
          "mutatingwebhookconfiguration",
          "rollcall",
        ]);
        assert.ok(webhooks.every(({ clientConfig }) => clientConfig.caBundle));
      });
    }
  });
});
