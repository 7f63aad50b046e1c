// Injection changes what the profile asks for and nothing else; applied to its own output it finds nothing to do.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decideOnPod } from "../../webhook/inject/decide.ts";
import { twin } from "../../webhook/inject/twin.ts";
import { applied, CONTROLLER, forceOf, podWeb1, type RawNamed, type RawPod } from "./pod.ts";

const force = forceOf();
const ask = { namespace: "demo", username: CONTROLLER };

function injected(pod: RawPod) {
  const decision = decideOnPod(pod, ask, force);
  if (decision.is !== "injected") assert.fail(JSON.stringify(decision));
  return decision;
}

/** Fields that no schema of ours knows, at every level of a pod. */
const unknownFields = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 5 }).map((name) => `x-${name}/~`),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 3 },
);

const names = fc.constantFrom("A", "B", "C", "PEER");

/** What a container may have where a preStop of ours can go. */
const lifecycle = fc.oneof(
  fc.constant(undefined),
  fc.record({ postStart: fc.constant({ exec: { command: ["a"] } }) }),
  fc
    .array(fc.string(), { minLength: 1, maxLength: 3 })
    .map((command) => ({ preStop: { exec: { command, "x-exec": 1 }, "x-stop": 1 }, stopSignal: "SIGINT" })),
);

const podWithUnknowns: fc.Arbitrary<RawPod> = fc
  .record({
    profile: fc.constantFrom("demo", "leaving", "drained"),
    lifecycle,
    hasToken: fc.boolean(),
    top: unknownFields,
    meta: unknownFields,
    spec: unknownFields,
    app: unknownFields,
    volume: unknownFields,
    env: fc.option(
      fc.uniqueArray(fc.record({ name: names, value: fc.string() }), { selector: (each) => each.name }),
      { nil: undefined },
    ),
    inits: fc.option(
      fc.array(fc.record({ name: fc.constantFrom("one", "two"), image: fc.string() }), { maxLength: 2 }),
      { nil: undefined },
    ),
  })
  .map(({ profile, lifecycle: hooks, hasToken, top, meta, spec, app, volume, env, inits }) => {
    const pod = podWeb1(profile);
    if (!hasToken) (pod.spec.containers[0]?.["volumeMounts"] as unknown[] | undefined)?.pop();
    if (hooks !== undefined) Object.assign(pod.spec.containers[0] ?? {}, { lifecycle: hooks });
    Object.assign(pod, top);
    Object.assign(pod.metadata, meta);
    Object.assign(pod.spec, spec);
    Object.assign(pod.spec.containers[0] ?? {}, app);
    Object.assign(pod.spec.volumes?.[0] ?? {}, volume);
    if (env === undefined) delete pod.spec.containers[0]?.["env"];
    else Object.assign(pod.spec.containers[0] ?? {}, { env });
    if (inits !== undefined) pod.spec.initContainers = inits;
    return pod;
  });

/** Another webhook: renames images, adds env, mounts and security settings everywhere, also to ours. */
function meddled(pod: RawPod): RawPod {
  const copy = structuredClone(pod);
  for (const container of [...copy.spec.containers, ...(copy.spec.initContainers ?? [])]) {
    container["image"] = `mirror.test/${String(container["image"])}`;
    container["env"] = [
      { name: "MESH", value: "on" },
      ...((container["env"] as unknown[] | undefined) ?? []),
    ];
    container["volumeMounts"] = [
      ...((container["volumeMounts"] as unknown[] | undefined) ?? []),
      { name: "mesh", mountPath: "/mesh" },
    ];
    container["securityContext"] = { runAsUser: 7 };
  }
  copy.spec.containers.push({ name: "mesh-proxy", image: "mesh" });
  copy.spec.initContainers?.unshift({ name: "mesh-init", image: "mesh" });
  copy.spec.volumes?.push({ name: "mesh", emptyDir: {} });
  return copy;
}

