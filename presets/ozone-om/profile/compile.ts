// Compiles a profile of type OzoneOM. It has no steps: the runner's preset makes a member join its ring.
import type { DropPolicy } from "../../../init/contract/plan.ts";
import { compileMarkers, LOCK_SECONDS } from "../../../webhook/profiles/markers.ts";
import { type CompileContext, NUMBERS_ONLY } from "../../../webhook/profiles/preset.ts";
import type { PresetSettings } from "../../../webhook/profiles/profile.ts";
import { SITE } from "../webhook/env.ts";
import { OzonePods } from "../webhook/ozonePods.ts";
import { OzoneRing } from "../webhook/ring.ts";
import { DEFAULT_HTTPS_PORT, type OzoneProfile, type OzoneSpec } from "./schema.ts";

export function compileOzone(written: OzoneSpec, { name, placing }: CompileContext): PresetSettings {
  const ozone = compileRing(written);
  const { maxReplicas, minReplicas, scaleDown, metadata } = ozone;
  const { containers } = written;
  const [container = ""] = containers;
  // a member's id is its pod's name; the range only limits its ordinal to maxReplicas
  const nodeId = {
    env: `${SITE}ozone.om.node.id`,
    value: "pod name" as const,
    base: 0,
    max: maxReplicas - 1,
    pool: null,
    size: maxReplicas,
  };
  // strict: members do not leave by themselves, and the guard checks the ring
  const policy: DropPolicy = scaleDown === "managed" ? "managed" : "deny";
  return {
    ...NUMBERS_ONLY,
    containers,
    nodeId,
    work: {
      steps: [],
      leave: null,
      markers: compileMarkers({ store: "Volume", volume: metadata.volume }),
      s3: null,
      lock: { store: "lease", seconds: LOCK_SECONDS },
      keepsEntrypoint: true,
      ...placing,
    },
    drop: { policy, minReplicas, ignoresMinReplicas: false },
    ring: new OzoneRing(ozone, container),
    pods: new OzonePods({ name, containers, ozone }),
  };
}

function compileRing(written: OzoneSpec): OzoneProfile {
  const { serviceID, maxReplicas, scaleDown, clusterDomain, ports, metadata, scmURLs, probes } = written;
  return {
    serviceId: serviceID,
    maxReplicas,
    minReplicas: scaleDown.minReplicas ?? 1,
    scaleDown: scaleDown.policy === "Managed" ? "managed" : "strict",
    clusterDomain,
    ports: { ...ports, https: ports.https ?? DEFAULT_HTTPS_PORT },
    https: compileHttps(written),
    metadata,
    scm: scmURLs,
    probes: probes === "Add" ? "add" : "none",
    join: written.joinTimeout,
    wait: written.waitTimeout,
    leave: scaleDown.leave.timeout,
  };
}

/** The schema requires a CA with httpPolicy. */
function compileHttps({ httpPolicy: policy, caBundle: ca }: OzoneSpec): OzoneProfile["https"] {
  return policy === undefined || ca === undefined ? null : { policy, ca };
}
