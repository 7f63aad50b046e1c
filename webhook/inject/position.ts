// Where our init containers go among those that are there.
import type { Work } from "../profiles/profile.ts";
import { type Denial, deny } from "./codes.ts";
import type { Container } from "./shape.ts";
import { listNames } from "./shorten.ts";

/** The index that the first of ours gets, or why there is no such place. */
export function indexFor({ position, sidecars }: Work, present: readonly Container[]): number | Denial {
  switch (position.at) {
    case "last":
      return present.length;
    case "first":
      // behind the last of the named sidecars: a step may need what they serve
      return present.findLastIndex(({ name }) => sidecars.includes(name)) + 1;
    default: {
      const index = present.findIndex(({ name }) => name === position.name);
      if (index >= 0) return position.at === "before" ? index : index + 1;
      const there = listNames(present.map(({ name }) => name));
      return deny(
        "position-missing",
        `the profile puts Rollcall's init containers ${position.at} ${position.name}, but the pod's init containers are: ${there}; ` +
          `change the profile's position, or name one that is there`,
      );
    }
  }
}
