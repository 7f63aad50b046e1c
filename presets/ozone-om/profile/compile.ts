// Compiles a profile of type OzoneOM. It has no steps: the runner's preset makes a member join its ring. Clients have no
// runner.
import type { DropPolicy } from "../../../init/contract/plan.ts";
import { compileMarkers, LOCK_SECONDS } from "../../../webhook/profiles/markers.ts";
import { type CompileContext, NO_NUMBER, NUMBERS_ONLY } from "../../../webhook/profiles/preset.ts";
import type { PresetSettings } from "../../../webhook/profiles/profile.ts";
import { SITE } from "../webhook/env.ts";
import { OzoneClientPods } from "../webhook/ozoneClientPods.ts";
import { OzonePods } from "../webhook/ozonePods.ts";
import { OzoneRing } from "../webhook/ring.ts";
import {
  DEFAULT_HTTPS_PORT,
  type OzoneClients,
  type OzoneProfile,
  type OzoneSpec,
  type RingAddresses,
} from "./schema.ts";

export function compileOzone(written: OzoneSpec, context: CompileContext): PresetSettings {
  return written.members === undefined
    ? compileMembers(written, context)
    : compileClients(written, written.members, context);
}

/** Pods of any controller, which only get variables. */
function compileClients(
  written: OzoneSpec,
  members: OzoneClients["members"],
  { name }: CompileContext,
): PresetSettings {
  return {
    ...NUMBERS_ONLY,
    containers: written.containers,
    nodeId: NO_NUMBER,
    drop: { policy: "allow", minReplicas: 0, ignoresMinReplicas: false },
    pods: new OzoneClientPods({ ...compileAddresses(written), name, members }),
  };
}

function compileMembers(written: OzoneSpec, { name, placing }: CompileContext): PresetSettings {
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

const compileAddresses = ({ serviceID, maxReplicas, clusterDomain, ports }: OzoneSpec): RingAddresses => ({
  serviceId: serviceID,
  maxReplicas,
  clusterDomain,
  ports: { ...ports, https: ports.https ?? DEFAULT_HTTPS_PORT },
});

function compileRing(written: OzoneSpec): OzoneProfile {
  const { scaleDown, metadata, scmURLs, probes } = written;
  if (scaleDown === undefined || metadata === undefined)
    throw new Error("the schema requires scaleDown and metadata of members");
  return {
    ...compileAddresses(written),
    minReplicas: scaleDown.minReplicas ?? 1,
    scaleDown: scaleDown.policy === "Managed" ? "managed" : "strict",
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
