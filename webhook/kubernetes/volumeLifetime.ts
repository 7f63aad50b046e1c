// How long files on a volume of a StatefulSet's pods last: markers and the state of ring members depend on it.
import type { StatefulSet } from "./objects.ts";
import { shorten } from "./shorten.ts";

/** `what` describes the volume: "an emptyDir". */
export type VolumeLifetime =
  /** each pod has its own claim */
  | { readonly is: "kept" }
  /** one volume for all pods of the StatefulSet */
  | { readonly is: "shared"; readonly what: string }
  /** files stay on the node */
  | { readonly is: "node"; readonly what: string }
  /** files are deleted with the pod */
  | { readonly is: "gone"; readonly what: string }
  /** no file can be written */
  | { readonly is: "unusable"; readonly what: string };

type SetSpec = StatefulSet["spec"];
type VolumeSource = Readonly<Record<string, unknown>>;

/** How long files on the volume of this name last; null: the pods have no such volume. */
export function findVolumeLifetime(spec: SetSpec, name: string): VolumeLifetime | null {
  const claim = (spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === name);
  const volume = (spec.template.spec.volumes ?? []).find((each) => each.name === name);
  if (claim === undefined && volume === undefined) return null;
  const device = describeBlockDevice(spec, name);
  if (device !== null) return { is: "unusable", what: device };
  // the controller replaces a volume of the same name with the claim
  if (claim !== undefined) return readClaimLifetime(claim.spec ?? {}, { is: "kept" });
  const { name: _, ...sources } = volume ?? { name };
  return readSourceLifetime(sources);
}

function describeBlockDevice({ template }: SetSpec, name: string): string | null {
  const all = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
  const user = all.find(({ volumeDevices }) => volumeDevices?.some((each) => each.name === name));
  return user === undefined ? null : `a block device of container ${shorten(user.name)}`;
}

function readClaimLifetime(
  { volumeMode, accessModes }: VolumeSource,
  otherwise: VolumeLifetime,
): VolumeLifetime {
  if (volumeMode === "Block")
    return { is: "unusable", what: "a claim of volumeMode Block, which has no filesystem" };
  const modes = Array.isArray(accessModes) ? accessModes : [];
  if (modes.length === 0 || modes.some((mode) => mode !== "ReadOnlyMany")) return otherwise;
  return { is: "unusable", what: "a claim whose only access mode is ReadOnlyMany" };
}

/** Volumes whose files come from the kubelet or from an image. */
const READ_ONLY: VolumeSource = {
  configMap: "a ConfigMap",
  secret: "a Secret",
  projected: "a projected volume",
  downwardAPI: "a downwardAPI volume",
  image: "an image volume",
};

/** Types of a hostPath that is no directory. */
const NO_DIRECTORIES = ["File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"];

/** @param sources the volume without its name: one source, or none, for which the API server sets an emptyDir */
function readSourceLifetime(sources: VolumeSource): VolumeLifetime {
  for (const [kind, what] of Object.entries(READ_ONLY)) {
    if (sources[kind]) return { is: "unusable", what: `${String(what)}, which is read-only` };
  }
  const [kind, source] = Object.entries(sources).find(([, each]) => isSource(each)) ?? ["emptyDir", {}];
  const settings = source as VolumeSource;
  if (settings["readOnly"] === true)
    return { is: "unusable", what: `a ${shorten(kind)} volume with readOnly: true` };
  switch (kind) {
    case "emptyDir":
      return { is: "gone", what: "an emptyDir" };
    case "gitRepo":
      return { is: "gone", what: "a gitRepo volume" };
    case "csi":
      return { is: "gone", what: "an ephemeral CSI volume" };
    case "ephemeral":
      return readClaimLifetime(readClaimSpec(settings), { is: "gone", what: "a generic ephemeral volume" });
    case "hostPath":
      return NO_DIRECTORIES.includes(String(settings["type"]))
        ? { is: "unusable", what: `a hostPath of type ${String(settings["type"])}, which is no directory` }
        : { is: "node", what: "a hostPath" };
    case "persistentVolumeClaim":
      return { is: "shared", what: `the claim ${shorten(String(settings["claimName"]))}` };
    default:
      return { is: "shared", what: `one ${shorten(kind)} volume` };
  }
}

const isSource = (value: unknown): value is VolumeSource =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readClaimSpec({ volumeClaimTemplate }: VolumeSource): VolumeSource {
  const spec = isSource(volumeClaimTemplate) ? volumeClaimTemplate["spec"] : {};
  return isSource(spec) ? spec : {};
}
