// The guard's cases as files (test/guard/cases): each holds a change, what would be found out, and what is expected.
// Adding a case is adding a file. They are read here, and not in test/, since webhook/guard/DENIALS.md is made of them.
//
//   profile   of test/guard/profiles.yaml, or one that is not there; decides the set's name: `om` for a ring, else `web`
//   before    the StatefulSet as it is: a number of replicas, or fields as below; missing: it is created
//   after     the same, as changes to `before`; `deleted`: it is deleted
//   scale     instead of `after`: what a Scale asks for; null: a Scale without spec.replicas
//   override  rollcall.dev/override of the StatefulSet as it would be; maintenance likewise
//   evidence  `unknown` (all of it), or by kind; what is not named is unknown; each may be {unknown: REASON}:
//     pods       a list: "0..4" (run, have the hook, uid uN), then what is otherwise: "4 bare", "4 down", "4 uid=new"
//     ring       "0* 1 2 3!": ordinals of members, * leads, ! does not follow; a word is a member's id as it is; "": none
//     record     null (no Lease), or {ordinals: 5, drained: [4, "3:old"], left: [4], leaving: [4], members: [0, 1]}; a pod is
//                an ordinal, and its uid uN where none is given behind ":"
//     lock       null, or who holds it
//     rights     null, or what the pods may not
//     service    publishes | hides | none
//     namespace  live | terminating
import { parse } from "yaml";
import * as z from "zod";

const unknown = z.strictObject({ unknown: z.string() });

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
  volume: z.enum(["claim", "emptyDir", "none", "elsewhere"]).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
  status: z.record(z.string(), z.unknown()).optional(),
});

const state = z.union([z.number().transform((replicas) => ({ replicas })), fields]);

const pods = z.array(z.union([z.number(), z.string()]));

const evidence = z.strictObject({
  pods: z.union([z.array(z.string()), unknown]).optional(),
  ring: z.union([z.string(), unknown]).optional(),
  record: z
    .union([
      z.null(),
      unknown,
      z.strictObject({
        ordinals: z
          .union([z.number(), z.strictObject({ start: z.number(), replicas: z.number() })])
          .optional(),
        drained: pods.optional(),
        left: pods.optional(),
        leaving: pods.optional(),
        members: pods.optional(),
      }),
    ])
    .optional(),
  lock: z.union([z.string(), z.null(), unknown]).optional(),
  rights: z.union([z.string(), z.null(), unknown]).optional(),
  service: z.union([z.enum(["publishes", "hides", "none"]), unknown]).optional(),
  namespace: z.union([z.enum(["live", "terminating"]), unknown]).optional(),
});

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
  override: z.string().optional(),
  maintenance: z.string().optional(),
  user: z.string().default("alice"),
  dryRun: z.boolean().default(false),
  /** what writing the record ends with; missing: well */
  recordFails: z.string().optional(),
  evidence: z
    .union([z.literal("unknown").transform((): z.infer<typeof evidence> => ({})), evidence])
    .default({}),
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
export type EvidenceFields = z.infer<typeof evidence>;

/** @param file for errors */
export function readCase(text: string, file: string): CaseFile {
  const read = caseFile.safeParse(parse(text));
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
  return read.data;
}
