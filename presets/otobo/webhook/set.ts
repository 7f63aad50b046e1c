// Checks of a whole StatefulSet of type Otobo at apply (docs/research/otobo.md#files-of-one-pod).

import { type Denial, formatDenial } from "../../../webhook/denials/codes.ts";
import { type Container, type StatefulSet, withoutEndSlashes } from "../../../webhook/kubernetes/objects.ts";
import { listNames } from "../../../webhook/kubernetes/shorten.ts";
import type { Sibling } from "../../../webhook/profiles/presetPods.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import { denyOtobo, formatOtoboWarning } from "../codes.ts";
import { OTOBO_HOME } from "../contract/places.ts";
import type { OtoboPod, OtoboProfile } from "../profile/otoboPod.ts";

function isShared({ spec }: StatefulSet, volume: string): boolean {
  const claim = (spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === volume);
  // each pod has its own claim
  if (claim !== undefined) return false;
  const found = (spec.template.spec.volumes ?? []).find(({ name }) => name === volume);
  return found !== undefined && !("emptyDir" in found) && !("ephemeral" in found);
}

/**
 * The denial of a StatefulSet with this profile, and warnings.
 * @param old the stored StatefulSet; null: it is created
 */
export function checkOtoboSet(set: StatefulSet, old: StatefulSet | null, profile: OtoboProfile): SetFinding {
  const denial = findDenial(set, profile);
  const warnings = [...listFileWarnings(set, profile), ...listContainerWarnings(set, profile)];
  if (denial === null) return { warnings };
  if (!isOldDenial(denial, { old, set, profile })) return { denial, warnings };
  return { warnings: [formatDenial(denial), ...warnings] };
}

function findDenial(set: StatefulSet, profile: OtoboProfile): Denial | null {
  return findMissingS3(set, profile) ?? findMissingRedis(set, profile) ?? findLocalArticles(set, profile);
}

/** Whether the StatefulSet had the same fault before and does not grow: then other changes must be possible. */
function isOldDenial(
  { rule }: Denial,
  { old, set, profile }: { old: StatefulSet | null; set: StatefulSet; profile: OtoboProfile },
): boolean {
  if (old === null || readReplicas(old) < readReplicas(set)) return false;
  return findDenial(old, profile)?.rule === rule;
}

const readReplicas = ({ spec }: StatefulSet): number => spec.replicas ?? 1;

/** Kept in files of each pod, which only OTOBO's S3 mode shares (docs/research/otobo.md#s3-settings). */
const IN_FILES = "ACLs, processes, packages and users' settings";

function findMissingS3(set: StatefulSet, { name, otobo }: OtoboProfile): Denial | null {
  const replicas = readReplicas(set);
  if (otobo.s3 || replicas <= 1) return null;
  return denyOtobo(
    "otobo-needs-s3",
    `profile ${name} has no s3, so each of the ${replicas} pods would have ${IN_FILES} of its own: OTOBO shares them ` +
      `between pods only by S3. Set s3 in the profile, or replicas: 1.`,
  );
}

function findMissingRedis(set: StatefulSet, { name, otobo }: OtoboProfile): Denial | null {
  const replicas = readReplicas(set);
  if (otobo.redis || replicas <= 1) return null;
  return denyOtobo(
    "otobo-needs-redis",
    `profile ${name} has no redis, so each of the ${replicas} pods would have a cache of its own, and would show outdated ` +
      `data after a change in another pod. Set redis in the profile, or replicas: 1.`,
  );
}

function findLocalArticles(set: StatefulSet, { name, otobo }: OtoboProfile): Denial | null {
  const replicas = readReplicas(set);
  if (otobo.articles !== "fs" || replicas <= 1 || isShared(set, otobo.home)) return null;
  return denyOtobo(
    "otobo-articles-local",
    `profile ${name} keeps articles on volume ${otobo.home}, and each of the ${replicas} pods has its own volume, so ` +
      `only one pod would see an article. Set articles: Database or S3, or replicas: 1.`,
  );
}

/**
 * The denial of a StatefulSet on the database of another one, if OTOBO does not share its files and its cache.
 * @param profiles those of both StatefulSets
 */
