// The marker: the proof that a pod's steps are done, written after each verified step (docs/architecture.md#marker).
// Its identity says which pod it belongs to, and digest and release of each step whether that step is still valid.
// podUid, planDigest, times and versions are only evidence.
import { createHash } from "node:crypto";
import { IDENTITY_FIELDS, type Identity, type PlanStep } from "./plan.ts";
import {
  closed,
  dateTime,
  formatShapeFault,
  integer,
  list,
  object,
  oneOf,
  readShape,
  type Shape,
  type TypeOf,
  text,
} from "./shape.ts";

export const MARKER_SCHEMA = 1;

/** Serialises a marker and adds its checksum. */
export function writeMarker(body: Omit<Marker, "sha256">): string {
  return `${JSON.stringify({ ...body, sha256: computeDigest(body) }, null, 2)}\n`;
}

const laterSchema = object({ schema: integer(MARKER_SCHEMA + 1) });

/** More steps than a plan can hold in an env variable. */
const MOST_STEPS = 10_000;

const markerStep = closed({
  name: text(),
  digest: text(),
  runId: text(),
  startedAt: dateTime(),
  finishedAt: dateTime(),
  evidence: text(),
});

const steps: Shape<readonly TypeOf<typeof markerStep>[]> = list(markerStep, MOST_STEPS);

/** `rollcall schema --of marker` documents each field. */
const marker = closed({
  schema: oneOf(MARKER_SCHEMA),
  ...IDENTITY_FIELDS,
  podUid: text(),
  release: text(),
  planDigest: text(),
  steps,
  result: oneOf("complete", "partial"),
  writtenAt: dateTime(),
  toolVersion: text(),
  sha256: text(),
});

export type Marker = TypeOf<typeof marker>;
export type MarkerStep = TypeOf<typeof markerStep>;

/** The result of reading a marker. Only `whole` may be trusted. */
export type MarkerReading =
  | { is: "whole"; marker: Marker }
  /** truncated, altered, or not a marker */
  | { is: "torn"; why: string }
  /** written by a later version of Rollcall */
  | { is: "future"; schema: number };

/** Parses a marker, and trusts nothing in it until the checksum matches. */
export function readMarker(text: string): MarkerReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { is: "torn", why: text === "" ? "it is empty" : "it is not JSON" };
  }
  const future = readShape(laterSchema, json);
  if ("value" in future) return { is: "future", schema: future.value.schema };
  const read = readShape(marker, json);
  if ("fault" in read) return { is: "torn", why: formatShapeFault(read.fault) };
  const { sha256, ...body } = read.value;
  if (computeDigest(body) !== sha256) return { is: "torn", why: "its checksum does not match its contents" };
  return { is: "whole", marker: read.value };
}

/** The first identity field in which a marker differs from `mine`; null if none does. */
export function findForeignField(found: Identity, mine: Identity): keyof Identity | null {
  const fields = Object.keys(IDENTITY_FIELDS) as (keyof Identity)[];
  return fields.find((field) => found[field] !== mine[field]) ?? null;
}

/** The path of a marker, relative to the root of the marker volume. */
export function buildMarkerPath(folder: string, pod: string): string {
  return `${folder}/${pod}.json`;
}

/**
 * A changed digest makes the step run again. Timeout, retries and `still` are left out, because none of them changes
 * what the step does or what proves it.
 */
export function computeStepDigest({ name, scope, run, verify }: PlanStep): string {
  return computeDigest({ name, scope, run, verify });
}

/**
 * sha256 of a value's JSON with sorted keys, so that the same value gives the same digest, whatever the order of its
 * keys. Undefined members are left out as JSON.stringify does.
 * @returns 64 hexadecimal digits
 */
export function computeDigest(value: unknown): string {
  return createHash("sha256").update(toCanonicalJson(value)).digest("hex");
}

function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
