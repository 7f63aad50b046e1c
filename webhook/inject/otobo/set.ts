// What can only be seen of a whole StatefulSet of kind otobo, for the person who applies it (facts/otobo.md 3.6, 6).
import type { Profile } from "../../profiles/profile.ts";
import { type Denial, deny, say } from "../codes.ts";
import type { StatefulSet } from "../shape.ts";

function isShared({ spec }: StatefulSet, volume: string): boolean {
  const claim = (spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === volume);
  // a claim of the pod's own per ordinal, or an emptyDir, is no place that pods share
  if (claim !== undefined) return false;
  const found = (spec.template.spec.volumes ?? []).find(({ name }) => name === volume);
  return found !== undefined && !("emptyDir" in found) && !("ephemeral" in found);
}

/** Why a set cannot run with this profile, or null. */
export function otoboRefusal(set: StatefulSet, { name, otobo }: Profile): Denial | null {
  const replicas = set.spec.replicas ?? 1;
  if (otobo?.articles !== "fs" || replicas <= 1 || isShared(set, otobo.home)) return null;
  return deny(
    "otobo-articles",
    `profile ${name} keeps articles on volume ${otobo.home}, of which each of the ${replicas} pods has its own: ` +
      `an article would be seen by one pod only; set articles: db or s3, or replicas: 1`,
  );
}

export function otoboWarnings(set: StatefulSet, { otobo }: Profile): string[] {
  if (otobo === null) return [];
  const claim = (set.spec.volumeClaimTemplates ?? []).find(({ metadata }) => metadata.name === otobo.home);
  const isMany = claim?.spec?.accessModes?.includes("ReadWriteMany") === true;
  const warnings =
    isMany || isShared(set, otobo.home)
      ? [
          `volume ${otobo.home} can be mounted by several pods: each pod must have a home of its own, ` +
            "since OTOBO's PID files, locks and settings are a pod's; use an emptyDir or ReadWriteOnce",
        ]
      : [];
  return warnings.map((message) => say("otobo-doubtful", message));
}
