// Builds the pods that the StatefulSet controller would create, as admission receives them: for the validation at apply,
// `render` and `try`. It follows newStatefulSetPod in k8s.io/kubernetes pkg/controller/statefulset/stateful_set_utils.go.

import { computeDigest } from "../../init/contract/marker.ts";
import { POD_INDEX_LABEL, PROFILE_LABEL, REVISION_LABEL } from "./names.ts";
import type { Pod, StatefulSet } from "./objects.ts";

/** Uid of a StatefulSet that is not stored yet. */
export const NO_UID = "00000000-0000-0000-0000-000000000000";

/** First ordinal and number of replicas; the default of spec.replicas is 1, that of start 0. */
export function readOrdinals({ spec }: StatefulSet): { start: number; replicas: number } {
  return { start: spec.ordinals?.start ?? 0, replicas: spec.replicas ?? 1 };
}

/** The profile that its pods name. */
export const readProfileLabel = (set: StatefulSet | null): string | undefined =>
  set?.spec.template.metadata?.labels?.[PROFILE_LABEL];

/**
 * Stands for the name of the ControllerRevision that the controller creates for a template. As with the controller, a
 * different template gives a different name, but the names themselves are not the controller's.
 */
export function computeRevisionName({ metadata, spec }: StatefulSet): string {
  return `${metadata.name}-${computeDigest(spec.template).slice(0, 10)}`;
}

/**
 * The pod of one ordinal.
 * @param namespace of the StatefulSet; its own metadata.namespace is ignored
 * @param revision passed by callers that do not need the real one: computing it takes longer than everything else here
 */
export function buildPod(
  set: StatefulSet,
  namespace: string,
  ordinal: number,
  revision = computeRevisionName(set),
): Pod {
  const { name } = set.metadata;
  const podName = `${name}-${ordinal}`;
  const { template, volumeClaimTemplates } = set.spec;
  const claims = (volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
  const claimed = new Set(claims);
  const others = (template.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name));
  const { metadata } = template;
  // the controller sets it to the serviceName, even if that is empty
  const { subdomain: _, ...templateSpec } = template.spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podName,
      generateName: `${name}-`,
      namespace,
      ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
      ...(metadata?.finalizers ? { finalizers: metadata.finalizers } : {}),
      labels: {
        ...metadata?.labels,
        [REVISION_LABEL]: revision,
        "statefulset.kubernetes.io/pod-name": podName,
        [POD_INDEX_LABEL]: String(ordinal),
      },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name,
          uid: set.metadata.uid ?? NO_UID,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...templateSpec,
      hostname: podName,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(claims.length + others.length > 0
        ? {
            // the controller puts the claims first, several of them in random order
            volumes: [
              ...claims.map((claim) => ({
                name: claim,
                persistentVolumeClaim: { claimName: `${claim}-${podName}` },
              })),
              ...others,
            ],
          }
        : {}),
    },
  };
}
