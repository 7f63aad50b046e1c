// A StatefulSet as the guard sees it: the same reading as injection's, and the few parts that only the guard asks for.
import * as z from "zod";
import { PROFILE_LABEL } from "../inject/names.ts";
import { ordinalsOf } from "../inject/pods.ts";
import { readAs, type StatefulSet, statefulSet } from "../inject/shape.ts";
import type { Span } from "./ordinals.ts";

const retention = z.enum(["Retain", "Delete"]).nullish();

const guarded = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.looseObject({
    persistentVolumeClaimRetentionPolicy: z
      .looseObject({ whenScaled: retention, whenDeleted: retention })
      .nullish(),
    updateStrategy: z
      .looseObject({
        type: z.string().nullish(),
        rollingUpdate: z
          .looseObject({ maxUnavailable: z.union([z.number(), z.string()]).nullish() })
          .nullish(),
      })
      .nullish(),
  }),
});

/** One StatefulSet at one moment. */
export interface SetState {
  readonly namespace: string;
  readonly name: string;
  /** the label on its pod template; null: not ours */
  readonly profile: string | null;
  /** whether spec.selector carries the label: then a Scale shows it, too (facts/policy.md) */
  readonly inSelector: boolean;
  readonly ordinals: Span;
  readonly annotations: Readonly<Record<string, string>>;
  readonly whenScaled: "Retain" | "Delete";
  readonly whenDeleted: "Retain" | "Delete";
  readonly updateStrategy: string;
  readonly maxUnavailable: number | string | null;
  readonly set: StatefulSet;
}

/**
 * Reads a StatefulSet as it is in a review or in the cluster.
 * @param namespace where it is, whatever it says itself
 */
export function stateOf(object: unknown, namespace: string): { state: SetState } | { wrong: string } {
  const read = readAs(statefulSet, object);
  if ("wrong" in read) return read;
  const more = readAs(guarded, object);
  if ("wrong" in more) return more;
  const { metadata, spec } = more.object;
  const labels = read.object.spec.template.metadata?.labels;
  const profile = labels?.[PROFILE_LABEL] ?? null;
  const inSelector = profile !== null && read.object.spec.selector?.matchLabels?.[PROFILE_LABEL] === profile;
  const { whenScaled, whenDeleted } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return {
    state: {
      namespace,
      name: read.object.metadata.name,
      profile,
      inSelector,
      ordinals: ordinalsOf(read.object),
      annotations: metadata.annotations ?? {},
      whenScaled: whenScaled ?? "Retain",
      whenDeleted: whenDeleted ?? "Retain",
      updateStrategy: spec.updateStrategy?.type ?? "RollingUpdate",
      maxUnavailable: spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? null,
      set: read.object,
    },
  };
}

/** The same set with another number of replicas, as a Scale asks for it. */
export function scaledTo(state: SetState, replicas: number): SetState {
  const { set, ordinals } = state;
  return {
    ...state,
    ordinals: { ...ordinals, replicas },
    set: { ...set, spec: { ...set.spec, replicas } },
  };
}

/** The same set with other ordinals, and all else as it is. */
export function resizedTo(state: SetState, { start, replicas }: Span): SetState {
  const { set } = state;
  const spec = { ...set.spec, replicas, ordinals: { ...set.spec.ordinals, start } };
  return { ...state, ordinals: { start, replicas }, set: { ...set, spec } };
}