describe("injection", () => {
  it("adds and never changes or removes, whatever unknown fields a pod has", () => {
    fc.assert(
      fc.property(podWithUnknowns, (pod) => {
        const { operations } = injected(pod).injection;
        const after = applied(pod, operations);
        assertHolds(after, pod, "");
      }),
      { numRuns: 2000 },
    );
  });

  it("converges: applied to its own output it yields no operation", () => {
    fc.assert(
      fc.property(podWithUnknowns, (pod) => {
        const once = applied(pod, injected(pod).injection.operations);
        assert.deepEqual(injected(once).injection.operations, []);
      }),
      { numRuns: 2000 },
    );
  });

  it("converges after another webhook has changed everything, and its twin is content", () => {
    fc.assert(
      fc.property(podWithUnknowns, (pod) => {
        const other = meddled(applied(pod, injected(pod).injection.operations));
        const decision = injected(other);
        assert.deepEqual(decision.injection.operations, []);
        assert.equal(twin(decision.pod, decision.member, decision.profile), null);
      }),
      { numRuns: 2000 },
    );
  });

  it("carries a mount and env that came later over to its own init container", () => {
    const pod = applied(podWeb1(), injected(podWeb1()).injection.operations);
    const app = pod.spec.containers[0] as unknown as { env: unknown[]; volumeMounts: unknown[] };
    app.env.push({ name: "LATE", value: "1" });
    app.volumeMounts.push({ name: "late", mountPath: "/late" });
    const init = applied(pod, injected(pod).injection.operations).spec.initContainers?.[1];
    assert.ok(JSON.stringify(init).includes('{"name":"LATE","value":"1"}'));
    assert.ok(JSON.stringify(init).includes('{"name":"late","mountPath":"/late"}'));
  });

  it("never repeats a value of the pod's env in its words", () => {
    const pod = podWeb1();
    Object.assign(pod.spec.containers[0] ?? {}, {
      env: [
        { name: "PASSWORD", value: "sentinel-secret" },
        { name: "ADVERTISED_NAME", value: "sentinel-secret" },
      ],
    });
    const decision = injected(pod);
    assert.equal(decision.injection.warnings.length, 1);
    assert.ok(!JSON.stringify(decision.injection.warnings).includes("sentinel"));
  });
});

const wholeOf = (profile = "demo"): RawPod =>
  applied(podWeb1(profile), injected(podWeb1(profile)).injection.operations);

/** A pod that leaves by itself, its application container changed afterwards. */
function wholeWith(changes: Record<string, unknown>): RawPod {
  const pod = wholeOf("leaving");
  Object.assign(pod.spec.containers[0] ?? {}, changes);
  return pod;
}

function verdictOf(pod: RawPod): string | null {
  const { member, profile } = injected(podWeb1(pod.metadata.labels["rollcall.dev/profile"]));
  return twin(pod as never, member, profile)?.code ?? null;
}

describe("the validating twin", () => {
  it("lets a whole pod pass", () => assert.equal(verdictOf(wholeOf()), null));

  it("denies a lost, changed or doubled number", () => {
    for (const env of [
      [],
      [{ name: "NODE_ID", value: "3" }],
      [
        { name: "NODE_ID", value: "2" },
        { name: "NODE_ID", value: "9" },
      ],
    ]) {
      const pod = wholeOf();
      Object.assign(pod.spec.containers[0] ?? {}, { env });
      assert.equal(verdictOf(pod), "RC114");
    }
  });

  it("denies a runner that is missing or out of order", () => {
    for (const change of [
      (list: unknown[]) => list.slice(1),
      (list: unknown[]) => list.slice(0, 1),
      (list: unknown[]) => [...list].reverse(),
    ]) {
      const pod = wholeOf();
      pod.spec.initContainers = change(pod.spec.initContainers ?? []) as RawNamed[];
      assert.equal(verdictOf(pod), "RC115");
    }
  });

  it("denies a plan that is missing or another pod's", () => {
    const without = wholeOf();
    Object.assign(without.spec.initContainers?.[1] ?? {}, { env: [] });
    assert.equal(verdictOf(without), "RC116");
    const anothers = JSON.parse(
      JSON.stringify(wholeOf()).replaceAll('\\"pod\\":\\"web-1\\"', '\\"pod\\":\\"web-2\\"'),
    ) as RawPod;
    assert.equal(verdictOf(anothers), "RC116");
  });
});

