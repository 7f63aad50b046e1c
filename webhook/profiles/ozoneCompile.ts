// A profile of kind ozone-om, compiled: no steps, since the runner's own preset brings a member into its ring.
import type { DropPolicy } from "../../init/contract/plan.ts";
import { LOCK_SECONDS, markersOf } from "./markers.ts";
import type { OzoneProfile } from "./ozone.ts";
import { placingOf } from "./placing.ts";
import type { OfKind } from "./profile.ts";

/** Ozone's configuration, as its image's entrypoint reads it from the env (facts/ozone.md 4). */
export const SITE = "OZONE-SITE.XML_";

export function ofOzone(written: OzoneProfile): OfKind {
  const { maxReplicas, minReplicas, scaleDown, metadata } = written;
  // a member is known by its pod's name; its ordinals are those of maxReplicas
  const nodeId = {
    env: `${SITE}ozone.om.node.id`,
    base: 0,
    max: maxReplicas - 1,
    pool: null,
    size: maxReplicas,
  };
  // strict: nobody leaves by itself, and the guard asks the ring
  const policy: DropPolicy = scaleDown === "managed" ? "managed" : "deny";
  return {
    nodeId,
    env: [],
    envFrom: [],
    s3: [],
    files: [],
    release: [],
    work: {
      steps: [],
      leave: null,
      markers: markersOf({ store: "pvc", volume: metadata.volume }),
      s3: null,
      lock: { store: "lease", seconds: LOCK_SECONDS },
      keepsEntrypoint: true,
      ...placingOf(written),
    },
    drop: { policy, minReplicas },
    otobo: null,
    ozone: written,
  };
}
