// Injection changes only what the profile requires. Applied to its own output it changes nothing, even after other webhooks
// have changed the pod.
import assert from "node:assert/strict";
import fc from "fast-check";
import { findInjectionFault } from "../../../webhook/mutation/findInjectionFault.ts";
import { anyPod, generatePodChange } from "./anyPod.ts";
import { applied, buildWeb1, decideInjected, type RawPod } from "./pod.ts";
import { removeInjection } from "./removeInjection.ts";
import { RUNS } from "./runs.ts";

const once = (pod: RawPod): RawPod => applied(pod, decideInjected(pod).injection.operations);

function assertTwinContent(pod: RawPod): void {
  const decision = decideInjected(pod);
  assert.equal(findInjectionFault(decision.pod, decision.member, decision.profile), null);
}

describe("injection, for any pod with unknown fields at every level", function () {
  // seconds on an idle machine
  this.timeout(170_000);

  it("only adds: with the additions removed, the pod is byte for byte what it was", () => {
    fc.assert(
      fc.property(anyPod, (pod) => {
        const { injection, profile } = decideInjected(pod);
        const after = applied(pod, injection.operations);
        assert.equal(JSON.stringify(removeInjection(after, pod, profile)), JSON.stringify(pod));
      }),
      RUNS,
    );
  });

  it("gives every container that the profile names the NodeID once", () => {
    fc.assert(
      fc.property(anyPod, (pod) => {
        const { injection, profile } = decideInjected(pod);
        const { containers } = applied(pod, injection.operations).spec;
        for (const name of profile.containers) {
          const env = containers.find((each) => each.name === name)?.["env"] as { name: string }[];
          const numbers = env.filter((each) => each.name === profile.nodeId.env);
          assert.deepEqual(numbers, [{ name: profile.nodeId.env, value: injection.nodeId }]);
        }
      }),
      RUNS,
    );
  });

  it("yields no operation for its own output, which the validation accepts", () => {
    fc.assert(
      fc.property(anyPod, (pod) => {
        const after = once(pod);
        assert.deepEqual(decideInjected(after).injection.operations, []);
        assertTwinContent(after);
      }),
      RUNS,
    );
  });

  it("converges if another webhook changes the pod before and after injection", () => {
    fc.assert(
      fc.property(anyPod, generatePodChange("early"), generatePodChange("late"), (pod, early, late) => {
        const after = late(once(early(pod)));
        const { injection, profile } = decideInjected(after);
        // with position Last another init container may not stay at the end
        const kinds = new Set(injection.operations.map(({ op }) => op));
        assert.deepEqual([...kinds], profile.name === "beside" && kinds.size > 0 ? ["move"] : []);
        const again = applied(after, injection.operations);
        assert.deepEqual(decideInjected(again).injection.operations, []);
        assertTwinContent(again);
      }),
      RUNS,
    );
  });

  it("copies to rollcall-init what other webhooks have added to the application, and then converges", () => {
    const late = fc.record({
      name: fc.constantFrom("LATE", "LATER"),
      value: fc.string(),
      isFront: fc.boolean(),
    });
    fc.assert(
      fc.property(anyPod, late, (pod, { name, value, isFront }) => {
        const after = once(pod);
        const [app] = after.spec.containers as unknown as { env: unknown[]; volumeMounts: unknown[] }[];
        app?.env.splice(isFront ? 0 : app.env.length, 0, { name, value });
        if (after.spec.containers[0]?.["volumeMounts"] !== undefined)
          app?.volumeMounts.push({ name: "late", mountPath: "/late" });
        const again = once(after);
        const init = again.spec.initContainers?.find((each) => each.name === "rollcall-init");
        if (init !== undefined) {
          const { env, volumeMounts } = init as unknown as {
            env: { name: string }[];
            volumeMounts: unknown[];
          };
          assert.deepEqual(
            env.filter((each) => each.name === name),
            [{ name, value }],
          );
          assert.deepEqual(volumeMounts.at(-1), { name: "late", mountPath: "/late" });
        }
        assert.deepEqual(decideInjected(again).injection.operations, []);
        assertTwinContent(again);
      }),
      RUNS,
    );
  });

  it("puts a variable that was added later after those that it may refer to", () => {
    const pod = once(buildWeb1());
    const env = (pod.spec.containers[0] as unknown as { env: unknown[] }).env;
    env.push({ name: "LATE", value: "$(NODE_ID)" });
    const init = once(pod).spec.initContainers?.[1] as unknown as { env: unknown[] };
    assert.deepEqual(init.env.at(-1), { name: "LATE", value: "$(NODE_ID)" });
  });
});
