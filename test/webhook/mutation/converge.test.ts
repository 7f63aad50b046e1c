// Injection changes what the profile asks for and nothing else; applied to its own output it finds nothing to do, also
// after others have been at the pod.
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

  it("adds what the profile asks for: taken out again, the pod is byte for byte what it was", () => {
    fc.assert(
      fc.property(anyPod, (pod) => {
        const { injection, profile } = decideInjected(pod);
        const after = applied(pod, injection.operations);
        assert.equal(JSON.stringify(removeInjection(after, pod, profile)), JSON.stringify(pod));
      }),
      RUNS,
    );
  });

  it("gives every container that the profile names the number, once", () => {
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

  it("converges: applied to its own output it yields no operation, and its twin is content", () => {
    fc.assert(
      fc.property(anyPod, (pod) => {
        const after = once(pod);
        assert.deepEqual(decideInjected(after).injection.operations, []);
        assertTwinContent(after);
      }),
      RUNS,
    );
  });

  it("converges after another webhook has changed everything, before us and after us", () => {
    fc.assert(
      fc.property(anyPod, generatePodChange("early"), generatePodChange("late"), (pod, early, late) => {
        const after = late(once(early(pod)));
        const { injection, profile } = decideInjected(after);
        // position last: an init container that came behind ours is not left there
        const kinds = new Set(injection.operations.map(({ op }) => op));
        assert.deepEqual([...kinds], profile.name === "beside" && kinds.size > 0 ? ["move"] : []);
        const again = applied(after, injection.operations);
        assert.deepEqual(decideInjected(again).injection.operations, []);
        assertTwinContent(again);
      }),
      RUNS,
    );
  });

  it("takes what others gave the application alone over to its own init container, and then converges", () => {
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

  it("puts a variable that came later behind what it may refer to", () => {
    const pod = once(buildWeb1());
    const env = (pod.spec.containers[0] as unknown as { env: unknown[] }).env;
    env.push({ name: "LATE", value: "$(NODE_ID)" });
    const init = once(pod).spec.initContainers?.[1] as unknown as { env: unknown[] };
    assert.deepEqual(init.env.at(-1), { name: "LATE", value: "$(NODE_ID)" });
  });
});