describe("the validating twin, where pods leave by themselves", () => {
  it("lets a whole pod pass, also where drop policy drained has no preStop", () => {
    for (const profile of ["leaving", "drained"]) assert.equal(verdictOf(wholeOf(profile)), null, profile);
  });

  it("denies a preStop that is gone, another's, or hidden behind another's", () => {
    const own = ["/rollcall/lib/ld.so", "--library-path", "/rollcall/lib", "/rollcall/node"];
    for (const lifecycle of [
      undefined,
      {},
      { preStop: { sleep: { seconds: 5 } } },
      { preStop: { exec: { command: ["sh", "-c", "true"] } } },
      { preStop: { exec: { command: [...own, "/rollcall/rollcall.mjs", "status"] } } },
      { preStop: { exec: { command: ["true", ...own, "/rollcall/rollcall.mjs", "leave"] } } },
    ]) {
      assert.equal(verdictOf(wholeWith({ lifecycle })), "RC126", JSON.stringify(lifecycle));
    }
  });

  it("lets a pod pass whose plan is that of the profile before its edit", () => {
    const pod = wholeWith({ lifecycle: undefined });
    const before = JSON.stringify(pod).replaceAll('\\"drop\\":\\"managed\\"', '\\"drop\\":\\"allow\\"');
    assert.equal(verdictOf(JSON.parse(before) as RawPod), null);
  });

  it("denies a preStop without the runner or this pod's plan", () => {
    assert.equal(verdictOf(wholeWith({ volumeMounts: [] })), "RC126");
    assert.equal(verdictOf(wholeWith({ env: [{ name: "NODE_ID", value: "2" }] })), "RC126");
  });

  it("is content again once injection has wrapped what another webhook put there", () => {
    const pod = wholeWith({ lifecycle: { preStop: { exec: { command: ["theirs", "$(A)"] } } } });
    const again = applied(pod, injected(pod).injection.operations);
    assert.equal(verdictOf(again), null);
    const { lifecycle } = again.spec.containers[0] as unknown as { lifecycle: { preStop: Hook } };
    assert.deepEqual(lifecycle.preStop.exec.command.slice(-4), ["leave", "--", "theirs", "$(A)"]);
    assert.deepEqual(injected(again).injection.operations, []);
  });
});

interface Hook {
  exec: { command: string[] };
}

/** Everything in `before` is still in `after`, at the same key or, in lists, in the same order. */
function assertHolds(after: unknown, before: unknown, path: string): void {
  if (Array.isArray(before)) {
    assert.ok(Array.isArray(after), path);
    const rest = [...(after as unknown[])];
    for (const [index, item] of before.entries()) {
      const found = rest.findIndex((each) =>
        nameOf(item) === null ? holds(each, item) : nameOf(each) === nameOf(item),
      );
      assert.ok(found >= 0, `${path}/${index}`);
      assertHolds(rest[found], item, `${path}/${index}`);
      rest.splice(0, found + 1);
    }
    return;
  }
  if (typeof before !== "object" || before === null) {
    assert.deepEqual(after, before, path);
    return;
  }
  assert.ok(typeof after === "object" && after !== null, path);
  for (const [key, value] of Object.entries(before)) {
    assertHolds((after as Record<string, unknown>)[key], value, `${path}/${key}`);
  }
}

const holds = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const nameOf = (item: unknown): string | null =>
  typeof item === "object" && item !== null && "name" in item && typeof item.name === "string"
    ? item.name
    : null;
