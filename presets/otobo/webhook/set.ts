// What can only be seen of a whole StatefulSet of kind otobo, for the person who applies it
// (docs/research/otobo.md#files-of-one-pod).

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
  // a claim of the pod's own per ordinal, or an emptyDir, is no place that pods share
  if (claim !== undefined) return false;
  const found = (spec.template.spec.volumes ?? []).find(({ name }) => name === volume);
  return found !== undefined && !("emptyDir" in found) && !("ephemeral" in found);
}

/**
 * Why a set cannot run with this profile, and what its owner is told.
 * @param old the set as it is now; null: it is created
 */
export function checkOtoboSet(set: StatefulSet, old: StatefulSet | null, profile: OtoboProfile): SetFinding {
  const denial = otoboRefusal(set, profile);
  const warnings = [...otoboWarnings(set, profile), ...unnamedWarnings(set, profile)];
  if (denial === null) return { warnings };
  if (!isOldRefusal(denial, { old, set, profile })) return { denial, warnings };
  return { warnings: [formatDenial(denial), ...warnings] };
}

function otoboRefusal(set: StatefulSet, profile: OtoboProfile): Denial | null {
  return whyAlone(set, profile) ?? whyArticlesApart(set, profile);
}

/** What was so before and has not grown must not keep anybody from another change. */
function isOldRefusal(
  { rule }: Denial,
  { old, set, profile }: { old: StatefulSet | null; set: StatefulSet; profile: OtoboProfile },
): boolean {
  if (old === null || readReplicas(old) < readReplicas(set)) return false;
  return otoboRefusal(old, profile)?.rule === rule;
}

const readReplicas = ({ spec }: StatefulSet): number => spec.replicas ?? 1;

/**
 * These files are in each pod's own tree, and only OTOBO's S3 mode hands them on (docs/research/otobo.md#s3-settings).
 */
const IN_FILES = "ACLs, processes, packages and users' settings";

function whyAlone(set: StatefulSet, { name, otobo }: OtoboProfile): Denial | null {
  const replicas = readReplicas(set);
  if (otobo.s3 || replicas <= 1) return null;
  return denyOtobo(
    "otobo-needs-s3",
    `profile ${name} has no s3, and each of the ${replicas} pods would have ${IN_FILES} of its own: OTOBO hands them from pod ` +
      `to pod by S3 only; set s3 in the profile, or replicas: 1`,
  );
}

function whyArticlesApart(set: StatefulSet, { name, otobo }: OtoboProfile): Denial | null {
  const replicas = readReplicas(set);
  if (otobo.articles !== "fs" || replicas <= 1 || isShared(set, otobo.home)) return null;
  return denyOtobo(
    "otobo-articles-local",
    `profile ${name} keeps articles on volume ${otobo.home}, of which each of the ${replicas} pods has its own: ` +
      `an article would be seen by one pod only; set articles: Database or S3, or replicas: 1`,
  );
}

/** Whether what OTOBO keeps in files comes to no other pod. */
export const lacksSharedFiles = ({ otobo }: OtoboProfile): boolean => !otobo.s3;

/** @param lacking the profile without S3 */
export function refuseWithoutSharedFiles(sibling: Sibling, lacking: string): Denial {
  return denyOtobo(
    "otobo-needs-s3",
    `StatefulSet ${sibling.namespace}/${sibling.name} (profile ${sibling.profileName}) runs on the same database, and profile ` +
      `${lacking} has no s3: each set would have ${IN_FILES} of its own; set s3 in both profiles`,
  );
}

function otoboWarnings(set: StatefulSet, { otobo }: OtoboProfile): string[] {
  const claim = (set.spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === otobo.home);
  const isMany = claim?.spec?.accessModes?.includes("ReadWriteMany") === true;
  const shared =
    isMany || isShared(set, otobo.home)
      ? [
          `volume ${otobo.home} can be mounted by several pods: each pod must have a home of its own, ` +
            "since OTOBO's PID files, locks and settings are a pod's; use an emptyDir or ReadWriteOnce",
        ]
      : [];
  return [
    ...shared.map((message) => formatOtoboWarning("otobo-template-issue", message)),
    ...localTo(set, otobo).map((message) => formatOtoboWarning("otobo-local-files", message)),
  ];
}

/** A second web or daemon container under a name of its own runs on the database without a NodeID. */
function unnamedWarnings({ spec }: StatefulSet, { name, containers }: OtoboProfile): string[] {
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
    `by image or by ${OTOBO_HOME} ${listNames(unnamed)} ${unnamed.length === 1 ? "runs" : "run"} OTOBO, but profile ${name} names ` +
    `${listNames(containers)} alone: without NodeID, settings and secrets OTOBO takes NodeID 1 there, whoever else has it; add what ` +
    `runs OTOBO to the profile's containers`;
  return [formatOtoboWarning("otobo-container-unlisted", message)];
}

/** An image without tag and digest. */
function parseRepository(image: string): string {
  const [named = ""] = image.split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  return colon < 0 ? named : named.slice(0, colon);
}

/** What no database and no S3 has, by the volume that it lies on. */
function localTo(set: StatefulSet, { home, daemon }: OtoboPod): string[] {
  const volume = (set.spec.template.spec.volumes ?? []).find(({ name }) => name === home);
  const isGone = volume !== undefined && ("emptyDir" in volume || "ephemeral" in volume);
  const own =
    "translations made in OTOBO's web interface (Kernel/Language/*_ZZZAAuto.pm) and files in Custom/";
  const way = "bring them by a package or by an image of your own";
  if (!isGone)
    return readReplicas(set) > 1 ? [`${own} are in one pod alone, the others do not have them; ${way}`] : [];
  const mails =
    `mails that OTOBO could not process lie in var/spool on volume ${home}: a pod that ends in order moves them to the database and ` +
    "another puts them back, but a node that fails takes them along; home: {mode: Persistent} on a claim keeps them then, too";
  return [...(daemon === null ? [] : [mails]), `${own} are in one pod alone, and gone with it; ${way}`];
}
