// The real chart by Helm 3: a new release, growth to four and seven, another configuration, a leader on the last ordinal
// that leaves, back to three, a rollback, and a reinstallation on the old volumes, while a client writes. Each test
// continues with the release of the one before; the commands are those of docs/ozone-helm.md.
import assert from "node:assert/strict";
import { waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { createKubectl, readClusterAccess } from "../../e2e/harness/kubectl.ts";
import {
  mustHaveLostNothing,
  type PodClient,
  startClientPod,
} from "../../presets/ozone-om/cluster/client.ts";
import { assertNothingBootstrapped, mustBeOneRing } from "../../presets/ozone-om/cluster/member.ts";
import {
  buildExecWords,
  readRingRecord,
  readRingReport,
  readTerminationMessage,
  waitForRing,
} from "../../presets/ozone-om/cluster/ring.ts";
import { runAfterSuccess } from "../../presets/ozone-om/cluster/runAfterSuccess.ts";
import { measureTime } from "../../presets/ozone-om/processes/measureTime.ts";
import { beginRelease } from "./beginRelease.ts";
import { CHART_MEMBERS, CHART_RING, listMembers, RELEASE_NAMESPACE } from "./chart.ts";
import { observeWork, selectMembers } from "./observe.ts";
import { removeRelease } from "./removeRelease.ts";
import type { Terminal } from "./terminal.ts";

const SUITE = "test/full/ozoneChart/scale.e2e.ts";
const SCALE = "scale statefulset ozone-om --replicas=4";
const UPGRADE = "# the number in the values is the number that runs";

describe("Ozone's chart by Helm 3", function () {
  this.bail(true);
  const access = readClusterAccess();
  const k = createKubectl(access, RELEASE_NAMESPACE);
  let terminal: Terminal;
  let client: PodClient;

  before(async () => {
    terminal = await beginRelease({ access, helm: "helm3", suite: SUITE });
  });
  after(() => terminal.close());
  runAfterSuccess(() => removeRelease(access));

  /** Scales as the page says. */
  const scale = (replicas: number) =>
    terminal.follow(SCALE, (commands) => commands.replace("--replicas=4", `--replicas=${replicas}`));

  /** Scales down as the page says. */
  const shrink = (replicas: number) =>
    terminal.follow("--replicas=6", (commands) =>
      commands
        .replace("--replicas=6", `--replicas=${replicas}`)
        // the lowest of them goes last
        .replace("pod/ozone-om-6", `pod/ozone-om-${replicas}`),
    );

  /** In the pod's own variables. */
  const readHandlerCount = (pod: string): Promise<string> => {
    const found = '.env[?(@.name=="OZONE-SITE.XML_ozone.om.handler.count.key")].value';
    return k.run(["get", "pod", pod, "-o", `jsonpath={.spec.containers[0]${found}}`]);
  };

  it("installs a new release: one member seeds, two join", async () => {
    await measureTime("a release of three", () => terminal.follow("create namespace ozone"));
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    assert.match(await readTerminationMessage(k, "ozone-om-0"), /seed/);
    for (const name of ["ozone-om-1", "ozone-om-2"])
      assert.match(await readTerminationMessage(k, name), /bootstrap/);
    client = await startClientPod(k, RELEASE_NAMESPACE, CHART_RING);
  });

  it("grows to four: kubectl scale restarts nobody, then the values restart each once", async () => {
    const restarted = await observeWork({ k, access, majority: 2 }, () => scale(4));
    assert.deepEqual(restarted, []);
    await waitForRing(k, listMembers(4));
    await terminal.editValues((values) => {
      values.om.replicas = 4;
    });
    const rolled = await observeWork({ k, access, majority: 3 }, () => terminal.follow(UPGRADE));
    assert.deepEqual(selectMembers(rolled), listMembers(4));
    await waitForRing(k, listMembers(4));
    await mustBeOneRing(k, listMembers(4), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(4));
  });

  it("grows to seven, and gets another configuration with the number: each restarts once", async () => {
    assert.deepEqual(await observeWork({ k, access, majority: 3 }, () => scale(7)), []);
    await waitForRing(k, listMembers(7));
    await terminal.editValues((values) => {
      values.om.replicas = 7;
      values.om.env?.push({ name: "OZONE-SITE.XML_ozone.om.handler.count.key", value: "21" });
    });
    const restarted = await observeWork({ k, access, majority: 4 }, () => terminal.follow(UPGRADE));
    assert.deepEqual(selectMembers(restarted), listMembers(7));
    await waitForRing(k, listMembers(7));
    await mustBeOneRing(k, listMembers(7), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(7));
    for (const name of listMembers(7)) assert.equal(await readHandlerCount(name), "21", name);
  });

  it("shrinks to six while the last member is the leader: no other member restarts", async () => {
    // the answer of a busy ring may be late
    await waitUntilPasses(async () => {
      await k.run(buildExecWords("ozone-om-0", "om", "transfer", "ozone-om-6"));
      assert.equal((await readRingReport(k, "ozone-om-0")).ring?.leader, "ozone-om-6");
    });
    const restarted = await observeWork({ k, access, majority: 4 }, () => shrink(6));
    assert.deepEqual(restarted, []);
    const { ring } = await waitForRing(k, listMembers(6));
    assert.equal(ring?.leader, "ozone-om-0");
    await mustBeOneRing(k, listMembers(6), CHART_MEMBERS);
  });

  it("shrinks to three: three leave in turn, and no other member restarts", async () => {
    assert.deepEqual(await observeWork({ k, access, majority: 2 }, () => shrink(3)), []);
    await waitForRing(k, listMembers(3));
    const { tombstones } = await readRingRecord(k, CHART_MEMBERS);
    assert.deepEqual(Object.keys(tombstones ?? {}).sort(), listMembers(7).slice(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
  });

  it("is rolled back to the first revision, which has the number that runs: each restarts once", async () => {
    const rolled = await observeWork({ k, access, majority: 2 }, () =>
      terminal.follow("helm rollback ozone 1"),
    );
    assert.deepEqual(selectMembers(rolled), listMembers(3));
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(3));
    for (const name of listMembers(3)) assert.equal(await readHandlerCount(name), "", name);
  });

  it("is uninstalled, and comes back on the old volumes", async () => {
    await terminal.editValues((values) => {
      values.om.replicas = 3;
    });
    const before = await readRingRecord(k, CHART_MEMBERS);
    await measureTime("uninstalled", () => terminal.follow("helm uninstall ozone"));
    assert.equal(await k.run(["get", "pods", "-l", "app.kubernetes.io/component=om", "-o", "name"]), "");
    await measureTime("installed again", () => terminal.follow("# comes back on the old volumes"));
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(3));
    assert.deepEqual((await readRingRecord(k, CHART_MEMBERS)).ring, before.ring);
  });

  it("loses no acknowledged write", async () => {
    await mustHaveLostNothing(k, RELEASE_NAMESPACE, { client, moreThan: 100 });
    assert.deepEqual(terminal.listUnfollowed(), []);
  });
});
