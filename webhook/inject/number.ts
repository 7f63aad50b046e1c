// NodeID = base + ordinal, in canonical decimal, inside base..max (DESIGN: numbering).
import type { Profile } from "../profiles/compile.ts";
import { type Denial, deny } from "./codes.ts";
import type { Member } from "./identify.ts";

/** The number of a member as text, or why it has none. */
export function numberOf(
  { pod, ordinal }: Pick<Member, "pod" | "ordinal">,
  profile: Profile,
): string | Denial {
  const { base, max, env } = profile.nodeId;
  const number = base + ordinal;
  if (number > max) {
    return deny(
      "node-id-out-of-range",
      `pod ${pod} would get ${env} ${number}, but profile ${profile.name} allows ${base}..${max}: ordinals 0..${max - base}`,
    );
  }
  return String(number);
}
