// The pods of a StatefulSet as they live now: those that its controller has made, and those of that name that a set
// before it has left behind without an owner, which the controller would take over.
import * as z from "zod";
import type { LivePod } from "../guard/evidence.ts";
import { ordinalIn } from "../guard/ordinals.ts";
import { identityIn } from "../inject/planIn.ts";
import { leavesByPreStop } from "../inject/preStop.ts";
import { container } from "../inject/shape.ts";

const ran = z.looseObject({
  name: z.string(),
  state: z.looseObject({ running: z.unknown().optional() }).nullish(),
});

const livePod = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().nullish(),
    ownerReferences: z
      .array(
        z.looseObject({
          apiVersion: z.string(),
          kind: z.string(),
          name: z.string(),
          controller: z.boolean().nullish(),
        }),
      )
      .nullish(),
  }),
  spec: z.looseObject({
    serviceAccountName: z.string().nullish(),
    containers: z.array(container),
    initContainers: z.array(container).nullish(),
  }),
  status: z
    .looseObject({
      phase: z.string().nullish(),
      podIP: z.string().nullish(),
      containerStatuses: z.array(ran).nullish(),
    })
    .nullish(),
});

type Read = z.infer<typeof livePod>;

const named = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

/**
 * Picks a set's pods out of a list, by ordinal.
 * @param list as the API server gave it
 * @param containerName whose preStop it is that leaves
 * @throws where a pod of that name cannot be read: who is not seen would not be judged
 */
export function podsIn(list: readonly unknown[], set: string, containerName: string): LivePod[] {
  return list
    .flatMap((each) => {
      const ordinal = ordinalIn(named.safeParse(each).data?.metadata.name ?? "", set);
      if (ordinal === null) return [];
      const read = livePod.safeParse(each);
      if (!read.success) {
        const [first] = read.error.issues;
        throw new Error(`pod ${set}-${ordinal} cannot be read: ${first?.path.join(".")}: ${first?.message}`);
      }
      return isOf(read.data, set) ? [asLive(read.data, ordinal, containerName)] : [];
    })
    .toSorted((a, b) => a.ordinal - b.ordinal);
}

/** Also a pod that an earlier set of that name still owns: until it is gone, its ordinal lives. */
function isOf({ metadata }: Read, set: string): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return true;
  return owner.kind === "StatefulSet" && owner.apiVersion.startsWith("apps/") && owner.name === set;
}

function asLive(pod: Read, ordinal: number, containerName: string): LivePod {
  const { metadata, spec, status } = pod;
  return {
    name: metadata.name,
    ordinal,
    uid: metadata.uid,
    running: isRunning(pod),
    ip: status?.podIP || null,
    serviceAccount: spec.serviceAccountName || "default",
    leaves: leaves(pod, containerName),
  };
}

function isRunning({ metadata, spec, status }: Read): boolean {
  if (metadata.deletionTimestamp || status?.phase !== "Running") return false;
  const running = new Set(
    (status.containerStatuses ?? []).filter(({ state }) => state?.running).map(({ name }) => name),
  );
  return spec.containers.every(({ name }) => running.has(name));
}

/** The preStop as injection writes it, and beside it this pod's own plan, which says that it is to leave. */
function leaves({ metadata, spec }: Read, containerName: string): boolean {
  const found = [...spec.containers, ...(spec.initContainers ?? [])].find(
    ({ name }) => name === containerName,
  );
  if (found === undefined || !leavesByPreStop(found)) return false;
  const plan = identityIn(found);
  return plan?.pod === metadata.name && plan.drop === "managed";
}
