// `om ring | archive list | archive rm`: tools for an Ozone Manager's own container, by kubectl exec. Exit codes are the
// command line's: 0 ok, 2 bad plan or usage, 3 could not find out.
import type { PlanOzone } from "../contract/ozone.ts";
import { PLAN_ENV } from "../contract/places.ts";
import { readPlan } from "../contract/plan.ts";
import { reasonOf } from "../engine/reason.ts";
import type { OzoneWorld } from "../ozone/ports.ts";
import { openOzoneWorld, openWorld } from "../world/open.ts";

export type Told =
  | { readonly code: number; readonly json: unknown; readonly text: string }
  | { readonly usage: string };

export const OM_USAGE = "om takes ring, ready, archive list or archive rm";

const WORDS: readonly string[] = ["ring", "ready", "archive list", "archive rm"];

const NO = 1;
const COULD_NOT_ASK = 3;

/** @param words behind `om` */
export async function om(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Told> {
  const what = words.join(" ");
  if (!WORDS.includes(what)) return { usage: OM_USAGE };
  const read = readPlan(env[PLAN_ENV]);
  if ("wrong" in read) return { usage: read.wrong };
  const { ozone, identity } = read.plan;
  if (ozone === undefined)
    return { usage: `this pod is of kind ${identity.kind}: it is no member of a ring` };
  const { signal } = new AbortController();
  const plan = { s3: null, api: null };
  const world = await openOzoneWorld(
    ozone,
    await openWorld({ plan, env, stop: signal, log: () => undefined, runId: "om" }),
  );
  if (what === "ready") return ready(ozone, identity.pod, world);
  const { reportRing, ringText, reportArchives, archiveText, removeArchives } = await import(
    "../ozone/om.ts"
  );
  try {
    if (what === "ring") {
      const report = await reportRing(ozone, identity.pod, world);
      return { code: report.ring === null ? COULD_NOT_ASK : 0, json: report, text: ringText(report) };
    }
    const report = await (what === "archive rm" ? removeArchives : reportArchives)(ozone, world);
    const text = archiveText(report);
    return {
      code: 0,
      json: report,
      text: what === "archive rm" && report.items.length > 0 ? `removed:\n${text}` : text,
    };
  } catch (error) {
    const why = reasonOf(error);
    return { code: COULD_NOT_ASK, json: { error: why }, text: `× ${why}\n` };
  }
}

/** The readiness probe of a member. */
async function ready(ozone: PlanOzone, me: string, world: OzoneWorld): Promise<Told> {
  const { whetherReady, readinessText } = await import("../ozone/ready.ts");
  const readiness = await whetherReady(ozone, me, world);
  return { code: readiness.ready ? 0 : NO, json: readiness, text: readinessText(readiness) };
}
