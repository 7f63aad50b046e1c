// NodeID = base + ordinal, in canonical decimal, inside base..max (DESIGN: numbering).

import { type Denial, deny } from "../denials/codes.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Member } from "./podIdentity.ts";

/** What the number's variable holds. */
export function numberValue({ pod }: Pick<Member, "pod">, profile: Profile, nodeId: string): string {
  return profile.nodeId.value === "number" ? nodeId : pod;
}

/** The number of a member as text, or why it has none. */
export function numberOf(
  { pod, ordinal }: Pick<Member, "pod" | "ordinal">,
  profile: Profile,
): string | Denial {
  const { base, size, env, pool, shared } = profile.nodeId;
  if (shared === true) return String(base);
  const number = base + ordinal;
  if (profile.ring !== null && ordinal >= size) {
    return deny(
      "node-id-out-of-range",
      `pod ${pod} would be a member beyond maxReplicas ${size} of profile ${profile.name}, whose ordinals are 0..${size - 1}; ` +
        `lower replicas or ordinals.start, or have the cluster's admin raise maxReplicas and restart the members once before you scale`,
    );
  }
  if (ordinal >= size) {
    const range = `${base}..${base + size - 1}${pool === null ? "" : ` of pool ${pool}`}`;
    return deny(
      "node-id-out-of-range",
      `pod ${pod} would get ${env} ${number}, but profile ${profile.name} allows ${range}: ordinals 0..${size - 1}; ` +
        `lower replicas or ordinals.start, or give the profile's nodeID more room (max, size)`,
    );
  }
  return String(number);
}
