// `om ring` and `om archive`: reports the ring and the archived states.

import type { RingMember } from "../../../init/contract/ring/agree.ts";
import { computeMajority } from "../../../init/contract/ring/majority.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import { formatFinalizeCommand } from "../contract/joinObstacles.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { type DiskPorts, listArchives, type StateArchive } from "./archive.ts";
import { askSoftware, observeRing, QUESTIONS, type ReportedSoftware } from "./ask.ts";

export interface RingReport {
  schema: 1;
  serviceId: string;
  /** null: unknown, for the reason in `why` */
  ring: { leader: string; term: number; members: readonly RingMember[] } | null;
  /** how many more members may fail before the majority is lost; null: unknown */
  tolerance: number | null;
  why: string | null;
  /** what the leader reports of its software; null: there is no confirmed leader */
  software: ReportedSoftware | null;
}

/** The live ring, as a majority of its members confirms it. */
export async function reportRing(
  ozone: PlanOzone,
  me: string,
  { askWeb }: Pick<RingWorld, "askWeb">,
): Promise<RingReport> {
  const live = await observeRing(ozone, me, askWeb);
  const head = { schema: 1, serviceId: ozone.serviceId } as const;
  if (live.is === "leaderless")
    return { ...head, ring: null, tolerance: null, why: live.why, software: null };
  const { members, leader } = live.ring;
  const healthy = members.filter((member) => member.healthy).length;
  const tolerance = healthy - computeMajority(members.length);
  return {
    ...head,
    ring: live.ring,
    tolerance,
    why: null,
    software: await askSoftware(ozone, leader, askWeb),
  };
}

/** Formats the report: a verdict, then a line for each member. */
export function formatRingReport({ serviceId, ring, tolerance, why, software }: RingReport): string {
  if (ring === null || software === null) return `× the state of ring ${serviceId} is unknown: ${why}\n`;
  const lines = ring.members.map(({ id, healthy, why: reason }) =>
    healthy ? `√ ${id}${id === ring.leader ? "   leader" : ""}` : `× ${id}   ${reason ?? "not healthy"}`,
  );
  const verdict = `ring ${serviceId}: leader ${ring.leader} in term ${ring.term}, ${ring.members.length} members, ${tolerance} more may fail`;
  return `${[verdict, ...lines, ...formatSoftware(ring.leader, software, serviceId)].join("\n")}\n`;
}

/** What decides whether a new member can join, as far as the leader reports it. */
function formatSoftware(
  leader: string,
  { version, layout, purges, unanswered }: ReportedSoftware,
  serviceId: string,
): string[] {
  const ozone = version === null ? "Ozone" : `Ozone ${version}`;
  const isWhole = purges === null || purges === 0;
  return [
    ...(layout === null ? [] : [formatLayout(`${ozone} on ${leader}`, layout, serviceId)]),
    ...(isWhole ? [] : [`‼ ${leader} has purged its Raft log since it was started`]),
    ...(unanswered.length === 0
      ? []
      : [
          `‼ ${leader} did not answer about ${unanswered.map((part) => QUESTIONS[part]).join(" and ")}: retry`,
        ]),
  ];
}

function formatLayout(
  what: string,
  { metadata, software }: NonNullable<ReportedSoftware["layout"]>,
  serviceId: string,
): string {
  if (metadata === software) return `√ ${what}, layout version ${software}: finalized`;
  return (
    `‼ ${what}, metadata layout ${metadata}, software layout ${software}: not finalized, so no member can join. ` +
    `Finalize the SCM, then run: ${formatFinalizeCommand(serviceId)}`
  );
}

export interface ArchiveReport {
  schema: 1;
  items: readonly StateArchive[];
}

export async function reportArchives({ metadata }: PlanOzone, disks: DiskPorts): Promise<ArchiveReport> {
  return { schema: 1, items: await listArchives(metadata, disks) };
}

export function formatArchives({ items }: ArchiveReport): string {
  if (items.length === 0) return "no state is archived\n";
  const lines = items.map(
    ({ path, at, bytes, peers, why }) =>
      `${path}   ${at || "at an unknown time"}, ${Math.ceil(bytes / 1024 / 1024)} MiB${peers.length > 0 ? `, of the ring ${peers.join(", ")}` : ""}: ${why}`,
  );
  return `${lines.join("\n")}\n`;
}

/** Deletes all archives. @returns the deleted archives */
export async function removeArchives({ metadata }: PlanOzone, disks: DiskPorts): Promise<ArchiveReport> {
  const items = await listArchives(metadata, disks);
  for (const { path } of items) await disks.trees.removeTree(path);
  return { schema: 1, items };
}
