// The validating twin denies what would break a promise, and nothing else that others have changed.
import assert from "node:assert/strict";
import { findInjectionFault } from "../../../webhook/mutation/findInjectionFault.ts";
import { applied, buildWeb1, decideInjected, type RawNamed, type RawPod } from "./pod.ts";

const injectWholePod = (profile = "demo"): RawPod =>
  applied(buildWeb1(profile), decideInjected(buildWeb1(profile)).injection.operations);

/** A pod that leaves by itself, its application container changed afterwards. */
function wholeWith(changes: Record<string, unknown>): RawPod {
  const pod = injectWholePod("leaving");
  Object.assign(pod.spec.containers[0] ?? {}, changes);
  return pod;
}

function findFaultCode(pod: RawPod): string | null {
  const { member, profile } = decideInjected(buildWeb1(pod.metadata.labels["rollcall.dev/profile"]));
  return findInjectionFault(pod as never, member, profile)?.code ?? null;
}

describe("the validating twin", () => {
  it("lets a whole pod pass", () => assert.equal(findFaultCode(injectWholePod()), null));

  it("denies a lost, changed or doubled number", () => {
    for (const env of [
      [],
      [{ name: "NODE_ID", value: "3" }],
      [
        { name: "NODE_ID", value: "2" },
        { name: "NODE_ID", value: "9" },
      ],
    ]) {
      const pod = injectWholePod();
      Object.assign(pod.spec.containers[0] ?? {}, { env });
      assert.equal(findFaultCode(pod), "RC114");
    }
  });

  it("names what it found instead, but no value of a Secret", () => {
    const said = (...env: unknown[]): string => {
      const pod = injectWholePod();
      Object.assign(pod.spec.containers[0] ?? {}, { env });
      const { member, profile } = decideInjected(buildWeb1());
      return findInjectionFault(pod as never, member, profile)?.message ?? "";
    };
    assert.match(
      said({ name: "NODE_ID", value: "9" }),
      /^container app must have NODE_ID=2 but has "9": another webhook/,
    );
    const secret = { name: "NODE_ID", valueFrom: { secretKeyRef: { name: "s", key: "k" } } };
    assert.match(said({ name: "NODE_ID", value: "2" }, secret), /but has "2" and a value from elsewhere: /);
    assert.match(said(), /but has none: another webhook .*mutatingwebhookconfigurations/);
  });

  it("denies a runner that is missing or out of order", () => {
    for (const change of [
      (list: unknown[]) => list.slice(1),
      (list: unknown[]) => list.slice(0, 1),
      (list: unknown[]) => [...list].reverse(),
    ]) {
      const pod = injectWholePod();
      pod.spec.initContainers = change(pod.spec.initContainers ?? []) as RawNamed[];
      assert.equal(findFaultCode(pod), "RC115");
    }
  });

  it("denies a plan that is missing or another pod's", () => {
    const without = injectWholePod();
    Object.assign(without.spec.initContainers?.[1] ?? {}, { env: [] });
    assert.equal(findFaultCode(without), "RC116");
    const anothers = JSON.parse(
      JSON.stringify(injectWholePod()).replaceAll('\\"pod\\":\\"web-1\\"', '\\"pod\\":\\"web-2\\"'),
    ) as RawPod;
    assert.equal(findFaultCode(anothers), "RC116");
  });
});

describe("the validating twin, where pods leave by themselves", () => {
  it("lets a whole pod pass, also where scaleDown.policy Drained has no preStop", () => {
    for (const profile of ["leaving", "drained"])
      assert.equal(findFaultCode(injectWholePod(profile)), null, profile);
  });

  it("denies a preStop that is gone, another's, or hidden behind another's", () => {
    for (const lifecycle of [
      undefined,
      {},
      { preStop: { sleep: { seconds: 5 } } },
      { preStop: { exec: { command: ["sh", "-c", "true"] } } },
      { preStop: { exec: { command: ["/rollcall/rollcall", "status"] } } },
      { preStop: { exec: { command: ["true", "/rollcall/rollcall", "leave"] } } },
    ]) {
      assert.equal(findFaultCode(wholeWith({ lifecycle })), "RC126", JSON.stringify(lifecycle));
    }
  });

  it("lets a pod pass whose plan is that of the profile before its edit", () => {
    const pod = wholeWith({ lifecycle: undefined });
    const before = JSON.stringify(pod).replaceAll('\\"drop\\":\\"managed\\"', '\\"drop\\":\\"allow\\"');
    assert.equal(findFaultCode(JSON.parse(before) as RawPod), null);
  });

  it("denies a preStop without the runner or this pod's plan", () => {
    assert.equal(findFaultCode(wholeWith({ volumeMounts: [] })), "RC126");
    assert.equal(findFaultCode(wholeWith({ env: [{ name: "NODE_ID", value: "2" }] })), "RC126");
  });

  it("is content again once injection has wrapped what another webhook put there", () => {
    const pod = wholeWith({ lifecycle: { preStop: { exec: { command: ["theirs", "$(A)"] } } } });
    const again = applied(pod, decideInjected(pod).injection.operations);
    assert.equal(findFaultCode(again), null);
    const { lifecycle } = again.spec.containers[0] as unknown as { lifecycle: { preStop: Hook } };
    assert.deepEqual(lifecycle.preStop.exec.command.slice(-4), ["leave", "--", "theirs", "$(A)"]);
    assert.deepEqual(decideInjected(again).injection.operations, []);
  });
});

interface Hook {
  exec: { command: string[] };
}
