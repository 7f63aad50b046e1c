// Whether a member may join, by its own version and what the leader reports (docs/research/ozone.md#upgrades). Pure.
import type { RecordedObstacle } from "../../../init/contract/record.ts";
import type { JoinObstacle } from "../../../init/engine/ring/joinObstacle.ts";
import { formatFinalizeCommand, JOIN_OBSTACLES } from "../contract/joinObstacles.ts";
import type { ReportedSoftware } from "./ask.ts";

/**
 * Versions whose bootstrap accepts no snapshot, so that it never completes once the leader has purged its log: they have
 * HDDS-15103 and lack HDDS-16057. Read in the source of 2.2.0 and in the published jar of 2.2.1; no later release could be
 * read.
 */
const WITHOUT_HDDS_16057: readonly string[] = ["2.2.0", "2.2.1"];

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
  /** no member of the ring has a higher ordinal, so a scale-down takes this one away first */
  readonly canScaleBack: boolean;
  /** healthy members that do not lead; null: it does not say its version */
  readonly others: readonly { readonly id: string; readonly version: string | null }[];
}

/** Pure: why a member with this software must wait, or null. */
export function judgeSoftware(software: JoinSoftware): JoinObstacle | null {
  return findUnfinalized(software) ?? findVersionGap(software) ?? findPurgedLog(software);
}

/**
 * Pure: the names of reasons that do not hold by what was asked. What the leader did not say rules nothing out.
 * @param recorded of a member that does not join, and so compares no version of its own: the reason in the record, which
 * has the version of the one that waited
 */
export function listRuledOut(software: JoinSoftware, recorded: RecordedObstacle | undefined): string[] {
  const { reported, own } = software;
  const { version, layout } = reported;
  const waiting = own ?? readWaitingVersion(recorded);
  const isCompared = parseVersion(waiting) !== null && parseVersion(version) !== null;
  return [
    ...(layout !== null && layout.metadata === layout.software ? [JOIN_OBSTACLES.notFinalized] : []),
    ...(isCompared && compareFormats(waiting, version) === 0 ? [JOIN_OBSTACLES.versionsDiffer] : []),
    ...listRuledOutPurges(software),
  ];
}

function listRuledOutPurges({ reported: { version, purges }, own, hasPurged }: JoinSoftware): string[] {
  const { logPurged, logPurgedBuild } = JOIN_OBSTACLES;
  if (purges !== null && !hasPurged) return [logPurged, logPurgedBuild];
  const joins = own ?? version;
  if (parseVersion(joins) === null) return [];
  const fix = findFix(joins);
  return [...(fix === "missing" ? [] : [logPurged]), ...(fix === "unknown" ? [] : [logPurgedBuild])];
}

/** As findVersionGap writes it. */
function readWaitingVersion(recorded: RecordedObstacle | undefined): string | null {
  if (recorded?.name !== JOIN_OBSTACLES.versionsDiffer) return null;
  return / has (\S{1,80})$/.exec(recorded.detail)?.[1] ?? null;
}

function findUnfinalized({
  leader,
  serviceId,
  reported: { layout },
  canScaleBack,
}: JoinSoftware): JoinObstacle | null {
  if (layout === null || layout.metadata === layout.software) return null;
  const detail = `metadata layout ${layout.metadata}, software layout ${layout.software}`;
  return {
    name: JOIN_OBSTACLES.notFinalized,
    detail,
    waitsFor:
      `the upgrade of Ozone to be finalized: ${leader}, the leader, reports ${detail}, and a new member would write layout ${layout.software} whatever ` +
      `the ring has. Finalize it (\`ozone admin scm finalizeupgrade\`, then \`${formatFinalizeCommand(serviceId)}\`)${canScaleBack ? ", or scale back" : ""}`,
  };
}

function findVersionGap(software: JoinSoftware): JoinObstacle | null {
  const { me, leader, own, reported } = software;
  const { version } = reported;
  const order = compareFormats(own, version);
  if (order === 0) return null;
  const why =
    order < 0
      ? "an older member may not understand what the ring has written"
      : "a newer member would write its own layout version whatever the ring has";
  return {
    name: JOIN_OBSTACLES.versionsDiffer,
    detail: `${leader} has Ozone ${version}, ${me} has ${own}`,
    waitsFor:
      `the same minor version of Ozone as the leader's: ${leader} runs ${version}, this pod's image has ${own}, and ${why}. ` +
      `${formatWaysOut(software)} With podManagementPolicy OrderedReady no other pod is updated while this one waits`,
  };
}

/** Sentences. */
function formatWaysOut({ own, others, canScaleBack }: JoinSoftware): string {
  const alike = others.find(({ version }) => version !== null && compareFormats(own, version) === 0);
  const complete = `et the update of the image complete on all members, and finalize it${canScaleBack ? ", or scale back" : ""}.`;
  if (alike === undefined) return `L${complete}`;
  return `${alike.id} has ${alike.version}: let it lead (\`/rollcall/rollcall om transfer ${alike.id}\` in a member). Or l${complete}`;
}

function findPurgedLog({
  leader,
  reported: { version },
  own,
  hasPurged,
  canScaleBack,
}: JoinSoftware): JoinObstacle | null {
  const joins = own ?? version;
  const fix = findFix(joins);
  if (!hasPurged || joins === null || fix === "there") return null;
  if (fix === "unknown")
    return { name: JOIN_OBSTACLES.logPurgedBuild, detail: `Ozone ${joins}`, waitsFor: null };
  return {
    name: JOIN_OBSTACLES.logPurged,
    detail: `Ozone ${joins}`,
    waitsFor:
      `a version of Ozone with HDDS-16057: ${leader}, the leader, has purged its Raft log, so a new member needs a snapshot, and Ozone ${joins} ` +
      `refuses one while it joins. ${canScaleBack ? "Scale back, update all members to a version that has it, and scale up again" : "Update all members to a version that has it"}`,
  };
}

/**
 * Compares what decides about formats. A patch release keeps the layout version (docs/research/ozone.md#upgrades), and a
 * suffix is of a build. Of vendors' versions, such as 1.4.0.7.3.1, the vendor's major and minor version count, too.
 * @returns 0: alike, or one is unknown; below 0: the first is older
 */
function compareFormats(one: string | null, other: string | null): number {
  const [mine, theirs] = [parseVersion(one), parseVersion(other)];
  if (mine === null || theirs === null) return 0;
  const compared = [0, 1, ...(mine.length >= 5 && theirs.length >= 5 ? [3, 4] : [])];
  return compared.map((part) => (mine[part] ?? 0) - (theirs[part] ?? 0)).find((order) => order !== 0) ?? 0;
}

/** All its numbers, the major version first. */
function parseVersion(text: string | null): readonly number[] | null {
  const [numbers] = /^\d+(?:\.\d+)+/.exec(text ?? "") ?? [];
  return numbers?.split(".").map(Number) ?? null;
}

/** Whether a version has HDDS-16057. unknown: it is somebody's build of a release without it, who may have added it. */
function findFix(version: string | null): "there" | "missing" | "unknown" {
  const [major, minor, patch = 0, ...more] = parseVersion(version) ?? [];
  if (!WITHOUT_HDDS_16057.includes(`${major}.${minor}.${patch}`)) return "there";
  return more.length === 0 && /^[\d.]+$/.test(version ?? "") ? "missing" : "unknown";
}
