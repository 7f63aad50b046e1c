// The real chart by Helm 3: a release that runs without Rollcall is adopted, half-way taken back, adopted again,
// and scaled by its values alone with --no-hooks, while a client writes. Each test continues with the release of the one
// before; the commands are those of docs/ozone-helm.md.
import assert from "node:assert/strict";
import { createKubectl, readClusterAccess } from "../../e2e/harness/kubectl.ts";
import {
  mustHaveLostNothing,
  type PodClient,
  startClientPod,
} from "../../presets/ozone-om/cluster/client.ts";
import { assertNothingBootstrapped, mustBeOneRing } from "../../presets/ozone-om/cluster/member.ts";
import {
  readPodUid,
  readTerminationMessage,
  waitForReadyPod,
  waitForRing,
} from "../../presets/ozone-om/cluster/ring.ts";
import { runAfterSuccess } from "../../presets/ozone-om/cluster/runAfterSuccess.ts";
import { measureTime } from "../../presets/ozone-om/processes/measureTime.ts";
import { beginRelease } from "./beginRelease.ts";
import { CHART_MEMBERS, CHART_RING, listMembers, RELEASE_NAMESPACE } from "./chart.ts";
import { observeWork, selectMembers, waitUntilWritten } from "./observe.ts";
import { removeRelease } from "./removeRelease.ts";
import type { Terminal } from "./terminal.ts";

const SUITE = "test/full/ozoneChart/adopt.e2e.ts";

/** The two steps of an adoption. */
const LABEL = "# mode: Warn";
const ENFORCE = '{"spec":{"mode":"Enforce"}}';

/** Without the page's wait for the rollout. */
const withoutWait = (commands: string): string =>
  commands
    .split("\n")
    .filter((line) => !line.includes("rollout status"))
    .join("\n");

describe("a release of Ozone's chart that runs without Rollcall, by Helm 3", function () {
  this.bail(true);
  const access = readClusterAccess();
  const k = createKubectl(access, RELEASE_NAMESPACE);
  let terminal: Terminal;
  let client: PodClient;

  before(async () => {
    terminal = await beginRelease({ access, helm: "helm3", suite: SUITE });
    await terminal.takeProfileOfPage();
  });
  after(() => terminal.close());
  runAfterSuccess(() => removeRelease(access));

  const readLabel = async (pod: string): Promise<string> =>
    k.run(["get", "pod", pod, "-o", "jsonpath={.metadata.labels.rollcall\\.dev/profile}"]);

  const readInitContainers = (pod: string): Promise<string> =>
    k.run(["get", "pod", pod, "-o", "jsonpath={.spec.initContainers[*].name}"]);

  it("is installed as the chart is, and a client writes", async () => {
    const said = await measureTime("a release of three without Rollcall", () =>
      terminal.try(
        "helm install ozone CHART -n ozone --create-namespace -f values.yaml\n" +
          "kubectl -n ozone rollout status statefulset/ozone-om --timeout=10m",
      ),
    );
    assert.equal(said.code, 0, said.stderr);
    assert.equal(await readLabel("ozone-om-0"), "");
    client = await startClientPod(k, RELEASE_NAMESPACE, CHART_RING);
  });

  it("is checked before anything is changed", async () => {
    const { stdout } = await terminal.follow("rollcall check");
    const codes = [...stdout.matchAll(/^Warning: rollcall (RC\d+)/gm)].map(([, code = ""]) => code);
    assert.deepEqual(codes.sort(), ["RC118", "RC121", "RC144"]);
  });

  it("is labelled under mode Warn: each member restarts once, as the chart starts it", async () => {
    // without a readiness probe the members restart faster than they come back
    const restarted = await observeWork({ k, access, majority: 0 }, () => terminal.follow(LABEL));
    await waitUntilWritten(k);
    assert.deepEqual(selectMembers(restarted), listMembers(3));
    for (const name of listMembers(3)) {
      assert.equal(await readLabel(name), "ozone");
      assert.equal(await readInitContainers(name), "", name);
    }
  });

  it("is half-way enforced, and taken back", async () => {
    // those that are taken back have no readiness probe again
    await observeWork({ k, access, majority: 0 }, async () => {
      const uid = await readPodUid(k, "ozone-om-2");
      await terminal.follow(ENFORCE, withoutWait);
      await waitForReadyPod(k, "ozone-om-2", 600, uid);
      assert.match(await readInitContainers("ozone-om-2"), /rollcall-init/);
      await terminal.follow("adoption taken back");
    });
    await waitUntilWritten(k);
    for (const name of listMembers(3)) {
      assert.equal(await readLabel(name), "", name);
      assert.equal(await readInitContainers(name), "", name);
    }
  });

  it("is adopted under mode Enforce at once: each restarts once, with quorum, and none joins or leaves", async () => {
    const restarted = await observeWork({ k, access, majority: 2 }, () =>
      terminal.follow(LABEL, (commands) => commands.replace("kubectl apply -f profile.yaml", "")),
    );
    assert.deepEqual(selectMembers(restarted), listMembers(3));
    await waitForRing(k, listMembers(3));
    await mustBeOneRing(k, listMembers(3), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(3));
    for (const name of listMembers(3)) console.log(`      ${name}: ${await readTerminationMessage(k, name)}`);
  });

  it("grows to four by the values alone with --no-hooks: all restart once, with quorum", async () => {
    await terminal.editValues((values) => {
      values.om.replicas = 4;
    });
    const restarted = await observeWork({ k, access, majority: 2 }, () =>
      terminal.follow("--no-hooks --post-renderer-args --no-hooks"),
    );
    assert.deepEqual(selectMembers(restarted), listMembers(3));
    await waitForRing(k, listMembers(4));
    await mustBeOneRing(k, listMembers(4), CHART_MEMBERS);
    await assertNothingBootstrapped(k, listMembers(3));
    assert.match(await readTerminationMessage(k, "ozone-om-3"), /bootstrap/);
  });

  it("loses no acknowledged write", async () => {
    await mustHaveLostNothing(k, RELEASE_NAMESPACE, { client, moreThan: 100 });
    assert.deepEqual(terminal.listUnfollowed(), []);
  });
});
