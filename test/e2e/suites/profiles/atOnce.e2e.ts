// Two profiles with overlapping numbers, created at the same time: each replica of the webhook may validate one of them
// before it knows the other, so both are stored. Then only one of them is active, the same one on all replicas.
import assert from "node:assert/strict";
import { openClusterApi } from "../../harness/api.ts";
import { waitUntilPasses } from "../../harness/eventually.ts";
import { formatDocuments } from "../../harness/kubectl.ts";
import { buildGenericProfile, waitForReadyCondition } from "../../harness/profiles.ts";
import { makeSpace, type Space } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";

/** How often both must be stored. */
const BOTH_STORED = 3;

/** Far more rounds than needed: it happens in every few rounds. */
const MOST_ROUNDS = 300;

describe("two profiles with the same range, created at the same time", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("profilesatonce");
  });
  after(async () => {
    const all = await space.all.run(["get", "rollcallprofiles", "-o", "name"]);
    const left = all.split("\n").filter((each) => each.includes("/at-once-"));
    if (left.length > 0) await space.all.run(["delete", ...left]);
    await space.remove();
  });

  interface Round {
    readonly names: readonly [string, string];
    readonly stored: readonly string[];
    readonly refusals: readonly string[];
  }

  async function createBoth(api: Awaited<ReturnType<typeof openClusterApi>>, round: number): Promise<Round> {
    const names = [`at-once-a-${round}`, `at-once-b-${round}`] as const;
    const replies = await Promise.all(
      names.map((name) =>
        api({
          user: "admin",
          method: "POST",
          path: "/apis/rollcall.dev/v1alpha1/rollcallprofiles",
          body: JSON.stringify(
            buildGenericProfile(name, { nodeID: { base: 1, max: 9, pool: `at-once-${round}` } }),
          ),
        }),
      ),
    );
    const stored = names.filter((_, index) => replies[index]?.status === 201);
    return {
      names,
      stored,
      refusals: replies.filter(({ status }) => status !== 201).map(({ text }) => text),
    };
  }

  const remove = (names: readonly string[]): Promise<string> =>
    space.all.run(["delete", "rollcallprofile", ...names, "--ignore-not-found"]);

  /** The answers of both replicas for a StatefulSet with the inactive profile. */
  async function assertRefused(profile: string, winner: string): Promise<void> {
    const documents = formatDocuments(buildWorkload({ name: "web", profile, replicas: 0 }));
    for (let times = 0; times < 6; times += 1) {
      const said = await space.k.try(["apply", "--dry-run=server", "-f", "-"], documents);
      assert.equal(said.code, 1, said.stderr);
      assert.match(said.stderr, new RegExp(`RC138 profile-not-active: .*profile ${winner}`, "s"));
    }
  }

  /**
   * One of the two stored profiles becomes inactive, and its condition says why. Its first condition may be older: the
   * replica that writes conditions may not have known the other profile yet.
   */
  async function assertOneActive(names: Round["names"]): Promise<void> {
    const conditions = await waitUntilPasses(async () => {
      const both = await Promise.all(names.map((name) => waitForReadyCondition(space.all, name)));
      assert.ok(
        both.some((each) => each?.reason === "Conflict"),
        JSON.stringify(both),
      );
      return both;
    });
    const isFirst = conditions[0]?.status === "True";
    const [winner, loser] = isFirst ? names : [names[1], names[0]];
    const [active, refused] = isFirst ? conditions : conditions.toReversed();
    assert.deepEqual([active?.status, refused?.status, refused?.reason], ["True", "False", "Conflict"]);
    assert.match(refused?.message ?? "", new RegExp(`overlap .* of profile ${winner} in pool`));
    await assertRefused(loser, winner);
  }

  it("are never both active: the older one wins (by name within one second) and the other reports the conflict", async () => {
    const api = await openClusterApi(space.access.kubeconfig, "system:masters");
    let both = 0;
    let rounds = 0;
    for (; both < BOTH_STORED && rounds < MOST_ROUNDS; rounds += 1) {
      const { names, stored, refusals } = await createBoth(api, rounds);
      for (const refusal of refusals) assert.match(refusal, /RC161 profile-conflict: .*overlap/);
      assert.ok(stored.length > 0);
      if (stored.length === 2) {
        both += 1;
        await assertOneActive(names);
      }
      await remove(names);
    }
    console.log(`      both were stored in ${both} of ${rounds} rounds`);
    assert.equal(both, BOTH_STORED);
  });
});
