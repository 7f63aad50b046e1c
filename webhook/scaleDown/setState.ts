// A StatefulSet as the guard reads it: what pod mutation reads, and the few fields that only the guard needs.
import { META } from "../../init/contract/apiObjects.ts";
import { anyNumber, either, nullish, object, oneOf, text } from "../../init/contract/shape.ts";
import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { readAs, type StatefulSet, statefulSet } from "../kubernetes/objects.ts";
import { readOrdinals } from "../kubernetes/statefulSetPods.ts";
import type { Span } from "./ordinals.ts";

const retention = nullish(oneOf("Retain", "Delete"));

const guarded = object({
  metadata: object({ annotations: nullish(META.annotations) }),
  spec: object({
    persistentVolumeClaimRetentionPolicy: nullish(object({ whenScaled: retention, whenDeleted: retention })),
    updateStrategy: nullish(
      object({
        type: nullish(text()),
        rollingUpdate: nullish(object({ maxUnavailable: nullish(either(anyNumber(), text())) })),
      }),
    ),
  }),
});

/** One StatefulSet at one moment. */
export interface SetState {
  readonly namespace: string;
  readonly name: string;
  /** the profile label of its pod template; null: it is not protected */
  readonly profile: string | null;
  /**
   * whether spec.selector has the label: then a Scale shows it, too
   * (docs/research/kubernetes-policies.md#the-scale-subresource)
   */
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
 * Reads a StatefulSet as the cluster has it.
 * @param namespace where it is; the object's own metadata is not trusted for this
 */
export function readSetState(value: unknown, namespace: string): { state: SetState } | { wrong: string } {
  const read = readAs(statefulSet, value);
  return "wrong" in read ? read : buildSetState(read.object, namespace);
}

/** The same for a StatefulSet that was read already. */
export function buildSetState(set: StatefulSet, namespace: string): { state: SetState } | { wrong: string } {
  const more = readAs(guarded, set);
  if ("wrong" in more) return more;
  const { metadata, spec } = more.object;
  const labels = set.spec.template.metadata?.labels;
  const profile = labels?.[PROFILE_LABEL] ?? null;
  const inSelector = profile !== null && set.spec.selector?.matchLabels?.[PROFILE_LABEL] === profile;
  const { whenScaled, whenDeleted } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return {
    state: {
      namespace,
      name: set.metadata.name,
      profile,
      inSelector,
      ordinals: readOrdinals(set),
      annotations: metadata.annotations ?? {},
      whenScaled: whenScaled ?? "Retain",
      whenDeleted: whenDeleted ?? "Retain",
      updateStrategy: spec.updateStrategy?.type ?? "RollingUpdate",
      maxUnavailable: spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? null,
      set,
    },
  };
}

/** The same set with another number of replicas, as a Scale requests it. */
export function withReplicaCount(state: SetState, replicas: number): SetState {
  const { set, ordinals } = state;
  return {
    ...state,
    ordinals: { ...ordinals, replicas },
    set: { ...set, spec: { ...set.spec, replicas } },
  };
}

/** The same set with other ordinals. */
export function withOrdinals(state: SetState, { start, replicas }: Span): SetState {
  const { set } = state;
  const spec = { ...set.spec, replicas, ordinals: { ...set.spec.ordinals, start } };
  return { ...state, ordinals: { start, replicas }, set: { ...set, spec } };
}
