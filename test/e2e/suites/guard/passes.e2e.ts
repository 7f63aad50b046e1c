// The two ways past a denial: maintenance, which scales to zero and back, and the override, which is recorded.
import assert from "node:assert/strict";
import { waitUntilPasses } from "../../harness/eventually.ts";
import {
  assertDenied,
  assertPassed,
  mergePatch,
  readStoredSet,
  start,
  waitUntilEmpty,
} from "../../harness/guarded.ts";
import type { Kubectl } from "../../harness/kubectl.ts";
import { SYSTEM } from "../../harness/rollcall.ts";
import { makeSpace, type Space } from "../../harness/space.ts";

interface Lease {
  metadata: { annotations?: Record<string, string> };
}

describe("maintenance and override", () => {
  let space: Space;
  let k: Kubectl;
  before(async () => {
    space = await makeSpace("guard-passes");
    k = space.k;
    await start(k, { name: "kept", profile: "kept" });
  });
  after(() => space.remove());

  const recorded = async (): Promise<unknown> => {
    const { metadata } = await k.json<Lease>(["get", "lease", "rollcall-record-kept"]);
    return (JSON.parse(metadata.annotations?.["rollcall.dev/record"] ?? "{}") as { ordinals?: unknown })
      .ordinals;
  };

  it("allows stopping all pods under maintenance, and records the replicas", async () => {
    assertPassed(await k.try(["annotate", "statefulset", "kept", "rollcall.dev/maintenance=storage moves"]));
    assertPassed(await k.try(["scale", "statefulset/kept", "--replicas=0", "--dry-run=server"]));
    assert.equal((await k.try(["get", "lease", "rollcall-record-kept"])).code, 1, "a dry run writes nothing");
    assertPassed(await k.try(["scale", "statefulset/kept", "--replicas=0"]));
    assert.deepEqual(await recorded(), { start: 0, replicas: 3 });
    await waitUntilEmpty(k, "kept");
  });

  it("denies bringing back fewer pods than before", async () => {
    assertPassed(await k.try(["annotate", "statefulset", "kept", "rollcall.dev/maintenance-"]));
    const said = await k.try(["scale", "statefulset/kept", "--replicas=2"]);
    assertDenied(said, "RC009");
    assert.match(said.stderr, /kept-2/);
    assert.match(said.stderr, / {2}kubectl -n \S+ scale statefulset kept --replicas=3\n/);
    assertPassed(await k.try(["scale", "statefulset/kept", "--replicas=3"]));
  });

  it("allows a scale-down with an override, and reports it by warning, Event and metric", async () => {
    const until = `${new Date(Date.now() + 10 * 60_000).toISOString().slice(0, 19)}Z`;
    const annotations = { "rollcall.dev/override": `${until} ticket 4711` };
    const said = await mergePatch(k, "kept", { metadata: { annotations }, spec: { replicas: 2 } });
    assertPassed(said);
    assert.match(
      said.stderr,
      /Warning: rollcall RC027 override-used: overridden by \S+ until \S+ \(ticket 4711\): rollcall RC012/,
    );
    assert.equal((await readStoredSet(k, "kept")).spec.replicas, 2);
    await waitUntilPasses(async () => {
      const { items } = await k.json<{
        items: { reason: string; message: string; involvedObject: { name: string } }[];
      }>(["get", "events"]);
      const found = items.find(({ message }) => message.includes("RC027"));
      assert.equal(found?.involvedObject.name, "kept");
      assert.match(found?.message ?? "", /ticket 4711/);
    });
    // only one of the two replicas has decided, and the proxy reaches either
    await waitUntilPasses(async () => {
      const path = `/api/v1/namespaces/${SYSTEM}/services/https:rollcall:443/proxy/metrics`;
      assert.match(
        await k.run(["get", "--raw", path]),
        /^rollcall_overrides_used_total\{code="RC012"\} [1-9]/m,
      );
    });
  });
});
