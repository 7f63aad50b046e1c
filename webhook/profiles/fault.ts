// What is wrong in a profile, and where.

/** A fault of a profile, at a path below the part that was looked at. */
export interface SpecFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** key: the field itself should not be there @default its value is wrong, or missing */
  readonly about?: "key";
}

/** Containers that are named more than once. */
export const findRepeatedContainers = (containers: readonly string[]): SpecFault[] =>
  findRepeated(containers).map(([index, name]) => ({
    path: ["containers", index],
    message: `container ${JSON.stringify(name)} is named twice`,
  }));

/** Index and name of each name that occurred before. */
export function findRepeated(names: readonly string[]): [number, string][] {
  const seen = new Set<string>();
  return [...names.entries()].filter(([, name]) => {
    const isSecond = seen.has(name);
    seen.add(name);
    return isSecond;
  });
}
