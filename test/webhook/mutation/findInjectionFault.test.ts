// The validation of injected pods denies changes that break the profile's guarantees, and no others.
import assert from "node:assert/strict";
import { findInjectionFault } from "../../../webhook/mutation/findInjectionFault.ts";
import { applied, buildWeb1, decideInjected, type RawNamed, type RawPod } from "./pod.ts";

const injectWholePod = (profile = "demo"): RawPod =>
  applied(buildWeb1(profile), decideInjected(buildWeb1(profile)).injection.operations);

/** A pod with a preStop that leaves, and changes of its application container after injection. */
function wholeWith(changes: Record<string, unknown>): RawPod {
  const pod = injectWholePod("leaving");
  Object.assign(pod.spec.containers[0] ?? {}, changes);
  return pod;
}

function findFaultCode(pod: RawPod): string | null {
  const { member, profile } = decideInjected(buildWeb1(pod.metadata.labels["rollcall.dev/profile"]));
  return findInjectionFault(pod as never, member, profile)?.code ?? null;
}

describe("the validation of an injected pod", () => {
  it("accepts a complete pod", () => assert.equal(findFaultCode(injectWholePod()), null));

  it("denies a missing, changed or duplicate NodeID", () => {
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

  it("names the value that it found, but no value of a Secret", () => {
    const said = (...env: unknown[]): string => {
      const pod = injectWholePod();
      Object.assign(pod.spec.containers[0] ?? {}, { env });
      const { member, profile } = decideInjected(buildWeb1());
      return findInjectionFault(pod as never, member, profile)?.message ?? "";
    };
    assert.match(
      said({ name: "NODE_ID", value: "9" }),
      /^container app must have NODE_ID=2 but has "9"\. Another webhook/,
    );
    const secret = { name: "NODE_ID", valueFrom: { secretKeyRef: { name: "s", key: "k" } } };
    assert.match(said({ name: "NODE_ID", value: "2" }, secret), /but has "2" and a value from valueFrom\. /);
    assert.match(said(), /but has none[.] Another webhook .*mutatingwebhookconfigurations/s);
  });

  it("denies init containers that are missing or out of order", () => {
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

  it("denies a missing plan, and one of another pod", () => {
    const without = injectWholePod();
    Object.assign(without.spec.initContainers?.[1] ?? {}, { env: [] });
    assert.equal(findFaultCode(without), "RC116");
    const anothers = JSON.parse(
      JSON.stringify(injectWholePod()).replaceAll('\\"pod\\":\\"web-1\\"', '\\"pod\\":\\"web-2\\"'),
    ) as RawPod;
    assert.equal(findFaultCode(anothers), "RC116");
  });
});

describe("the validation of an injected pod that leaves by itself", () => {
  it("accepts a complete pod, and one without preStop under scaleDown.policy Drained", () => {
    for (const profile of ["leaving", "drained"])
      assert.equal(findFaultCode(injectWholePod(profile)), null, profile);
  });

  it("denies a preStop that is missing, foreign or wrapped by a foreign one", () => {
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

  it("accepts a plan from before an edit of the profile", () => {
    const pod = wholeWith({ lifecycle: undefined });
    const before = JSON.stringify(pod).replaceAll('\\"drop\\":\\"managed\\"', '\\"drop\\":\\"allow\\"');
    assert.equal(findFaultCode(JSON.parse(before) as RawPod), null);
  });

  it("denies a preStop without the runner or this pod's plan", () => {
    assert.equal(findFaultCode(wholeWith({ volumeMounts: [] })), "RC126");
    assert.equal(findFaultCode(wholeWith({ env: [{ name: "NODE_ID", value: "2" }] })), "RC126");
  });

  it("accepts a foreign preStop that injection has wrapped", () => {
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
