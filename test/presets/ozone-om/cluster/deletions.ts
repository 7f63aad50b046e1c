// Deletes the joining pod, or the leader's, at each stage of a join, each stage with another member and under a
// client's load: the ring ends correctly, and there is never a second one. A log line triggers the deletion, which may
// hit that stage or a later one, which is printed.
import assert from "node:assert/strict";
import { type Access, createKubectl, type Kubectl, readClusterAccess } from "../../../e2e/harness/kubectl.ts";
import { measureTime } from "../processes/measureTime.ts";
import { mustHaveLostNothing, type PodClient, startClientPod } from "./client.ts";
import { waitUntilLogged } from "./logged.ts";
import { mustBeOneRing, readInitLog, readMemberMarker } from "./member.ts";
import {
  applyCopy,
  listMemberIds,
  readPodUid,
  readRingReport,
  waitForReadyPod,
  waitForRing,
} from "./ring.ts";
import { runAfterSuccess } from "./runAfterSuccess.ts";

interface Stage {
  readonly name: string;
  readonly ordinal: number;
  readonly told: "joiner" | "leader";
  readonly text: string;
}

/** The hardest first: a ring of one has added the second member and has no majority without it. */
const STAGES: readonly Stage[] = [
  { name: "after commit, with one member", ordinal: 1, told: "leader", text: "add OM om-1 in Ratis group" },
  { name: "before the RPC", ordinal: 2, told: "joiner", text: "has been successfully formatted" },
  { name: "after the RPC", ordinal: 3, told: "leader", text: "to add new OM peer om-3|" },
  { name: "before the marker", ordinal: 4, told: "joiner", text: "SHUTDOWN_MSG: Shutting down OzoneManager" },
  { name: "after the marker", ordinal: 5, told: "joiner", text: "marked: bootstrap" },
];

export interface Deletions {
  readonly whom: "joiner" | "leader";
  /** --force --grace-period=0: the API server removes the pod at once, although its containers may run */
  readonly forced: boolean;
}

export function describeDeletions({ whom, forced }: Deletions): void {
  const space = `rollcall-ozone-${whom}${forced ? "-forced" : ""}`;
  const how = forced ? ["--force", "--grace-period=0"] : [];

  describe(`the ${whom}'s pod is deleted${forced ? " by force" : ""} while a member joins`, function () {
    // each test continues with the ring of the one before
    this.bail(true);
    let k: Kubectl;
    let client: PodClient;
    const access = readClusterAccess();

    before(async () => {
      k = await applyCopy(access, space, (spec) => {
        spec["replicas"] = 1;
      });
      await measureTime("om-0 Ready: the seed", () => waitForReadyPod(k, "om-0", 400));
      await waitForRing(k, listMemberIds(1));
      client = await startClientPod(k, space);
    });

    runAfterSuccess(() => createKubectl(access).run(["delete", "namespace", space]));

    for (const stage of STAGES) {
      it(`${stage.name}: the ring ends in the expected state`, async () => {
        await deletedAt(stage, { k, access, space, whom, how });
      });
    }

    it("loses no acknowledged write", async () => {
      await mustHaveLostNothing(k, space, { client, moreThan: 20 });
    });
  });
}

interface Where {
  k: Kubectl;
  access: Access;
  space: string;
  whom: Deletions["whom"];
  how: readonly string[];
}

async function deletedAt(
  { name, ordinal, told, text }: Stage,
  { k, access, space, whom, how }: Where,
): Promise<void> {
  const joiner = `om-${ordinal}`;
  const { ring } = await waitForRing(k, listMemberIds(ordinal));
  const leader = ring?.leader ?? "";
  const victim = whom === "joiner" ? joiner : leader;
  const since = new Date();
  await k.run(["scale", "statefulset/om", `--replicas=${ordinal + 1}`]);
  const [pod, container] = told === "joiner" ? [joiner, "rollcall-init"] : [leader, "om"];
  await waitUntilLogged(access, space, { pod, container, text, since });
  const uid = await readPodUid(k, victim);
  await k.run(["delete", "pod", victim, "--wait=false", ...how]);
  await measureTime(`${victim} deleted ${name}; it is made anew, and ${joiner} Ready`, async () => {
    await waitForReadyPod(k, victim, 400, uid);
    await waitForReadyPod(k, joiner, 400);
  });
  await waitForRing(k, listMemberIds(ordinal + 1), 240);
  await mustBeOneRing(k, listMemberIds(ordinal + 1));
  assert.equal((await readMemberMarker(k, joiner)).steps[0]?.name, "bootstrap");
  const log = await readInitLog(k, joiner);
  const went = log.match(/om-\d+: (bootstrap|finish) with/g) ?? ["started plain"];
  console.log(`      the last start of ${joiner}: ${went.join(", then ")}`);
  if (whom === "leader") {
    assert.doesNotMatch(await readInitLog(k, leader), /\[(bootstrap|finish|seed|init)\]/);
    const { ring: after } = await readRingReport(k, joiner);
    console.log(`      leader before: ${leader}, after: ${after?.leader}`);
  }
}
