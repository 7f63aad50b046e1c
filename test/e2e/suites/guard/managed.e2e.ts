// Policy Managed: pods leave by themselves if they can; otherwise the scale-down is denied.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import { assertDenied, assertPassed, bindMembers, start } from "../../harness/guarded.ts";
import type { Kubectl, KubectlOutcome } from "../../harness/kubectl.ts";
import { makeSpace, type Space } from "../../harness/space.ts";

interface Lease {
  metadata: { annotations?: Record<string, string> };
}

describe("the guard, with scaleDown.policy Managed", () => {
  let space: Space;
  let k: Kubectl;
  before(async () => {
    space = await makeSpace("guard-managed");
    k = space.k;
    await bindMembers(space);
    // sleep as process 1 would ignore SIGTERM, and the pod would wait for the grace period, which must be long enough
    // for a busy machine
    const container = { command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait"] };
    const pod = { terminationGracePeriodSeconds: 120 };
    await start(k, { name: "web", profile: "managed", container, pod });
  });
  after(() => space.remove());

  const scale = (replicas: number, ...more: readonly string[]): Promise<KubectlOutcome> =>
    k.try(["scale", "statefulset/web", `--replicas=${replicas}`, ...more]);

  it("denies while the pods may not read their StatefulSet, and shows the binding to create", async () => {
    await k.run(["delete", "rolebinding", "rollcall-member"]);
    const said = await waitUntilPasses(async () => {
      // the API server caches rights for some seconds, and an admitted scale-down cannot be repeated
      assertDenied(await scale(2, "--dry-run=server"), "RC015");
      return scale(2);
    });
    assertDenied(said, "RC015");
    assert.match(
      said.stderr,
      new RegExp(`kubectl -n ${space.name} create rolebinding default-rollcall-member`),
    );
    await bindMembers(space);
  });

  it("allows removing a pod that leaves by itself, and the pod leaves", async () => {
    // the API server caches rights for some seconds
    await waitUntilPasses(async () => assertPassed(await scale(2)));
    await k.run(["wait", "--for=delete", "pod/web-2", TIMEOUT]);
    const { metadata } = await k.json<Lease>(["get", "lease", "rollcall-record-web"]);
    const record = JSON.parse(metadata.annotations?.["rollcall.dev/record"] ?? "{}") as {
      tombstones?: Record<string, { finished: boolean }>;
    };
    assert.equal(record.tombstones?.["web-2"]?.finished, true);
  });

  it("enforces the profile's minimum of replicas", async () => {
    assertDenied(await scale(1), "RC008");
  });
});
