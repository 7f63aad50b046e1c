// What a case would find out, from its notation (caseFile.ts) to what rules see.
import { RECORD_SCHEMA, type Record } from "../../init/contract/record.ts";
import type { Ring } from "../../init/contract/ring/agree.ts";
import type { Evidence, Known, LivePod } from "../../webhook/guard/evidence.ts";
import type { EvidenceFields } from "./caseFile.ts";

const AT = "2026-01-01T00:00:00Z";

/** @param name of the StatefulSet */
export function evidenceOf(given: EvidenceFields, name: string): Evidence {
  return {
    pods: known(given.pods, (lines) => podsOf(lines, name)),
    ring: known(given.ring, (text) => ringOf(text, name)),
    record: known(given.record, (fields) => (fields === null ? null : recordOf(fields, name))),
    lock: known(given.lock, (holder) => holder),
    rights: known(given.rights, (lacking) => ({ lacking })),
    service: known(given.service, (is) => (is === "none" ? null : { publishesNotReady: is === "publishes" })),
    namespace: known(given.namespace, (is) => ({ terminating: is === "terminating" })),
  };
}

function known<Given, T>(
  given: Given | { unknown: string } | undefined,
  make: (given: Given) => T,
): Known<T> {
  if (given === undefined) return { unknown: "no answer in time" };
  return isUnknown(given) ? given : { known: make(given) };
}

const isUnknown = (given: unknown): given is { unknown: string } =>
  typeof given === "object" && given !== null && "unknown" in given;

function podsOf(lines: readonly string[], name: string): LivePod[] {
  const found = new Map<number, LivePod>();
  for (const line of lines) {
    const [range = "", ...words] = line.split(" ");
    const [from = Number.NaN, to = from] = range.split("..").map(Number);
    if (!Number.isInteger(from) || !Number.isInteger(to)) throw new Error(`pods: ${line}`);
    for (let ordinal = from; ordinal <= to; ordinal++) found.set(ordinal, podOf(ordinal, name, words));
  }
  return [...found.values()];
}

function podOf(ordinal: number, name: string, words: readonly string[]): LivePod {
  const odd = words.find((word) => !/^(bare|down|uid=.+)$/.test(word));
  if (odd !== undefined) throw new Error(`pods: ${odd} is none of bare, down, uid=UID`);
  return {
    name: `${name}-${ordinal}`,
    ordinal,
    uid: words.find((word) => word.startsWith("uid="))?.slice(4) ?? `u${ordinal}`,
    running: !words.includes("down"),
    ip: `10.0.0.${ordinal + 1}`,
    serviceAccount: "members",
    leaves: !words.includes("bare"),
  };
}

function ringOf(text: string, name: string): Ring {
  const words = text.split(" ").filter((word) => word !== "");
  const idOf = (word: string) => word.replace(/[*!]+$/, "").replace(/^(\d+)$/, `${name}-$1`);
  const leader = words.find((word) => word.includes("*"));
  return {
    leader: leader === undefined ? "" : idOf(leader),
    term: 7,
    members: words.map((word) => ({ id: idOf(word), healthy: !word.includes("!") })),
  };
}

function recordOf(fields: NonNullable<Exclude<EvidenceFields["record"], { unknown: string }>>, name: string) {
  const by = <T>(pods: readonly (number | string)[] | undefined, make: (podUid: string) => T) =>
    Object.fromEntries(
      (pods ?? []).map((pod) => {
        const [ordinal = "", uid = `u${ordinal}`] = String(pod).split(":");
        return [/^\d+$/.test(ordinal) ? `${name}-${ordinal}` : ordinal, make(uid)];
      }),
    );
  const { ordinals, members } = fields;
  const record: Record = {
    schema: RECORD_SCHEMA,
    kind: "generic",
    profile: "shop",
    base: 1,
    seq: 1,
    fence: 1,
    ...(ordinals === undefined
      ? {}
      : { ordinals: typeof ordinals === "number" ? { start: 0, replicas: ordinals } : ordinals }),
    drained: by(fields.drained, (podUid) => ({ podUid, at: AT })),
    intents: by(fields.leaving, (podUid) => ({ podUid, at: AT })),
    tombstones: by(fields.left, (podUid) => ({ podUid, at: AT, finished: true })),
    ...(members === undefined
      ? {}
      : { ring: { clusterID: null, seed: null, members: Object.keys(by(members, () => null)) } }),
  };
  return record;
}
