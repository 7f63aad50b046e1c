// The marker: the proof that a pod's steps are done, written after each verified step (DESIGN: the engine).
// Identity decides whom it is about, validity (digest and release of each step) what is still to do; podUid,
// planDigest, times and versions are evidence only.
import * as z from "zod";
import { digestOf } from "./digest.ts";
import { type Identity, identity } from "./plan.ts";
import {
  closed,
  dateTime,
  faultWords,
  integer,
  list,
  matching,
  object,
  oneOf,
  readShape,
  type Shape,
  text,
} from "./shape.ts";

export const MARKER_SCHEMA = 1;

export const markerStep = z.strictObject({
  name: z.string().describe("The step's name in the profile"),
  digest: z.string().describe("sha256 of the step's name, scope, run and verify: another one is not done"),
  runId: z.string().describe("The start of the runner that did it"),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  evidence: z.string().describe("One sentence: which command proved it, and how"),
});

export const marker = z.strictObject({
  schema: z.literal(MARKER_SCHEMA),
  ...identity.shape,
  podUid: z.string().describe("Evidence only: a pod that is made anew on its old volume does nothing twice"),
  release: z.string().describe("The profile's release as it was then: another one runs the steps again"),
  planDigest: z.string().describe("Evidence only: sha256 of the whole plan"),
  steps: z.array(markerStep).readonly().describe("The steps that are done, each proven by its verify"),
  result: z.enum(["complete", "partial"]).describe("complete: every step of the plan is done"),
  writtenAt: z.iso.datetime(),
  toolVersion: z.string(),
  sha256: z
    .string()
    .describe(
      "Of the canonical JSON (sorted keys, no spaces) of everything above: against tearing, not against forgers",
    ),
});

export type Marker = z.infer<typeof marker>;
export type MarkerStep = z.infer<typeof markerStep>;

/** A marker's text, with its checksum. */
export function writeMarker(body: Omit<Marker, "sha256">): string {
  return `${JSON.stringify({ ...body, sha256: digestOf(body) }, null, 2)}\n`;
}

const ofLater = object({ schema: integer(MARKER_SCHEMA + 1) });

/** More steps than a plan can hold in an env variable. */
const MOST_STEPS = 10_000;

const word = matching(/./s, "a name");

/** As `marker`, which is for people: a text that a pod's volume or an S3 server holds is read by this. */
const shape: Shape<Marker> = closed({
  schema: oneOf(MARKER_SCHEMA),
  namespace: word,
  workload: word,
  pod: word,
  nodeId: matching(/^(0|[1-9][0-9]*)$/, "a number in canonical decimal"),
  kind: word,
  profile: word,
  podUid: text(),
  release: text(),
  planDigest: text(),
  steps: list(
    closed({
      name: text(),
      digest: text(),
      runId: text(),
      startedAt: dateTime(),
      finishedAt: dateTime(),
      evidence: text(),
    }),
    MOST_STEPS,
  ),
  result: oneOf("complete", "partial"),
  writtenAt: dateTime(),
  toolVersion: text(),
  sha256: text(),
});

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
  const read = readShape(shape, json);
  if ("fault" in read) return { is: "torn", why: faultWords(read.fault) };
  const { sha256, ...body } = read.value;
  if (digestOf(body) !== sha256) return { is: "torn", why: "its checksum does not match its contents" };
  return { is: "whole", marker: read.value };
}

/** The first field in which a marker is about somebody else, or null when it is about `mine`. */
export function foreignField(found: Identity, mine: Identity): keyof Identity | null {
  const fields = Object.keys(identity.shape) as (keyof Identity)[];
  return fields.find((field) => found[field] !== mine[field]) ?? null;
}

/** A marker's place below the marker volume's root. */
export function markerPath(folder: string, pod: string): string {
  return `${folder}/${pod}.json`;
}
