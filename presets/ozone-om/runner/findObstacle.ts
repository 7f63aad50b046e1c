// What keeps a new Ozone Manager from joining (docs/research/ozone.md#upgrades). What the leader does not report is no
// obstacle: an Ozone that lacks a bean is joined as it was before anybody asked. A question without an answer proves
// nothing, so it is asked again for some minutes.
import type { RecordedRing } from "../../../init/contract/record.ts";
import type { Ring } from "../../../init/contract/ring/agree.ts";
import type { JoinObstacle, ObstacleFinding } from "../../../init/engine/ring/joinObstacle.ts";
import { JOIN_OBSTACLES } from "../contract/joinObstacles.ts";
import { askSoftware, askVersion, QUESTIONS, type ReportedSoftware } from "./ask.ts";
import type { OzoneContext, OzoneObservation } from "./context.ts";
import { type JoinSoftware, judgeSoftware, listRuledOut } from "./judgeSoftware.ts";
import { readInstalledVersion } from "./readInstalledVersion.ts";

/** A leader that answers everything else for so long will not answer. */
const MOST_UNANSWERED_MS = 300_000;

/** Runs of `ozone version`, one at each poll. */
const MOST_FAILED_RUNS = 3;
const PAUSE_AFTER_FAILED_RUNS_MS = 60_000;

export const createObstacleMemory = (): ObstacleMemory => ({
  unanswered: null,
  own: { version: null, failures: 0, nextAt: 0 },
  logged: new Set(),
});

/** What one run keeps between questions. */
export interface ObstacleMemory {
  /** since when (monotonic milliseconds) this leader has left a question of this joining member unanswered */
  unanswered: { readonly leader: string; readonly since: number } | null;
  /** of this container's Ozone; nextAt: when it is read again after failed runs, in monotonic milliseconds */
  readonly own: { version: string | null; failures: number; nextAt: number };
  /** lines that are logged once */
  readonly logged: Set<string>;
}

/** Asks the leader, and Ozone's command line for this member's own version if it is about to join. */
export async function findObstacle(
  context: OzoneContext,
  { live, record, possibleMembers }: OzoneObservation,
  { isJoining, memory }: { isJoining: boolean; memory: ObstacleMemory },
): Promise<ObstacleFinding> {
  const { ozone, world, me } = context;
  if (live.is !== "led") return { is: "unknown" };
  const { leader } = live.ring;
  const reported = await askSoftware(ozone, leader, world.askWeb);
  const { unanswered } = reported;
  if (unanswered.length === 0) memory.unanswered = null;
  else if (!isJoining) return { is: "unknown" };
  const isCompared = isJoining && reported.version !== null;
  const installed = isCompared ? await getInstalledVersion(context, memory) : null;
  const known: JoinSoftware = {
    me,
    leader,
    serviceId: ozone.serviceId,
    reported,
    own: installed === "again" ? null : installed,
    hasPurged: hasPurged(leader, reported, record.ring),
    canScaleBack: isHighest(me, live.ring, possibleMembers),
    others: [],
  };
  const obstacle = await judgeWithOthers(known, () => askOthers(live.ring, ozone, world.askWeb));
  const ruledOut = listRuledOut(known, isJoining ? undefined : record.ring?.joinObstacle);
  if (obstacle !== null && obstacle.waitsFor !== null) return { is: "obstacle", obstacle, ruledOut };
  const open = judgeOpenQuestions(context, { leader, unanswered, installed, memory });
  if (open !== null) return open;
  if (obstacle === null) return { is: "none", ruledOut };
  if (isJoining)
    logDoubt(context, memory, `${leader}, the leader, has purged its Raft log (${obstacle.detail})`);
  return { is: "obstacle", obstacle, ruledOut };
}

/** A leader counts since its start; its volume showed at that start whether its log began above 0. */
const hasPurged = (
  leader: string,
  { purges }: ReportedSoftware,
  recorded: RecordedRing | undefined,
): boolean => (purges ?? 0) > 0 || (recorded?.logStarts?.[leader] ?? 0) > 0;

function isHighest(me: string, { members }: Ring, possibleMembers: readonly string[]): boolean {
  const place = possibleMembers.indexOf(me);
  return members.every(({ id }) => possibleMembers.indexOf(id) < place);
}

/** Asks the other members only where one of them could lead instead. */
async function judgeWithOthers(
  known: JoinSoftware,
  readOthers: () => Promise<JoinSoftware["others"]>,
): Promise<JoinObstacle | null> {
  const obstacle = judgeSoftware(known);
  if (obstacle?.name !== JOIN_OBSTACLES.versionsDiffer || known.own === null) return obstacle;
  return judgeSoftware({ ...known, others: await readOthers() });
}

/** The versions of the healthy members that do not lead. */
function askOthers(
  { members, leader }: Ring,
  ozone: OzoneContext["ozone"],
  askWeb: OzoneContext["world"]["askWeb"],
): Promise<{ id: string; version: string | null }[]> {
  const others = members.filter(({ id, healthy }) => healthy && id !== leader);
  return Promise.all(others.map(async ({ id }) => ({ id, version: await askVersion(ozone, id, askWeb) })));
}

interface OpenQuestions {
  readonly leader: string;
  readonly unanswered: ReportedSoftware["unanswered"];
  readonly installed: InstalledVersion;
  readonly memory: ObstacleMemory;
}

/**
 * Waits for the leader at most half of one start's time, so that a restart of the container does not begin the wait again
 * for ever.
 * @returns null: all questions have an answer
 */
function judgeOpenQuestions(
  { ozone, world, me }: Pick<OzoneContext, "ozone" | "world" | "me">,
  { leader, unanswered, installed, memory }: OpenQuestions,
): ObstacleFinding | null {
  if (unanswered.length === 0) {
    if (installed !== "again") return null;
    return { is: "unanswered", waitsFor: "`ozone version` to print its own version" };
  }
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

function logDoubt({ world, me }: OzoneContext, memory: ObstacleMemory, why: string): void {
  const line = `${me} tries to join with a build of Ozone that may lack HDDS-16057, and may fail: ${why}`;
  logOnce(world, memory, line);
}

function logOnce(
  { log }: Pick<OzoneContext["world"], "log">,
  { logged }: ObstacleMemory,
  line: string,
): void {
  if (!logged.has(line)) log(line);
  logged.add(line);
}

/** null: unknown */
type InstalledVersion = string | null | "again";

/**
 * This member's own version, or "again" after a failed run. Only a version is remembered: it cannot change while this
 * container runs, and a JVM takes a second.
 */
async function getInstalledVersion(
  { ozone, world, me }: OzoneContext,
  memory: ObstacleMemory,
): Promise<InstalledVersion> {
  const { own } = memory;
  if (own.version !== null || world.monotonic() < own.nextAt) return own.version;
  own.version = await readInstalledVersion(ozone, world);
  if (own.version !== null) return own.version;
  own.failures += 1;
  if (own.failures < MOST_FAILED_RUNS) return "again";
  own.nextAt = world.monotonic() + PAUSE_AFTER_FAILED_RUNS_MS;
  logOnce(
    world,
    memory,
    `${me}: its own version of Ozone is unknown, not compared: \`ozone version\` prints none`,
  );
  return null;
}
