// Names that Kubernetes makes of a StatefulSet's own, and then refuses: the StatefulSet is stored, and none of its pods
// can be created (kubernetes/kubernetes#64023).
import { deny } from "../denials/codes.ts";
import { REVISION_LABEL } from "../kubernetes/names.ts";
import type { Pod, StatefulSet } from "../kubernetes/objects.ts";
import { shorten } from "../kubernetes/shorten.ts";
import type { SetFinding } from "./setFinding.ts";

/** Of a DNS label and of a label's value. */
const LONGEST = 63;

/** The hash of a revision is a number of 32 bits, mostly of ten digits. */
const LONGEST_SET = LONGEST - "-0123456789".length;

/** @param highest the pod of the highest ordinal */
export function findLongNames(set: StatefulSet, highest: Pod): SetFinding {
  const why =
    whyRevisionTooLong(set) ?? whyPodNameWrong(highest) ?? whyServiceNameWrong(set) ?? whyClaimNameWrong(set);
  return why === null ? {} : { denial: deny("name-too-long", why) };
}

function whyRevisionTooLong({ metadata: { name } }: StatefulSet): string | null {
  if (name.length <= LONGEST_SET) return null;
  return (
    `StatefulSet ${shorten(name)} has a name of ${name.length} characters: its controller labels each pod with ${REVISION_LABEL}: ` +
    `NAME-HASH, and Kubernetes takes no more than ${LONGEST} characters there, so its pods could not be created; ` +
    `give it a name of at most ${LONGEST_SET} characters`
  );
}

function whyPodNameWrong({ metadata: { name = "" } }: Pod): string | null {
  if (isDnsLabel(name)) return null;
  return (
    `pod ${shorten(name)} would have its name as its hostname, and Kubernetes takes lower case letters, digits and '-' there, ` +
    `at most ${LONGEST}; give the StatefulSet another name`
  );
}

function whyServiceNameWrong({ spec: { serviceName } }: StatefulSet): string | null {
  if (!serviceName || isDnsLabel(serviceName)) return null;
  return (
    `spec.serviceName ${shorten(serviceName)} becomes the pods' subdomain, and Kubernetes takes lower case letters, digits and '-' ` +
    `there, at most ${LONGEST}; name a Service of such a name`
  );
}

function whyClaimNameWrong({ spec: { volumeClaimTemplates } }: StatefulSet): string | null {
  const claim = (volumeClaimTemplates ?? []).find(({ metadata }) => !isDnsLabel(metadata.name));
  if (claim === undefined) return null;
  return (
    `volumeClaimTemplate ${shorten(claim.metadata.name)} becomes a volume of the pods, and Kubernetes takes lower case letters, digits ` +
    `and '-' in its name, at most ${LONGEST}; give it another name`
  );
}

const isDnsLabel = (name: string): boolean =>
  name.length <= LONGEST && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
