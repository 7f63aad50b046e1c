// The cases of the scale-down protection (test/webhook/scaleDown/cases): each file holds a change, its evidence, and what is
// expected. To add a case, add a file. docs/denials.md is generated from them.
//
//   shows     the title of the case, which begins with a verb
//   profile   from test/webhook/scaleDown/profiles.yaml, or one that does not exist; a ring is named `om`, every other StatefulSet `web`
//   before    the StatefulSet as it is: a number of replicas, or fields as below; missing: it is created
//   after     the same, as changes to `before`; `deleted`: it is deleted
//   cascade   orphan: with `after: deleted`, pods and claims stay
//   scale     instead of `after`: the replicas that a Scale requests; null: a Scale without spec.replicas
//   override  the annotation rollcall.dev/override of the StatefulSet as it would be; maintenance likewise
//   evidence  the evidence, in the notation of caseEvidence.ts; kinds that are not named are good
import { parse } from "yaml";
import * as z from "zod";
import { refusal, writtenEvidence } from "./caseEvidence.ts";

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
  /** what the case shows */
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
  /** {refused: 503}: the API server's answer to writing the record; missing: it is written */
  recordFails: refusal.optional(),
  evidence: writtenEvidence.default({}),
  expect: z.union([
    z.strictObject({
      denied: z.string(),
      says: texts,
      /** in this order */
      commands: texts,
      /** texts that the message must not have */
      lacks: texts,
    }),
    z.strictObject({
      allowed: z.literal(true),
      /** the kinds of evidence that are gathered; []: none */
      asks: z.array(z.string()).optional(),
      /** [start, replicas] that the record must hold afterwards */
      records: z.tuple([z.number(), z.number()]).optional(),
      /** the code of the denial that was overridden */
      overridden: z.string().optional(),
      /** texts in the warnings */
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
