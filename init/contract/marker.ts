// The marker: the proof that a pod's steps are done, written after each verified step (docs/architecture.md#marker).
// Identity decides whom it is about, validity (digest and release of each step) what is still to do; podUid,
// planDigest, times and versions are evidence only.
import { computeDigest } from "./digest.ts";
import { IDENTITY_FIELDS, type Identity } from "./plan.ts";
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

/** A marker's text, with its checksum. */
export function writeMarker(body: Omit<Marker, "sha256">): string {
  return `${JSON.stringify({ ...body, sha256: computeDigest(body) }, null, 2)}\n`;
}

const ofLater = object({ schema: integer(MARKER_SCHEMA + 1) });

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

/** `rollcall schema --of marker` says what each is. */
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

/** What a marker's text turned out to be. Only `whole` may be trusted. */
export type MarkerReading =
  | { is: "whole"; marker: Marker }
  /** cut off, bent, or not ours: why */
  | { is: "torn"; why: string }
  /** written by a later Rollcall */
  | { is: "future"; schema: number };

/** Reads a marker's text; trusts nothing in it before the checksum holds. */
export function readMarker(text: string): MarkerReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { is: "torn", why: text === "" ? "it is empty" : "it is not JSON" };
  }
  const future = readShape(ofLater, json);
  if ("value" in future) return { is: "future", schema: future.value.schema };
  const read = readShape(marker, json);
  if ("fault" in read) return { is: "torn", why: formatShapeFault(read.fault) };
  const { sha256, ...body } = read.value;
  if (computeDigest(body) !== sha256) return { is: "torn", why: "its checksum does not match its contents" };
  return { is: "whole", marker: read.value };
}

/** The first field in which a marker is about somebody else, or null when it is about `mine`. */
export function findForeignField(found: Identity, mine: Identity): keyof Identity | null {
  const fields = Object.keys(IDENTITY_FIELDS) as (keyof Identity)[];
  return fields.find((field) => found[field] !== mine[field]) ?? null;
}

/** A marker's place below the marker volume's root. */
export function buildMarkerPath(folder: string, pod: string): string {
  return `${folder}/${pod}.json`;
}
