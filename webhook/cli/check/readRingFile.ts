// Reads RING.json for `rollcall check`: the members of a ring as the user has observed them.
import * as z from "zod";
import type { Ring } from "../../../init/contract/ring/agree.ts";
import { isMajority } from "../../../init/contract/ring/majority.ts";
import type { KnownOrUnknown } from "../../scaleDown/evidence.ts";
import { isRecord, readText } from "../documents.ts";
import { BadInput } from "../ending.ts";

const id = z.string().min(1);

const ring = z.strictObject({
  leader: id,
  term: z.number().int().nonnegative(),
  members: z.array(z.strictObject({ id, healthy: z.boolean() })).min(1),
});

const unknown = z.strictObject({ unknown: z.string().min(1) });

const SHAPES = 'expected {"leader":ID,"term":N,"members":[{"id":ID,"healthy":BOOL}]} or {"unknown":REASON}';

/** @throws BadInput with the path of the fault */
export async function readRingFile(file: string): Promise<KnownOrUnknown<Ring>> {
  const read = parseRing(await readText(file));
  if (!("wrong" in read)) return read;
  const shown = file === "-" ? "(standard input)" : file;
  throw new BadInput(`${shown}: ${read.wrong}; ${SHAPES}`);
}

function parseRing(text: string): KnownOrUnknown<Ring> | { wrong: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { wrong: `invalid JSON (${error instanceof Error ? error.message : String(error)})` };
  }
  const shape = isRecord(json) && "unknown" in json ? unknown : ring;
  const read = shape.safeParse(json);
  if (!read.success) {
    const [first] = read.error.issues;
    return { wrong: `${formatFieldPath(first?.path ?? [])}: ${first?.message ?? "wrong"}` };
  }
  if ("unknown" in read.data) return read.data;
  const fault = findMemberFault(read.data);
  return fault === null ? checkAgreement(read.data) : { wrong: fault };
}

const formatFieldPath = (path: readonly PropertyKey[]): string =>
  path
    .map((each) => (typeof each === "number" ? `[${each}]` : `.${String(each)}`))
    .join("")
    .replace(/^\./, "") || "the document";

function findMemberFault({ leader, members }: Ring): string | null {
  const ids = members.map((member) => member.id);
  const repeated = ids.findIndex((each, index) => ids.indexOf(each) !== index);
  if (repeated !== -1) return `members[${repeated}].id: ${ids[repeated]} is repeated`;
  return ids.includes(leader) ? null : `leader: ${leader} is not a member`;
}

/** Applies the conditions that the webhook applies to live members (init/contract/ring/agree.ts). */
function checkAgreement(known: Ring): KnownOrUnknown<Ring> {
  const { leader, term, members } = known;
  const healthy = members.filter((member) => member.healthy);
  if (!healthy.some((member) => member.id === leader))
    return { unknown: `${leader}, the leader in term ${term}, is not healthy` };
  if (isMajority(healthy.length, members.length)) return { known };
  return {
    unknown: `only ${healthy.length} of ${members.length} members follow ${leader} (term ${term}), which is not a majority`,
  };
}
