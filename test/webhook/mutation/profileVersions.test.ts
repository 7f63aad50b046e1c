// After an edit of a profile, the replica that injects a pod and the one that validates it may know different versions for a
// moment. No pod may be denied for that. Every kind of edit is tested in both directions.
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { ActiveConfig } from "../../../webhook/mutation/decidePod.ts";
import { mutatePod } from "../../../webhook/mutation/reviewPod.ts";
import type { Profile, ProfileVersion } from "../../../webhook/profiles/profile.ts";
import { Profiles, resolveProfiles } from "../../../webhook/profiles/profileSet.ts";
import { readProfile } from "../../../webhook/profiles/readProfile.ts";
import type { ProfileSource } from "../../../webhook/profiles/source.ts";
import { validatePod } from "../../../webhook/validation/validatePod.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import {
  applied,
  buildCreateRequest,
  buildRequestContext,
  buildWeb1,
  loadActiveConfig,
  type RawPod,
} from "./pod.ts";

const STEP = "{name: seed, scope: Pod, run: [a], verify: [b]}";
const WORK = `markers: {volume: data}, steps: [${STEP}]`;
const NUMBERED = "nodeID: {base: 1, max: 999}";
const demo = (generic = "", spec = ""): string => renderGenericYaml("demo", generic, spec);

/** Two versions of one profile that differ in what the validation of an injected pod reads. */
const EDITS: Readonly<Record<string, readonly [string, string]>> = {
  "of the number": [demo(), demo("nodeID: {base: 100, max: 999}")],
  "of the NodeID variable": [demo(), demo("nodeID: {env: ID, base: 1, max: 999}")],
  "of the containers": [demo(), demo("containers: [sidecar]")],
  "that adds the first step": [demo(), demo(WORK)],
  "of the marker volume": [demo(WORK), demo(WORK.replace("data", "other"))],
  "of the mode": [demo(WORK), demo(WORK, "mode: Warn")],
  "of the scale-down policy": [
    demo(WORK),
    demo(`${WORK}, scaleDown: {policy: Managed, minReplicas: 1, leave: {run: [a], verify: [b]}}`),
  ],
  "of the runner": [demo(WORK), demo(WORK, "runner: {delivery: ImageVolume}")],
  "of all of these": [
    demo(WORK),
    demo(
      `${WORK.replace("seed", "plant")}, nodeID: {env: ID, base: 7, max: 999}`,
      "mode: Warn, runner: {position: {type: Last}}",
    ),
  ],
};

const FIRST: ProfileVersion = { uid: "profile-1", generation: 1 };
const SECOND: ProfileVersion = { uid: "profile-1", generation: 2 };

function parseProfile(text: string, version: ProfileVersion): Profile {
  const read = readProfile(parse(text), version);
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  return read.profile;
}

const { settings } = loadActiveConfig();
const forceBy = (text: string, version: ProfileVersion): ActiveConfig => {
  const profile = parseProfile(text, version);
  const candidate = { name: profile.name, createdAt: "2026-01-01T00:00:00Z", read: { profile } };
  return { profiles: resolveProfiles([candidate]), settings };
};

const profilesIn = ({ profiles }: ActiveConfig): Profiles => profiles ?? new Profiles(new Map());

/** What a replica can read in addition. A read fails the test unless `known` allows it. */
const knowing = (
  config: ActiveConfig,
  known: { newest?: ActiveConfig; previous?: Profile },
): Partial<ProfileSource> => {
  let { profiles } = config;
  return {
    current: () => profiles,
    refresh: async () => {
      if (known.newest !== undefined) ({ profiles } = known.newest);
    },
    previous: () => known.previous ?? null,
  };
};

/** A pod with everything that the versions require. */
function createPod(): RawPod {
  const pod = buildWeb1();
  const [app] = pod.spec.containers;
  assert.ok(app);
  pod.spec.containers.push({ ...structuredClone(app), name: "sidecar" });
  pod.spec.volumes = [...(pod.spec.volumes ?? []), { name: "other", emptyDir: {} }];
  return pod;
}

/** The pod after injection by the other replica. */
async function injectBy(config: ActiveConfig): Promise<RawPod> {
  const pod = createPod();
  const answer = await mutatePod(buildCreateRequest(pod), buildRequestContext(config));
  assert.ok(answer.allowed, answer.status?.message);
  const patch: unknown =
    answer.patch === undefined ? [] : JSON.parse(Buffer.from(answer.patch, "base64").toString());
  return applied(pod, patch as never);
}

/** @returns the denial; null: it is allowed */
async function validateBy(
  pod: RawPod,
  config: ActiveConfig,
  known: Parameters<typeof knowing>[1] = {},
): Promise<string | null> {
  const { allowed, status } = await validatePod(
    buildCreateRequest(pod),
    buildRequestContext(config, knowing(config, known)),
  );
  return allowed ? null : (status?.message ?? "");
}

