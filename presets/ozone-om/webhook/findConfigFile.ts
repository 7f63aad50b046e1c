// Whether a mounted file configures the Ozone Manager, and what becomes of it. The entrypoint copies the files of one
// folder into the configuration folder and then writes ozone-site.xml there from env, without merging
// (docs/research/ozone.md#image-and-entrypoint).
import { list, nullish, object, readShape, text } from "../../../init/contract/shape.ts";
import type { Denial } from "../../../webhook/denials/codes.ts";
import { type Container, normalizePath, type Pod } from "../../../webhook/kubernetes/objects.ts";
import { denyOzone, formatOzoneWarning } from "../codes.ts";
import { SITE } from "./env.ts";

/** The image's OZONE_CONF_DIR. */
const CONF_FOLDER = "/etc/hadoop";
/** The entrypoint copies it into the configuration folder; without OZONE_CONF_DIR it is that folder. */
const COPIED_FOLDER = "/opt/hadoop/etc/hadoop";
const SITE_FILE = "ozone-site.xml";

/** A variable that the entrypoint writes into ozone-site.xml, as it splits names. */
const SITE_VARIABLE = /^ozone-site[._]xml(?:[!._]|$)/i;

const REMEDY = `Set each property of that file as an env variable ${SITE}NAME (envFrom works, too), and remove the file.`;

/** Why a container's configuration would be lost, or the entrypoint fail; or null. */
export function findConfigFileFault(
  pod: Pod,
  container: Container,
  who: "the Ozone Manager" | "a client",
): Denial | null {
  const args = container.args ?? [];
  if (args.some((word) => word === "--conf" || word === "-conf"))
    return denyOzone(
      "ozone-config-file",
      `container ${container.name} names a configuration file in its args (--conf), but Rollcall configures it by env, from which ` +
        `the image's entrypoint writes ${SITE_FILE}. ${REMEDY}`,
    );
  const mount = findConfigMount(pod.spec.volumes ?? [], container);
  switch (mount?.is) {
    case "in the way":
      return denyOzone(
        "ozone-config-file",
        `${mount.what}, where the image's entrypoint must write ${SITE_FILE} from env, so the container would not start or use another ` +
          `configuration. ${REMEDY} Other files can be mounted at ${COPIED_FOLDER}, from where the entrypoint copies them.`,
      );
    case "overwritten":
      // with variables of its own the container has lost that file already
      if (setsSiteVariables(container)) return null;
      return denyOzone(
        "ozone-config-file",
        `${mount.what}, and no variable ${SITE}NAME is set, so ${mount.certain ? `its ${SITE_FILE} configures` : `an ${SITE_FILE} in it may configure`} ` +
          `${who}. Rollcall sets such variables, and the image's entrypoint then overwrites that file. ${REMEDY}`,
      );
    default:
      return null;
  }
}

/** Warns of a mounted ozone-site.xml that has no effect, because the container's own variables overwrite it already. */
export function listIgnoredConfigFiles(pod: Pick<Pod, "spec">, container: Container): string[] {
  const mount = findConfigMount(pod.spec.volumes ?? [], container);
  if (mount?.is !== "overwritten" || !mount.certain || !setsSiteVariables(container)) return [];
  return [
    formatOzoneWarning(
      "ozone-config-file",
      `${mount.what}, but its ${SITE_FILE} has no effect: the image's entrypoint overwrites it with the variables ${SITE}NAME. ${REMEDY}`,
    ),
  ];
}

/** An envFrom may set any variable. */
const setsSiteVariables = ({ env, envFrom }: Container): boolean =>
  (envFrom ?? []).length > 0 || (env ?? []).some(({ name }) => SITE_VARIABLE.test(name));

type Volume = NonNullable<Pod["spec"]["volumes"]>[number];

/** The mount that the entrypoint fails on, else one that certainly has an ozone-site.xml, else one that may have it. */
function findConfigMount(volumes: readonly Volume[], container: Container): ConfigMount | null {
  const folder = findConfFolder(container);
  const byName = new Map(volumes.map((volume) => [volume.name, volume]));
  const mounts = (container.volumeMounts ?? []).flatMap((mount): ConfigMount[] => {
    const what = `container ${container.name} mounts volume ${mount.name} at ${mount.mountPath}`;
    const found = readConfigMount(normalizePath(mount.mountPath), byName.get(mount.name), folder);
    return found === null ? [] : [{ ...found, what }];
  });
  return (
    mounts.find((mount) => mount.is === "in the way") ??
    mounts.find((mount) => mount.is === "overwritten" && mount.certain) ??
    mounts[0] ??
    null
  );
}

type MountEffect =
  /** the entrypoint cannot write its file there */
  | { readonly is: "in the way" }
  /** ozone-site.xml is, or may be, in the mount, and is overwritten */
  | { readonly is: "overwritten"; readonly certain: boolean };
type ConfigMount = MountEffect & { readonly what: string };

/** @param folder the configuration folder, which may be the one that is copied */
function readConfigMount(path: string, volume: Volume | undefined, folder: string): MountEffect | null {
  // an emptyDir makes a folder writable on a read-only root
  if (volume !== undefined && "emptyDir" in volume) return null;
  if (path === folder || path === `${folder}/${SITE_FILE}`) return { is: "in the way" };
  if (path === `${COPIED_FOLDER}/${SITE_FILE}`) return { is: "overwritten", certain: true };
  if (path !== COPIED_FOLDER) return null;
  const files = volume === undefined ? null : listFiles(volume);
  if (files === null) return { is: "overwritten", certain: false };
  return files.includes(SITE_FILE) ? { is: "overwritten", certain: true } : null;
}

function findConfFolder({ env }: Container): string {
  // of several variables of one name the last counts
  const own = env?.findLast(({ name }) => name === "OZONE_CONF_DIR");
  // a value from elsewhere is not known here
  if (own === undefined || own.valueFrom) return CONF_FOLDER;
  return own.value ? normalizePath(own.value) : COPIED_FOLDER;
}

const keys = nullish(object({ items: nullish(list(object({ path: text() }))) }));
const fileSources = object({
  configMap: keys,
  secret: keys,
  projected: nullish(object({ sources: nullish(list(object({ configMap: keys, secret: keys }))) })),
});

/** The files of a volume, if the pod spec lists all of them; null: they are not known. */
function listFiles(volume: Volume): readonly string[] | null {
  const read = readShape(fileSources, volume);
  if (!("value" in read)) return null;
  const { configMap, secret, projected } = read.value;
  const sources = projected?.sources ?? (configMap || secret ? [{ configMap, secret }] : null);
  if (sources === null) return null;
  const listed = sources.map((source) => (source.configMap ?? source.secret)?.items ?? null);
  const known = listed.flatMap((items) => items ?? []).map(({ path }) => path);
  // a listed ozone-site.xml is certain, whatever else the volume has
  return known.includes(SITE_FILE) || listed.every((items) => items !== null) ? known : null;
}
