// The real chart by Helm 4: a new release of one member, growth to three by the page's recipe, conflicts with numbers
// that do not run, a rollback that scales down, an uninstallation and a reinstallation on the old volumes, while a client
// writes. Each test continues with the release of the one before; the commands are those of docs/ozone-helm.md.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { createKubectl, readClusterAccess } from "../../e2e/harness/kubectl.ts";
import {
  findMissingNames,
  mustHaveLostNothing,
  type PodClient,
  startClientPod,
} from "../../presets/ozone-om/cluster/client.ts";
import { assertNothingBootstrapped, mustBeOneRing } from "../../presets/ozone-om/cluster/member.ts";
import { readRingRecord, readTerminationMessage, waitForRing } from "../../presets/ozone-om/cluster/ring.ts";
import { runAfterSuccess } from "../../presets/ozone-om/cluster/runAfterSuccess.ts";
import { measureTime } from "../../presets/ozone-om/processes/measureTime.ts";
import { beginRelease } from "./beginRelease.ts";
import { CHART_MEMBERS, CHART_RING, listMembers, RELEASE_NAMESPACE } from "./chart.ts";
import { observeWork, selectMembers } from "./observe.ts";
import { removeRelease } from "./removeRelease.ts";
import type { Terminal } from "./terminal.ts";

const SUITE = "test/full/ozoneChart/helm4.e2e.ts";
const SCALE = "scale statefulset ozone-om --replicas=4";
/** The number was set by kubectl scale. */
const CONFLICT = /conflict with "kubectl" with subresource "scale" .*\.spec\.replicas/;
const UPGRADE = "# the number in the values is the number that runs";

describe("Ozone's chart by Helm 4", function () {
  this.bail(true);
  const access = readClusterAccess();
  const k = createKubectl(access, RELEASE_NAMESPACE);
  let terminal: Terminal;
  let client: PodClient;
  let acknowledged: string[] = [];

  before(async () => {
    terminal = await beginRelease({ access, helm: "helm4", suite: SUITE });
  });
  after(() => terminal.close());
  runAfterSuccess(() => removeRelease(access));

  const setReplicas = (replicas: number): Promise<void> =>
    terminal.editValues((values) => {
      values.om.replicas = replicas;
    });

  const readReplicas = (): Promise<string> =>
    k.run(["get", "statefulset", CHART_MEMBERS, "-o", "jsonpath={.spec.replicas}"]);

  it("installs a new release of one member", async () => {
    await terminal.follow("helm plugin install");
    await setReplicas(1);
    await measureTime("a release of one", () => terminal.follow("create namespace ozone"));
    await mustBeOneRing(k, listMembers(1), CHART_MEMBERS);
    assert.match(await readTerminationMessage(k, "ozone-om-0"), /seed/);
    client = await startClientPod(k, RELEASE_NAMESPACE, CHART_RING);
  });

  it("grows to three: a stale number in the values is a conflict, and the right one restarts each once", async () => {
    const grown = await observeWork({ k, access, majority: 1 }, () =>
      terminal.follow(SCALE, (commands) => commands.replace("--replicas=4", "--replicas=3")),
    );
    assert.deepEqual(grown, []);
    await waitForRing(k, listMembers(3));
    const stale = await terminal.try(
      "helm upgrade ozone CHART -n ozone -f values.yaml --post-renderer ./post-render.sh",
    );
    assert.equal(stale.code, 1);
    assert.match(stale.stderr, CONFLICT);
    assert.equal(await readReplicas(), "3");
    await setReplicas(3);
    const rolled = await observeWork({ k, access, majority: 2 }, () => terminal.follow(UPGRADE));
    assert.deepEqual(selectMembers(rolled), listMembers(3));
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(3));
  });

  it("is rolled back to a revision with another number only by force: one member leaves, and no other restarts", async () => {
    const three = await findRevision(3);
    await terminal.follow(SCALE);
    await waitForRing(k, listMembers(4));
    const rollBack = (more: string) => (commands: string) =>
      commands.replace("helm rollback ozone 1", `helm rollback ozone ${three}${more}`);
    await assert.rejects(terminal.follow("helm rollback ozone 1", rollBack("")), CONFLICT);
    assert.equal(await readReplicas(), "4");
    const restarted = await observeWork({ k, access, majority: 2 }, async () => {
      await terminal.follow("helm rollback ozone 1", rollBack(" --force-conflicts"));
      await k.run(["wait", "--for=delete", "pod/ozone-om-3", TIMEOUT]);
    });
    assert.deepEqual(restarted, []);
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    assert.deepEqual(Object.keys((await readRingRecord(k, CHART_MEMBERS)).tombstones ?? {}), ["ozone-om-3"]);
  });

  /** The newest successful revision with this number of members. */
  async function findRevision(replicas: number): Promise<number> {
    const history = await terminal.try("helm history ozone -n ozone -o json");
    const revisions = JSON.parse(history.stdout) as { revision: number; status: string }[];
    for (const { revision, status } of revisions.toReversed()) {
      if (status === "failed") continue;
      const values = await terminal.try(`helm get values ozone -n ozone --revision ${revision} -o json`);
      const { om } = JSON.parse(values.stdout) as { om: { replicas: number } };
      if (om.replicas === replicas) return revision;
    }
    throw new Error(`no revision has ${replicas} members: ${history.stdout}`);
  }

  it("loses no acknowledged write", async () => {
    acknowledged = await client.acknowledged();
    await mustHaveLostNothing(k, RELEASE_NAMESPACE, { client, moreThan: 100 });
  });

  it("is uninstalled, and comes back on the old volumes with all that was written", async () => {
    const before = await readRingRecord(k, CHART_MEMBERS);
    await measureTime("uninstalled", () => terminal.follow("helm uninstall ozone"));
    // the pod of the SCM goes by itself
    await waitUntilPasses(async () =>
      assert.equal(await k.run(["get", "statefulsets,pods", "-o", "name"]), ""),
    );
    await measureTime("installed again", () => terminal.follow("# comes back on the old volumes"));
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(3));
    assert.deepEqual((await readRingRecord(k, CHART_MEMBERS)).ring, before.ring);
    const missing = await measureTime(`${acknowledged.length} names read back`, () =>
      findMissingNames(k, RELEASE_NAMESPACE, acknowledged, CHART_RING),
    );
    assert.deepEqual(missing, []);
    assert.deepEqual(terminal.listUnfollowed(), []);
  });
});
