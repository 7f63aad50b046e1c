// What keeps a new Ozone Manager from joining (docs/research/ozone.md#upgrades). What the leader does not report is no
// obstacle: an Ozone that lacks a bean is joined as it was before anybody asked. A question without an answer proves
// nothing, so it is asked again for some minutes.
import type { JoinObstacle, ObstacleFinding } from "../../../init/engine/ring/joinObstacle.ts";
import { formatFinalizeCommand, JOIN_OBSTACLES } from "../contract/joinObstacles.ts";
import { askSoftware, type ReportedSoftware } from "./ask.ts";
import type { OzoneContext, OzoneObservation } from "./context.ts";
import { readInstalledVersion } from "./readInstalledVersion.ts";

/**
 * Versions whose bootstrap accepts no snapshot, so that it never completes once the leader has purged its log: they have
 * HDDS-15103 and lack HDDS-16057. Read in the source of 2.2.0 and in the published jar of 2.2.1; no later release could be
 * read.
 */
const WITHOUT_HDDS_16057: readonly string[] = ["2.2.0", "2.2.1"];

/** A leader that answers everything else for so long will not answer. */
const MOST_UNANSWERED_MS = 300_000;

/** What one run keeps between questions. */
export interface ObstacleMemory {
  /** since when (monotonic milliseconds) this leader has left a question of this joining member unanswered */
  unanswered: { readonly leader: string; readonly since: number } | null;
  /** lines that are logged once */
  readonly logged: Set<string>;
}

/** Asks the leader, and Ozone's command line for this member's own version if it is about to join. */
export async function findObstacle(
  { ozone, world, me }: OzoneContext,
  { live, record }: OzoneObservation,
  { isJoining, memory }: { isJoining: boolean; memory: ObstacleMemory },
): Promise<ObstacleFinding> {
  if (live.is !== "led") return { is: "unknown" };
  const { leader } = live.ring;
  const reported = await askSoftware(ozone, leader, world.askWeb);
  const { version, layout, unanswered } = reported;
  if (unanswered.length === 0) memory.unanswered = null;
  else if (!isJoining) return { is: "unknown" };
  const own = isJoining && version !== null ? await getInstalledVersion(ozone, world) : null;
  const hasPurged = (reported.purges ?? 0) > 0 || (record.ring?.logStarts?.[leader] ?? 0) > 0;
  const obstacle = judgeSoftware({ me, leader, serviceId: ozone.serviceId, reported, own, hasPurged });
  if (obstacle !== null) return { is: "obstacle", obstacle };
  if (unanswered.length > 0) return judgeUnanswered({ leader, unanswered, ozone, world, me, memory });
  return version === null && layout === null ? { is: "unknown" } : { is: "none" };
}

interface UnansweredQuestions extends Pick<OzoneContext, "ozone" | "world" | "me"> {
  readonly leader: string;
  readonly unanswered: ReportedSoftware["unanswered"];
  readonly memory: ObstacleMemory;
}

const QUESTIONS: Readonly<Record<ReportedSoftware["unanswered"][number], string>> = {
  version: "its version",
  layout: "its layout versions",
  purges: "the purges of its log",
};

/** Waits at most half of one start's time, so that a restart of the container does not begin the wait again for ever. */
function judgeUnanswered({
  leader,
  unanswered,
  ozone,
  world,
  me,
  memory,
}: UnansweredQuestions): ObstacleFinding {
  const now = world.monotonic();
  const before = memory.unanswered?.leader === leader ? memory.unanswered : null;
  memory.unanswered = before ?? { leader, since: now };
  const what = unanswered.map((part) => QUESTIONS[part]).join(" and ");
  const limit = Math.min(MOST_UNANSWERED_MS, ozone.waitSeconds * 500);
  if (now - memory.unanswered.since < limit)
    return { is: "unanswered", waitsFor: `an answer of ${leader}, the leader, about ${what}` };
  logOnce(world, memory, `${me} joins without an answer of ${leader}, the leader, about ${what}`);
  return { is: "unknown" };
}

