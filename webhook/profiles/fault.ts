// Faults in a profile, and the paths to them.

/** A fault in a profile; the path is relative to the part that was validated. */
export interface SpecFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** key: the field is unknown. Default: its value is wrong or missing */
  readonly about?: "key";
}

export const findRepeatedContainers = (containers: readonly string[]): SpecFault[] =>
  findRepeated(containers).map(([index, name]) => ({
    path: ["containers", index],
    message: `container ${JSON.stringify(name)} is listed twice`,
  }));

/** Index and name of each repetition. */
export function findRepeated(names: readonly string[]): [number, string][] {
  const seen = new Set<string>();
  return [...names.entries()].filter(([, name]) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated;
  });
}
