// Injection changes what the profile asks for and nothing else; applied to its own output it finds nothing to do.
import assert from "node:assert/strict";
import fc from "fast-check";
import { twin } from "../../webhook/inject/twin.ts";
import { applied, injected, podWeb1, type RawPod } from "./pod.ts";

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
