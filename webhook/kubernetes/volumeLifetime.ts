// What becomes of files on a volume of a StatefulSet's pods: what a marker, or a member's state, can rest on.
import type { StatefulSet } from "./objects.ts";
import { shorten } from "./shorten.ts";

/** `what` is the volume in words: "an emptyDir". */
export type VolumeFate =
  /** a claim of the pod's own */
  | { readonly is: "kept" }
  /** one for all pods of the set */
  | { readonly is: "shared"; readonly what: string }
  /** as long as the pod is on that node */
  | { readonly is: "node"; readonly what: string }
  /** gone with the pod */
  | { readonly is: "gone"; readonly what: string }
  /** no file can be written there */
  | { readonly is: "unusable"; readonly what: string };

type SetSpec = StatefulSet["spec"];
type VolumeSource = Readonly<Record<string, unknown>>;

/** What becomes of files on the volume of this name; null: the pods have none. */
export function findVolumeFate(spec: SetSpec, name: string): VolumeFate | null {
  const claim = (spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === name);
  const volume = (spec.template.spec.volumes ?? []).find((each) => each.name === name);
  if (claim === undefined && volume === undefined) return null;
  const device = describeBlockDevice(spec, name);
  if (device !== null) return { is: "unusable", what: device };
  // the controller puts the claim in the place of a volume of its name
  if (claim !== undefined) return claimFate(claim.spec ?? {}, { is: "kept" });
  const { name: _, ...sources } = volume ?? { name };
  return sourceFate(sources);
}

function describeBlockDevice({ template }: SetSpec, name: string): string | null {
  const all = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
  const user = all.find(({ volumeDevices }) => volumeDevices?.some((each) => each.name === name));
  return user === undefined ? null : `a block device of container ${shorten(user.name)}`;
}

function claimFate({ volumeMode, accessModes }: VolumeSource, otherwise: VolumeFate): VolumeFate {
  if (volumeMode === "Block")
    return { is: "unusable", what: "a claim of volumeMode Block, which is no folder" };
  const modes = Array.isArray(accessModes) ? accessModes : [];
  if (modes.length === 0 || modes.some((mode) => mode !== "ReadOnlyMany")) return otherwise;
  return { is: "unusable", what: "a claim with accessModes ReadOnlyMany alone, which can only be read" };
}

/** Those that the kubelet writes, or takes from an image. */
const READ_ONLY: VolumeSource = {
  configMap: "a ConfigMap",
  secret: "a Secret",
  projected: "a projected volume",
  downwardAPI: "a downwardAPI volume",
  image: "an image volume",
};

/** Files, sockets and devices of the node. */
const NO_FOLDERS = ["File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"];

/** @param sources the volume without its name: one source, or none, which the API server makes an emptyDir */
function sourceFate(sources: VolumeSource): VolumeFate {
  for (const [kind, what] of Object.entries(READ_ONLY)) {
    if (sources[kind]) return { is: "unusable", what: `${String(what)}, which can only be read` };
  }
  const [kind, source] = Object.entries(sources).find(([, each]) => isSource(each)) ?? ["emptyDir", {}];
  const given = source as VolumeSource;
  if (given["readOnly"] === true)
    return { is: "unusable", what: `a volume ${shorten(kind)} that is readOnly` };
  switch (kind) {
    case "emptyDir":
      return { is: "gone", what: "an emptyDir" };
    case "gitRepo":
      return { is: "gone", what: "a gitRepo volume" };
    case "csi":
      return { is: "gone", what: "an ephemeral CSI volume" };
    case "ephemeral":
      return claimFate(readClaimSpec(given), { is: "gone", what: "a generic ephemeral volume" });
    case "hostPath":
      return NO_FOLDERS.includes(String(given["type"]))
        ? { is: "unusable", what: `a hostPath of type ${String(given["type"])}, which is no folder` }
        : { is: "node", what: "a hostPath" };
    case "persistentVolumeClaim":
      return { is: "shared", what: `the claim ${shorten(String(given["claimName"]))}` };
    default:
      return { is: "shared", what: `one volume ${shorten(kind)}` };
  }
}

const isSource = (value: unknown): value is VolumeSource =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readClaimSpec({ volumeClaimTemplate }: VolumeSource): VolumeSource {
  const spec = isSource(volumeClaimTemplate) ? volumeClaimTemplate["spec"] : {};
  return isSource(spec) ? spec : {};
}
