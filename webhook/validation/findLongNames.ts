// Finds names that are invalid once Kubernetes has derived others from them: it stores the StatefulSet, but cannot create
// its pods (kubernetes/kubernetes#64023).
import { deny } from "../denials/codes.ts";
import { REVISION_LABEL } from "../kubernetes/names.ts";
import type { Pod, StatefulSet } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { SetFinding } from "./setFinding.ts";

/** Limit of a DNS label and of a label's value. */
const LONGEST = 63;

const ALLOWED = `at most ${LONGEST} lower-case letters, digits and '-'`;

/** The hash of a revision is a number of 32 bits, mostly with ten digits. */
const LONGEST_SET = LONGEST - "-0123456789".length;

/** @param highest the pod of the highest ordinal */
export function findLongNames(set: StatefulSet, highest: Pod): SetFinding {
  const why =
    findLongRevision(set) ??
    findInvalidPodName(highest) ??
    findInvalidServiceName(set) ??
    findInvalidClaimName(set);
  return why === null ? {} : { denial: deny("name-too-long", why) };
}

function findLongRevision({ metadata: { name } }: StatefulSet): string | null {
  if (name.length <= LONGEST_SET) return null;
  return (
    `the name of StatefulSet ${shorten(name)} has ${name.length} characters, so its pods could not be created: the controller labels them ` +
    `with ${REVISION_LABEL}: NAME-HASH, and a label's value has at most ${LONGEST} characters. ` +
    `Use a name of at most ${LONGEST_SET} characters.`
  );
}

function findInvalidPodName({ metadata: { name = "" } }: Pod): string | null {
  if (isDnsLabel(name)) return null;
  return (
    `pod ${shorten(name)} could not be created, because its name is also its hostname, for which Kubernetes allows ${ALLOWED}. ` +
    `Give the StatefulSet another name.`
  );
}

function findInvalidServiceName({ spec: { serviceName } }: StatefulSet): string | null {
  if (!serviceName || isDnsLabel(serviceName)) return null;
  return (
    `spec.serviceName ${shorten(serviceName)} becomes the pods' subdomain, for which Kubernetes allows ${ALLOWED}. ` +
    `Name a Service with such a name.`
  );
}

function findInvalidClaimName({ spec: { volumeClaimTemplates } }: StatefulSet): string | null {
  const claim = (volumeClaimTemplates ?? []).find(({ metadata }) => !isDnsLabel(metadata.name));
  if (claim === undefined) return null;
  return (
    `volumeClaimTemplate ${shorten(claim.metadata.name)} becomes a volume of the pods, in whose name Kubernetes allows ${ALLOWED}. ` +
    `Give it another name.`
  );
}

const isDnsLabel = (name: string): boolean =>
  name.length <= LONGEST && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
