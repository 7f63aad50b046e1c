// An edit of a profile in flight: the replica that injects a pod and the one that validates it go by different versions,
// and no pod is denied for it. Every kind of edit is played in both directions.
import assert from "node:assert/strict";
import type { InForce } from "../../webhook/inject/decide.ts";
import { mutatePod, validatePod } from "../../webhook/inject/review.ts";
import type { Profiles } from "../../webhook/profiles/profile.ts";
import type { Versions } from "../../webhook/profiles/versions.ts";
import { ALONE, applied, createOf, forceOf, podWeb1, type RawPod } from "./pod.ts";

const WORK = "markers: {volume: data}, steps: [{name: seed, run: [a], verify: [b]}]";
const demo = (fields = ""): string => `{kind: generic, namespaces: ["*"], containers: [app]${fields}}`;

/** Two versions of one profile, which differ in what the twin looks at. */
const EDITS: Readonly<Record<string, readonly [string, string]>> = {
  "of the number": [demo(), demo(", nodeId: {base: 100}")],
  "of its variable": [demo(), demo(", nodeId: {env: ID}")],
  "of the containers": [demo(), '{kind: generic, namespaces: ["*"], containers: [sidecar]}'],
  "that adds the first step": [demo(), demo(`, ${WORK}`)],
  "of the markers' volume": [demo(`, ${WORK}`), demo(`, ${WORK.replace("data", "other")}`)],
  "of the mode": [demo(`, ${WORK}`), demo(`, ${WORK}, mode: warn`)],
  "of the drop policy": [
    demo(`, ${WORK}`),
    demo(`, ${WORK}, leave: {run: [a], verify: [b]}, drop: {policy: managed}`),
  ],
  "of the runner": [demo(`, ${WORK}`), demo(`, ${WORK}, runner: image`)],
  "of all of these": [
    demo(`, ${WORK}`),
    demo(`, ${WORK.replace("seed", "plant")}, nodeId: {env: ID, base: 7}, mode: warn, position: last`),
  ],
};

const forceBy = (profile: string): InForce => forceOf(`profiles: {demo: ${profile}}`);

/** A pod with what each version wants to find. */
function podAsked(): RawPod {
  const pod = podWeb1();
  const [app] = pod.spec.containers;
  assert.ok(app);
  pod.spec.containers.push({ ...structuredClone(app), name: "sidecar" });
  pod.spec.volumes = [...(pod.spec.volumes ?? []), { name: "other", emptyDir: {} }];
  return pod;
}

const versions = (known: Partial<Versions>): typeof ALONE => ({
  ...ALONE,
  versions: { ...ALONE.versions, ...known },
});

/** The pod as the other replica sends it on. */
async function injectedBy(force: InForce): Promise<RawPod> {
  const pod = podAsked();
  const answer = await mutatePod(createOf(pod), force, ALONE);
  assert.ok(answer.allowed, answer.status?.message);
  const patch: unknown =
    answer.patch === undefined ? [] : JSON.parse(Buffer.from(answer.patch, "base64").toString());
  return applied(pod, patch as never);
}

async function saidOf(pod: RawPod, force: InForce, known: Partial<Versions>): Promise<string | null> {
  const { allowed, status } = await validatePod(createOf(pod), force, versions(known));
  return allowed ? null : (status?.message ?? "");
}

const profilesIn = ({ profiles }: InForce): Profiles => profiles ?? new Map();

describe("an edit of a profile in flight", () => {
  for (const [name, [first, second]] of Object.entries(EDITS)) {
    for (const [way, theirs, mine] of [
      ["there", first, second],
      ["back", second, first],
    ] as const) {
      it(`${name}, ${way}: a pod of the other version passes, once this replica can know it`, async () => {
        const pod = await injectedBy(forceBy(theirs));
        const other = profilesIn(forceBy(theirs));
        assert.equal(
          await saidOf(pod, forceBy(mine), { replaced: () => [other] }),
          null,
          "it was replaced here",
        );
        const newest = { newest: () => Promise.resolve(other) };
        assert.equal(await saidOf(pod, forceBy(mine), newest), null, "it has not come here yet");
      });
    }
  }

  it("may be met by a pod that another webhook sends round again: it stays as it was injected", async () => {
    const other = forceBy(demo(", nodeId: {base: 100}"));
    const pod = await injectedBy(other);
    for (const known of [
      { replaced: () => [profilesIn(other)] },
      { newest: () => Promise.resolve(profilesIn(other)) },
    ]) {
      const { allowed, patch } = await mutatePod(createOf(pod), forceBy(demo()), versions(known));
      assert.deepEqual([allowed, patch], [true, undefined]);
    }
  });

  it("injects no pod by a version that was replaced here", async () => {
    const pod = podAsked();
    Object.assign(pod.spec.containers[0] ?? {}, { env: [{ name: "ID", value: "9" }] });
    const known = versions({ replaced: () => [profilesIn(forceBy(demo()))] });
    const { status } = await mutatePod(createOf(pod), forceBy(demo(", nodeId: {env: ID}")), known);
    assert.match(status?.message ?? "", /RC106/);
  });

  it("lets no pod pass that no version has made", async () => {
    const pod = await injectedBy(forceBy(demo(", nodeId: {base: 5}")));
    const known = { replaced: () => [profilesIn(forceBy(demo(", nodeId: {base: 6}")))] };
    assert.match((await saidOf(pod, forceBy(demo()), known)) ?? "", /RC106/);
    assert.match((await saidOf(pod, forceBy(demo()), {})) ?? "", /RC106/);
  });

  it("that closes a namespace counts at once where it has come: what was replaced is no way round", async () => {
    const pod = await injectedBy(forceBy(demo()));
    const closed = forceBy("{kind: generic, namespaces: [vault], containers: [app]}");
    assert.match(
      (await saidOf(pod, closed, { replaced: () => [profilesIn(forceBy(demo()))] })) ?? "",
      /RC102/,
    );
  });

  it("that adds a profile is known to the replica that it has not come to, when it is asked", async () => {
    const known = versions({ newest: () => Promise.resolve(profilesIn(forceBy(demo()))) });
    const { allowed, patch } = await mutatePod(createOf(podAsked()), forceOf("profiles: {}"), known);
    assert.ok(allowed && patch !== undefined);
  });

  it("costs no question where nothing is denied", async () => {
    const asked = versions({ newest: () => assert.fail("asked"), replaced: () => assert.fail("asked") });
    const force = forceBy(demo(`, ${WORK}`));
    await mutatePod(createOf(podAsked()), force, asked);
    await validatePod(createOf(await injectedBy(force)), force, asked);
  });
});
