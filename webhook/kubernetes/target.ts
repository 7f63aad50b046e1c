// A container of a pod that a profile names, and where it is.
import type { Container } from "./objects.ts";

export interface Target {
  list: "containers" | "initContainers";
  index: number;
  container: Container;
}

/** Where a target is in its pod. */
export const pathOf = ({ list, index }: Pick<Target, "list" | "index">): (string | number)[] => [
  "spec",
  list,
  index,
];