describe("an edit of a profile", () => {
  for (const [name, [first, second]] of Object.entries(EDITS)) {
    it(`${name}: admits a pod injected by the previous version after the replacement`, async () => {
      const pod = await injectBy(forceBy(first, FIRST));
      assert.equal(
        await validateBy(pod, forceBy(second, SECOND), { previous: parseProfile(first, FIRST) }),
        null,
      );
    });

    it(`${name}: admits a pod injected by the next version if the watch is late`, async () => {
      const pod = await injectBy(forceBy(second, SECOND));
      const newest = forceBy(second, SECOND);
      assert.equal(await validateBy(pod, forceBy(first, FIRST), { newest }), null);
    });
  }

  it("keeps the injection of a pod that another webhook has changed", async () => {
    const before = demo(NUMBERED);
    const after = demo("nodeID: {base: 100, max: 999}");
    const old = await injectBy(forceBy(before, FIRST));
    const known = { previous: parseProfile(before, FIRST) };
    const config = forceBy(after, SECOND);
    const kept = await mutatePod(
      buildCreateRequest(old),
      buildRequestContext(config, knowing(config, known)),
    );
    assert.deepEqual([kept.allowed, kept.patch], [true, undefined]);
    const late = forceBy(before, FIRST);
    const young = await injectBy(forceBy(after, SECOND));
    const newest = { newest: forceBy(after, SECOND) };
    const found = await mutatePod(
      buildCreateRequest(young),
      buildRequestContext(late, knowing(late, newest)),
    );
    assert.deepEqual([found.allowed, found.patch], [true, undefined]);
  });

  it("injects no new pod by the replaced version", async () => {
    const pod = createPod();
    Object.assign(pod.spec.containers[0] ?? {}, { env: [{ name: "ID", value: "9" }] });
    const config = forceBy(demo("nodeID: {env: ID, base: 1, max: 999}"), SECOND);
    const known = knowing(config, { previous: parseProfile(demo(), FIRST) });
    const { status } = await mutatePod(buildCreateRequest(pod), buildRequestContext(config, known));
    assert.match(status?.message ?? "", /RC106/);
  });

  it("denies a pod that no version has injected", async () => {
    const pod = await injectBy(forceBy(demo("nodeID: {base: 5, max: 999}"), FIRST));
    const previous = parseProfile(demo("nodeID: {base: 6, max: 999}"), FIRST);
    assert.match((await validateBy(pod, forceBy(demo(), SECOND), { previous })) ?? "", /RC106/);
    assert.match((await validateBy(pod, forceBy(demo(), SECOND))) ?? "", /RC106/);
  });

  it("takes effect at once if it withdraws the profile from a namespace", async () => {
    const pod = await injectBy(forceBy(demo(), FIRST));
    const closed = forceBy(demo("", "namespaces: [vault]"), SECOND);
    const known = { previous: parseProfile(demo(), FIRST) };
    assert.match((await validateBy(pod, closed, known)) ?? "", /RC102/);
  });

  it("puts the version into the plan, and ignores a forged version", async () => {
    const config = forceBy(demo(WORK), SECOND);
    const pod = await injectBy(config);
    const text = JSON.stringify(pod);
    assert.match(text, /profileVersion\\":\{\\"uid\\":\\"profile-1\\",\\"generation\\":2\}/);
    const forged = JSON.parse(text.replace('generation\\":2', 'generation\\":9')) as RawPod;
    assert.equal(await validateBy(forged, config), null);
  });

  it("causes no read from the API server if nothing is denied", async () => {
    const config = forceBy(demo(WORK), SECOND);
    const fail = { refresh: () => assert.fail("asked"), previous: () => assert.fail("asked") };
    await mutatePod(buildCreateRequest(createPod()), buildRequestContext(config, fail));
    await validatePod(buildCreateRequest(await injectBy(config)), buildRequestContext(config, fail));
  });

  it("is read once before a pod is denied for a missing profile", async () => {
    const none: ActiveConfig = { profiles: new Profiles(new Map()), settings };
    const known = knowing(none, { newest: forceBy(demo(), FIRST) });
    const { allowed, patch } = await mutatePod(
      buildCreateRequest(createPod()),
      buildRequestContext(none, known),
    );
    assert.ok(allowed && patch !== undefined);
    let asked = 0;
    const counting = {
      refresh: async () => {
        asked += 1;
      },
    };
    const denied = await mutatePod(buildCreateRequest(createPod()), buildRequestContext(none, counting));
    assert.match(denied.status?.message ?? "", /RC101/);
    assert.equal(asked, 1);
  });

  it("uses the known version if the API server does not answer", async () => {
    const config = forceBy(demo(), FIRST);
    const pod = await injectBy(forceBy(demo("nodeID: {base: 9, max: 999}"), SECOND));
    assert.match((await validateBy(pod, config)) ?? "", /RC106/);
    assert.ok(profilesIn(config).get("demo"));
  });
});
