// In a pool each number belongs to one pod, for any profiles that load and any StatefulSets that are admitted.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readAs, type StatefulSet, statefulSet } from "../../../webhook/kubernetes/objects.ts";
import { readOrdinals } from "../../../webhook/kubernetes/statefulSetPods.ts";
import type { ActiveConfig } from "../../../webhook/mutation/decidePod.ts";
import { loadProfiles } from "../../../webhook/profiles/load.ts";
import type { LiveSet } from "../../../webhook/validation/numberPool.ts";
import { simulatePod } from "../../../webhook/validation/simulatePod.ts";
import { validateStatefulSet } from "../../../webhook/validation/validateStatefulSet.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { loadActiveConfig } from "../mutation/pod.ts";

const PROFILES = ["a", "b", "c"] as const;
const POOLS = ["db", "other"] as const;

/** Numbers of a profile from a small range, so that they often overlap and often are adjacent. */
const numbers = fc.record({
  base: fc.constantFrom(0, 4, 8, 9),
  max: fc.constantFrom(11, 12, 40),
  size: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  pool: fc.constantFrom(...POOLS),
});

const sets = fc.array(
  fc.record({
    namespace: fc.constantFrom("shop", "depot"),
    name: fc.constantFrom("web", "db", "web-1"),
    profile: fc.constantFrom(...PROFILES),
    replicas: fc.nat(4),
    start: fc.nat(2),
  }),
  { minLength: 2, maxLength: 8 },
);

type AppliedSet = typeof sets extends fc.Arbitrary<(infer One)[]> ? One : never;

const renderPoolProfiles = (all: readonly unknown[]): string => {
  return all.map((nodeID, index) => renderGenericYaml(PROFILES[index] ?? "", { nodeID })).join("");
};

function buildSet({ name, profile, replicas, start }: AppliedSet): StatefulSet {
  const labels = { "rollcall.dev/profile": profile };
  const template = { metadata: { labels }, spec: { containers: [{ name: "app" }] } };
  const read = readAs(statefulSet, {
    metadata: { name },
    spec: { replicas, ordinals: { start }, selector: { matchLabels: labels }, template },
  });
  if ("wrong" in read) throw new Error(read.wrong);
  return read.object;
}

/** Applies the StatefulSets one by one. Admitted ones are stored; a second one of a name replaces the first. */
async function applyAll(
  asked: readonly AppliedSet[],
  config: ActiveConfig,
): Promise<Map<string, AppliedSet>> {
  const live = new Map<string, AppliedSet>();
  for (const each of asked) {
    const { namespace, name } = each;
    const key = `${namespace}/${name}`;
    const before = live.get(key);
    const old = before === undefined ? null : buildSet(before);
    const operation = old === null ? "CREATE" : "UPDATE";
    const review = { operation, namespace, name, set: buildSet(each), old } as const;
    const others = [...live.values()].map((set): LiveSet => ({ ...set, createdAt: "" }));
    const answer = await validateStatefulSet(review, config, {
      liveSets: () => Promise.resolve(others),
      budgets: null,
      rights: null,
      pauseBeforeRetry: null,
    });
    if (answer.allowed) live.set(key, each);
  }
  return live;
}

/** The pods of a StatefulSet, each with its number as POOL NUMBER. */
function listNumbers(each: AppliedSet, config: ActiveConfig): Map<string, string> {
  const set = buildSet(each);
  const { start, replicas } = readOrdinals(set);
  const found = new Map<string, string>();
  for (let ordinal = start; ordinal < start + replicas; ordinal += 1) {
    const decision = simulatePod(set, each.namespace, ordinal, config);
    if (decision.is !== "injected") assert.fail(`let in, but ordinal ${ordinal} is ${decision.is}`);
    const { nodeId } = decision.injection;
    const { base, pool } = decision.profile.nodeId;
    assert.equal(Number(nodeId) - base, ordinal, "and back again");
    found.set(`${pool} ${nodeId}`, `${each.namespace}/${each.name}-${ordinal}`);
  }
  assert.equal(found.size, replicas);
  return found;
}

/** The profiles that load: those that overlap an earlier one are rejected. */
function loadable(all: readonly unknown[]): ActiveConfig {
  const counts = Array.from(all, (_, index) => all.length - index);
  const yaml = counts
    .map((count) => renderPoolProfiles(all.slice(0, count)))
    .find((each) => "profiles" in loadProfiles(each));
  fc.pre(yaml !== undefined);
  return loadActiveConfig(yaml);
}

describe("a pool", function () {
  // seconds on an idle machine
  this.timeout(170_000);

  it("gives every pod its own number", async () => {
    let shared = 0;
    await fc.assert(
      fc.asyncProperty(fc.tuple(numbers, numbers, numbers), sets, async (all, asked) => {
        const config = loadable(all);
        const live = [...(await applyAll(asked, config)).values()];
        const owners = new Map<string, string>();
        for (const each of live) {
          for (const [number, pod] of listNumbers(each, config)) {
            assert.equal(owners.get(number), undefined, `${pod} and ${owners.get(number)} have ${number}`);
            owners.set(number, pod);
          }
        }
        if (new Set(live.map(({ profile }) => config.profiles?.get(profile)?.nodeId.pool)).size < live.length)
          shared += 1;
      }),
      { numRuns: 700 },
    );
    assert.ok(shared > 35, `only ${shared} runs had two sets in one pool`);
  });
});
