// `om …`: tools for an Ozone Manager's container, used with kubectl exec. Exit codes: 0 ok, 1 refused or not ready, 2
// bad plan or usage, 3 unknown.

import { parseArgs } from "node:util";
import { EXIT } from "../../../init/contract/exit.ts";
import { type Plan, readOwnPlan } from "../../../init/contract/plan.ts";
import { describe, describeFileError, type Failure, listRemedies } from "../../../init/engine/failure.ts";
import type { CommandHost } from "../../../init/engine/preset.ts";
import type { RingContext } from "../../../init/engine/ring/client.ts";
import type { ChangeResult } from "../../../init/engine/ring/membershipLock.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import { openRingWorld, openWorld } from "../../../init/world/open.ts";
import { type PlanOzone, readPlanOzone } from "../contract/plan.ts";

export type OmResult =
  | { readonly code: number; readonly json: unknown; readonly text: string }
  | { readonly usage: string };

export const OM_USAGE =
  "om takes ring, ready, transfer [ID], evict ID, rejoin ID, archive list or archive rm";

const NO = 1;
const UNKNOWN = 3;

interface ToolInput {
  readonly plan: Plan;
  readonly ozone: PlanOzone;
  readonly world: RingWorld;
  /** the argument: a member's id */
  readonly id: string | undefined;
}

interface OmTool {
  /** whether it takes a member's id */
  readonly takes: "none" | "an id" | "an id or none";
  /** whether it changes the ring or the record */
  readonly changes: boolean;
  /** whether it changes anything, including the member's volume */
  readonly acts: boolean;
  run(request: ToolInput): Promise<OmResult>;
}

const TOOLS: Readonly<Record<string, OmTool>> = {
  ring: { takes: "none", changes: false, acts: false, run: showRing },
  ready: { takes: "none", changes: false, acts: false, run: showReadiness },
  transfer: createChangingTool("transfer", "an id or none", async (request) => {
    const { transferLeadership } = await import("../../../init/engine/ring/transferLeadership.ts");
    return transferLeadership(await openRingContext(request, request.plan.identity.pod), request.id ?? null);
  }),
  evict: createChangingTool("evict", "an id", async (request) => {
    const { evictMember } = await import("../../../init/engine/ring/evictMember.ts");
    return evictMember(await openRingContext(request, request.id ?? ""));
  }),
  rejoin: createChangingTool("rejoin", "an id", async (request) => {
    const { readmitMember } = await import("../../../init/engine/ring/evictMember.ts");
    return readmitMember(await openRingContext(request, request.id ?? ""));
  }),
  "archive list": { takes: "none", changes: false, acts: false, run: showArchives },
  "archive rm": { takes: "none", changes: false, acts: true, run: deleteArchives },
};

/** Creates a tool that changes the ring or the record. */
function createChangingTool(
  what: string,
  takes: OmTool["takes"],
  work: (request: ToolInput) => Promise<ChangeResult>,
): OmTool {
  return {
    takes,
    changes: true,
    acts: true,
    run: async (request) => toOmResult(what, request, await work(request)),
  };
}

/** Runs `om` from the command line. @returns the exit code */
export async function runOmCommand(words: readonly string[], host: CommandHost): Promise<number> {
  const read = readWords(words);
  if ("wrong" in read) return host.refuseUsage(read.wrong);
  const { env, stop, runId, refuseUsage } = host;
  // standard output is for the result, standard error for progress
  const log = (line: string): void => console.error(`rollcall: ${line}`);
  const outcome = await executeOmCommand(read.words, { env, log, stop, runId });
  if ("usage" in outcome) return refuseUsage(outcome.usage);
  process.stdout.write(read.isJson ? `${JSON.stringify(outcome.json, null, 2)}\n` : outcome.text);
  return outcome.code;
}

function readWords(words: readonly string[]): { words: string[]; isJson: boolean } | { wrong: string } {
  try {
    const options = { output: { type: "string", short: "o", default: "text" } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const { output } = values;
    if (output === "text" || output === "json") return { words: positionals, isJson: output === "json" };
    return { wrong: `-o takes text or json, not ${JSON.stringify(output)}` };
  } catch (error) {
    return { wrong: error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error) };
  }
}