export function findUnshared(sibling: Sibling, profiles: readonly OtoboProfile[]): Denial | null {
  const { namespace, name, profileName } = sibling;
  const where = `StatefulSet ${namespace}/${name} (profile ${profileName}) uses the same database, and profile`;
  const local = profiles.find(({ otobo }) => !otobo.s3);
  if (local !== undefined) {
    return denyOtobo(
      "otobo-needs-s3",
      `${where} ${local.name} has no s3, so each StatefulSet would have ${IN_FILES} of its own. Set s3 in both profiles.`,
    );
  }
  const caching = profiles.find(({ otobo }) => !otobo.redis);
  if (caching === undefined) return null;
  return denyOtobo(
    "otobo-needs-redis",
    `${where} ${caching.name} has no redis, so each StatefulSet would have a cache of its own, and would show outdated data. ` +
      "Set the same redis in both profiles.",
  );
}

function listFileWarnings(set: StatefulSet, { otobo }: OtoboProfile): string[] {
  const claim = (set.spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === otobo.home);
  const isMany = claim?.spec?.accessModes?.includes("ReadWriteMany") === true;
  const shared =
    isMany || isShared(set, otobo.home)
      ? [
          `several pods can mount volume ${otobo.home}, but OTOBO's PID files, locks and settings belong to one pod. ` +
            "Give each pod its own home: an emptyDir, or a volumeClaimTemplate with ReadWriteOnce.",
        ]
      : [];
  return [
    ...shared.map((message) => formatOtoboWarning("otobo-template-issue", message)),
    ...describeLocalFiles(set, otobo).map((message) => formatOtoboWarning("otobo-local-files", message)),
  ];
}

/** Warns about further containers that run OTOBO: without a NodeID they would use NodeID 1 on the same database. */
function listContainerWarnings({ spec }: StatefulSet, { name, containers }: OtoboProfile): string[] {
  const { containers: all, initContainers } = spec.template.spec;
  const images = new Set(
    [...all, ...(initContainers ?? [])]
      .filter((each) => containers.includes(each.name))
      .map(({ image = "" }) => parseRepository(image)),
  );
  const isOtobo = ({ image = "" }: Container): boolean => {
    const repository = parseRepository(image);
    return images.has(repository) || repository.split("/").at(-1) === "otobo";
  };
  const mountsHome = ({ volumeMounts }: Container): boolean =>
    (volumeMounts ?? []).some(({ mountPath }) => withoutEndSlashes(mountPath) === OTOBO_HOME);
  const unnamed = [
    ...all.filter((each) => isOtobo(each) || mountsHome(each)),
    ...(initContainers ?? []).filter(isOtobo),
  ]
    .map((each) => each.name)
    .filter((each) => !containers.includes(each));
  if (unnamed.length === 0) return [];
  const message =
    `${listNames(unnamed)} ${unnamed.length === 1 ? "runs" : "run"} OTOBO (by image or by a mount at ${OTOBO_HOME}), but profile ${name} names ` +
    `only ${listNames(containers)}. Without settings, OTOBO uses NodeID 1, also if another pod has it. Add the containers that ` +
    `run OTOBO to the profile's containers.`;
  return [formatOtoboWarning("otobo-container-unlisted", message)];
}

/** An image without tag and digest. */
function parseRepository(image: string): string {
  const [named = ""] = image.split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  return colon < 0 ? named : named.slice(0, colon);
}

/** Describes the files that are in neither the database nor S3, and when they are lost. */
function describeLocalFiles(set: StatefulSet, { home, daemon }: OtoboPod): string[] {
  const volume = (set.spec.template.spec.volumes ?? []).find(({ name }) => name === home);
  const isEphemeral = volume !== undefined && ("emptyDir" in volume || "ephemeral" in volume);
  const own = "files in Custom/ and files that were changed by hand";
  const remedy = "Deliver them in a package or in your own image.";
  if (!isEphemeral) return readReplicas(set) > 1 ? [`${own} exist in one pod only. ${remedy}`] : [];
  const mails =
    `mails that OTOBO could not process are in var/spool on volume ${home}. A pod that stops normally moves them to the database, and ` +
    "another pod restores them, but if a node fails, they are lost. home: {mode: Persistent} on a claim keeps them.";
  return [
    ...(daemon === null ? [] : [mails]),
    `${own} exist in one pod only and are deleted with it. ${remedy}`,
  ];
}
