// The application containers that a profile names.
import type { Profile } from "../profiles/compile.ts";
import { type Denial, deny } from "./codes.ts";
import type { Container, Pod } from "./shape.ts";

export interface Target {
  index: number;
  container: Container;
}

/** The containers that the profile names, in the profile's order. */
export function targetsOf(pod: Pod, profile: Profile): readonly [Target, ...Target[]] | Denial {
  const find = (name: string): Target | Denial => {
    const index = pod.spec.containers.findIndex((each) => each.name === name);
    const container = pod.spec.containers[index];
    if (container !== undefined) return { index, container };
    const there = pod.spec.containers.map((each) => each.name).join(", ") || "none";
    return deny(
      "container-missing",
      `profile ${profile.name} numbers container ${name}, but the pod's containers are: ${there}; rename it or change the profile's containers`,
    );
  };
  const [firstName, ...otherNames] = profile.containers;
  const first = find(firstName);
  if ("rule" in first) return first;
  const others: Target[] = [];
  for (const name of otherNames) {
    const other = find(name);
    if ("rule" in other) return other;
    others.push(other);
  }
  return [first, ...others];
}