/** @param words the arguments of `om` @param log prints progress */
export async function executeOmCommand(
  words: readonly string[],
  { env, log, stop, runId }: OmSurroundings,
): Promise<OmResult> {
  const match = findTool(words);
  if (match === null) return { usage: OM_USAGE };
  const { tool, id, name } = match;
  const read = readOwnPlan(env);
  if ("wrong" in read) return { usage: read.wrong };
  const { plan, foreign } = read;
  const member = readPlanOzone(plan);
  if ("wrong" in member) return { usage: member.wrong };
  const { ozone } = member;
  const ids = ozone.members.map((member) => member.id);
  // `evict` checks the id itself, because a ring may have members that no plan lists
  if (id !== undefined && name !== "evict" && !ids.includes(id))
    return { usage: `om ${name}: ${JSON.stringify(id)} is not one of the members: ${ids.join(", ")}` };
  if (tool.acts && foreign !== null) return reportForeignPod(foreign);
  // a tool that changes nothing does not need the API server and S3
  const needs = tool.changes ? plan : { s3: null, api: null };
  const world = await openRingWorld(ozone, await openWorld({ plan: needs, env, stop, log, runId }));
  try {
    return await tool.run({ plan, ozone, world, id });
  } catch (error) {
    const why = describeFileError(error);
    return { code: UNKNOWN, json: { error: why }, text: `× ${why}\n` };
  }
}

export interface OmSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  readonly stop: AbortSignal;
  readonly runId: string;
}

function findTool(words: readonly string[]): { tool: OmTool; name: string; id: string | undefined } | null {
  const whole = words.join(" ");
  const [first = "", id] = words;
  const name = Object.hasOwn(TOOLS, whole) ? whole : first;
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool === undefined) return null;
  if (name === whole) return tool.takes === "an id" ? null : { tool, name, id: undefined };
  return words.length === 2 && tool.takes !== "none" ? { tool, name, id } : null;
}

function reportForeignPod(failure: Failure): OmResult {
  const why = describe(failure);
  const text = [`× ${why}`, ...listRemedies(failure), ""].join("\n");
  return { code: EXIT.identityMismatch, json: { error: why }, text };
}

async function openRingContext({ plan, ozone, world }: ToolInput, id: string): Promise<RingContext> {
  const { openOzoneClient } = await import("./openOzoneClient.ts");
  return { plan, ring: openOzoneClient(ozone, world), world, id };
}

function toOmResult(what: string, { id }: ToolInput, verdict: ChangeResult): OmResult {
  const json = { schema: 1, what, id: id ?? null, ...verdict };
  if (verdict.is === "done") return { code: 0, json, text: `√ ${verdict.says}\n` };
  return { code: verdict.is === "refused" ? NO : UNKNOWN, json, text: `× ${what}: ${verdict.why}\n` };
}

async function showRing({ ozone, plan, world }: ToolInput): Promise<OmResult> {
  const { reportRing, formatRingReport } = await import("./om.ts");
  const report = await reportRing(ozone, plan.identity.pod, world);
  return { code: report.ring === null ? UNKNOWN : 0, json: report, text: formatRingReport(report) };
}

/** The readiness probe of a member. */
async function showReadiness({ ozone, plan, world }: ToolInput): Promise<OmResult> {
  const { checkReadiness, formatReadiness } = await import("./ready.ts");
  const readiness = await checkReadiness(ozone, plan.identity.pod, world);
  return { code: readiness.ready ? 0 : NO, json: readiness, text: formatReadiness(readiness) };
}

async function showArchives({ ozone, world }: ToolInput): Promise<OmResult> {
  const { reportArchives, formatArchives } = await import("./om.ts");
  const report = await reportArchives(ozone, world);
  return { code: 0, json: report, text: formatArchives(report) };
}

async function deleteArchives({ ozone, world }: ToolInput): Promise<OmResult> {
  const { formatArchives, removeArchives } = await import("./om.ts");
  const report = await removeArchives(ozone, world);
  const text = formatArchives(report);
  return { code: 0, json: report, text: report.items.length > 0 ? `removed:\n${text}` : text };
}
