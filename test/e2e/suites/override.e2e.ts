// Who may set the override: manifests/base/override.yaml, tried by users with different rights.
import assert from "node:assert/strict";
import { waitUntilPasses } from "../harness/eventually.ts";
import { assertPassed, withoutConflict } from "../harness/guarded.ts";
import { makeSpace, type Space } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

const ANNOTATION = "rollcall.dev/override";
const DEV = ["--as=dev", "--as-group=devs", "--as-group=system:authenticated"];
const ONCALL = [
  "--as=oncall",
  "--as-group=devs",
  "--as-group=rollcall-breakglass",
  "--as-group=system:authenticated",
];

describe("the override", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("override");
    await space.k.run(["create", "rolebinding", "devs", "--clusterrole=edit", "--group=devs"]);
    const said = await space.k.apply(buildWorkload({ pod: { nodeSelector: { nowhere: "yes" } } }));
    assert.equal(said.code, 0, said.stderr);
  });
  after(() => space.remove());

  const annotate = (who: readonly string[], words: string) =>
    space.k.try(["annotate", "statefulset", "web", "--overwrite", words, ...who]);
  async function refused(who: readonly string[], words: string): Promise<void> {
    const said = await annotate(who, words);
    assert.equal(said.code, 1, said.stdout);
    assert.match(
      said.stderr,
      new RegExp(
        `rollcall override-not-allowed: dev may not set ${ANNOTATION} on StatefulSet ${space.name}/web: .* kubectl get clusterrolebinding`,
      ),
    );
  }
  async function passes(who: readonly string[], words: string): Promise<void> {
    const said = await annotate(who, words);
    assert.equal(said.code, 0, said.stderr);
  }

  it("can be set by members of the group and cluster admins, not by users who may edit StatefulSets", async () => {
    // until the policy applies, dev may not patch at all
    await waitUntilPasses(() => refused(DEV, `${ANNOTATION}=2026-01-01T00:00:00Z mine`));
    await passes(ONCALL, `${ANNOTATION}=2026-01-01T00:00:00Z theirs`);
    await passes([], `${ANNOTATION}=2026-01-02T00:00:00Z the admin's`);
  });

  it("can be changed only by them; other editors of the set may keep or remove it", async () => {
    await refused(DEV, `${ANNOTATION}=2026-01-03T00:00:00Z longer`);
    await refused(DEV, `${ANNOTATION}=`);
    await passes(DEV, "some=thing");
    await passes(DEV, `${ANNOTATION}-`);
    await refused(DEV, `${ANNOTATION}=2026-01-02T00:00:00Z the admin's`);
  });

  it("cannot be set through create, apply or replace", async () => {
    const [, set] = buildWorkload({ name: "other", replicas: 0 });
    const metadata = { name: "other", annotations: { [ANNOTATION]: "2026-01-01T00:00:00Z mine" } };
    const document = JSON.stringify({ ...set, metadata });
    for (const verb of [["create"], ["apply", "--server-side"]]) {
      const said = await space.k.try([...verb, "-f", "-", ...DEV], document);
      assert.match(said.stderr, /rollcall override-not-allowed: dev may not set .* on StatefulSet .*\/other/);
    }
    const { stderr } = await space.k.try(["create", "-f", "-", ...ONCALL], document);
    assert.doesNotMatch(stderr, /override-not-allowed/);
    const plain = JSON.stringify({ ...set, metadata: { name: "other" } });
    assertPassed(await withoutConflict(() => space.k.try(["replace", "-f", "-", ...DEV], plain)));
    const back = await space.k.try(["replace", "-f", "-", ...DEV], document);
    assert.match(back.stderr, /rollcall override-not-allowed/);
  });

  it("can be granted for one namespace", async () => {
    await space.k.run(["create", "rolebinding", "glass", "--clusterrole=rollcall-breakglass", "--user=dev"]);
    // the API server applies a binding a moment after it is stored
    await waitUntilPasses(() => passes(DEV, `${ANNOTATION}=2026-01-03T00:00:00Z mine now`));
  });
});
