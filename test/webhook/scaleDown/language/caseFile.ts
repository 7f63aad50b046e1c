// The guard's cases as files (test/webhook/scaleDown/cases): each holds a change, what would be found out, and what is expected.
// Adding a case is adding a file. They are read here, and not in test/, since docs/denials.md is made of them.
//
//   profile   of test/webhook/scaleDown/profiles.yaml, or one that is not there; decides the set's name: `om` for a ring, else `web`
//   before    the StatefulSet as it is: a number of replicas, or fields as below; missing: it is created
//   after     the same, as changes to `before`; `deleted`: it is deleted
//   cascade   orphan: with `after: deleted`, pods and claims stay
//   scale     instead of `after`: what a Scale asks for; null: a Scale without spec.replicas
//   override  rollcall.dev/override of the StatefulSet as it would be; maintenance likewise
//   evidence  what would be found out beyond the review, in the notation of caseEvidence.ts; what is not named is good
import { parse } from "yaml";
import * as z from "zod";
import { writtenEvidence } from "./caseEvidence.ts";

/** A volumeClaimTemplate, plain, of volumeMode Block, or mounted elsewhere or readOnly; an emptyDir; no volume. */
export const VOLUME_NAMES = ["claim", "block", "elsewhere", "readOnly", "emptyDir", "none"] as const;

const fields = z.strictObject({
  replicas: z.number().nullable().optional(),
  start: z.number().optional(),
  /** the label on the template; null: none */
  profile: z.string().nullable().optional(),
  whenScaled: z.string().optional(),
  whenDeleted: z.string().optional(),
  strategy: z.string().optional(),
  maxUnavailable: z.union([z.number(), z.string()]).optional(),
  image: z.string().optional(),
  /** what the container mounts at /data: one of VOLUME_NAMES, or a volume's source as in a pod */
  volume: z.union([z.enum(VOLUME_NAMES), z.record(z.string(), z.unknown())]).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
  status: z.record(z.string(), z.unknown()).optional(),
});

const state = z.union([z.number().transform((replicas) => ({ replicas })), fields]);

const texts = z.array(z.string()).default([]);

export const caseFile = z.strictObject({
  /** what the case shows, a sentence */
  shows: z.string(),
  profile: z.string(),
  /** no profiles could be loaded */
  unloaded: z.boolean().default(false),
  before: state.optional(),
  after: z.union([z.literal("deleted"), state]).optional(),
  scale: z.number().nullable().optional(),
  /** how it is deleted */
  cascade: z.literal("orphan").optional(),
  override: z.string().optional(),
  maintenance: z.string().optional(),
  user: z.string().default("alice"),
  dryRun: z.boolean().default(false),
  /** what writing the record ends with; missing: well */
  recordFails: z.string().optional(),
  evidence: writtenEvidence.default({}),
  expect: z.union([
    z.strictObject({ denied: z.string(), says: texts, commands: texts }),
    z.strictObject({
      allowed: z.literal(true),
      /** kinds of evidence that are asked; [] proves that nobody is */
      asks: z.array(z.string()).optional(),
      /** [start, replicas] that the record must hold afterwards */
      records: z.tuple([z.number(), z.number()]).optional(),
      /** RC… of what break glass let through */
      overridden: z.string().optional(),
      /** in the warnings, one after the other */
      warns: texts,
    }),
  ]),
});

export type CaseFile = z.infer<typeof caseFile>;
export type SetFields = z.infer<typeof fields>;

/** @param file for errors */
export function readCase(text: string, file: string): CaseFile {
  const read = caseFile.safeParse(parse(text));
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
  return read.data;
}