function logOnce({ log }: Pick<OzoneContext["world"], "log">, { logged }: ObstacleMemory, line: string): void {
  if (!logged.has(line)) log(line);
  logged.add(line);
}

const installedVersions = new WeakMap<object, Promise<string | null>>();

/** It cannot change while this container runs, and a JVM takes a second. */
function getInstalledVersion(
  ozone: OzoneContext["ozone"],
  world: OzoneContext["world"],
): Promise<string | null> {
  const known = installedVersions.get(ozone);
  if (known !== undefined) return known;
  const reading = readInstalledVersion(ozone, world);
  installedVersions.set(ozone, reading);
  return reading;
}

/** What is known before a join. */
export interface JoinSoftware {
  readonly me: string;
  readonly leader: string;
  readonly serviceId: string;
  readonly reported: ReportedSoftware;
  /** this member's version; null: unknown, or this member does not join */
  readonly own: string | null;
  /** the leader has purged its Raft log, so that a new member needs a snapshot */
  readonly hasPurged: boolean;
}

/** Pure: why a member with this software must wait, or null. */
export function judgeSoftware(software: JoinSoftware): JoinObstacle | null {
  return findUnfinalized(software) ?? findVersionGap(software) ?? findPurgedLog(software);
}

function findUnfinalized({ leader, serviceId, reported: { layout } }: JoinSoftware): JoinObstacle | null {
  if (layout === null || layout.metadata === layout.software) return null;
  const detail = `metadata layout ${layout.metadata}, software layout ${layout.software}`;
  return {
    name: JOIN_OBSTACLES.notFinalized,
    detail,
    waitsFor:
      `the upgrade of Ozone to be finalized: ${leader}, the leader, reports ${detail}, and a new member would write layout ${layout.software} whatever ` +
      `the ring has. Finalize it (\`ozone admin scm finalizeupgrade\`, then \`${formatFinalizeCommand(serviceId)}\`), or scale back`,
  };
}

function findVersionGap({ me, leader, reported: { version }, own }: JoinSoftware): JoinObstacle | null {
  const [mine, theirs] = [parseVersion(own), parseVersion(version)];
  if (mine === null || theirs === null) return null;
  const order = compareVersions(mine, theirs);
  // a patch release keeps the layout version (docs/research/ozone.md#upgrades)
  const isPatch = mine[0] === theirs[0] && mine[1] === theirs[1];
  if (order === 0 || (order > 0 && isPatch)) return null;
  const why =
    order < 0
      ? "an older member may not understand what the ring has written"
      : "a newer member would write its own layout version whatever the ring has";
  return {
    name: JOIN_OBSTACLES.versionsDiffer,
    detail: `${leader} has Ozone ${version}, ${me} has ${own}`,
    waitsFor:
      `the same version of Ozone as the leader's: ${leader} runs ${version}, this pod's image has ${own}, and ${why}. Let the update of the image ` +
      "complete on all members, and finalize it, or scale back: with podManagementPolicy OrderedReady no other pod is updated while this one waits",
  };
}

function findPurgedLog({ leader, reported: { version }, own, hasPurged }: JoinSoftware): JoinObstacle | null {
  const joins = own ?? version;
  if (!hasPurged || joins === null || !WITHOUT_HDDS_16057.includes(joins)) return null;
  return {
    name: JOIN_OBSTACLES.logPurged,
    detail: `Ozone ${joins}`,
    waitsFor:
      `a version of Ozone with HDDS-16057: ${leader}, the leader, has purged its Raft log, so a new member needs a snapshot, and Ozone ${joins} ` +
      "refuses one while it joins. Scale back, update all members to a version that has it, and scale up again",
  };
}

type Version = readonly [major: number, minor: number, patch: number];

/** A suffix does not count: it is of a build, not of a format. */
function parseVersion(text: string | null): Version | null {
  const [, major, minor, patch = "0"] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? "") ?? [];
  return major === undefined || minor === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

function compareVersions(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
