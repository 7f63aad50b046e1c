// Builds profiles for tests, and loads them.
import { formatFaultLine, loadProfiles } from "../../../webhook/profiles/load.ts";
import type { Profiles } from "../../../webhook/profiles/profileSet.ts";

const HEAD = [
  "apiVersion: rollcall.dev/v1alpha1",
  "kind: RollcallProfile",
  "metadata: {name: demo}",
  "spec:",
];

/** A profile in block style whose spec has these lines. */
export const buildProfile = (...lines: readonly string[]): string =>
  [...HEAD, ...lines.map((line) => `  ${line}`), ""].join("\n");

/** The line number of the first line of `buildProfile`. */
export const SPEC = 5;

/** The smallest Generic profile with these lines in spec.generic; they replace default lines of the same field. */
export function buildDemo(...lines: readonly string[]): string {
  const smallest = ["containers: [app]", "nodeID: {base: 1, max: 999}", "scaleDown: {policy: Allow}"];
  const own = new Set(lines.map((line) => line.split(":")[0]));
  const others = smallest.filter((line) => !own.has(line.split(":")[0]));
  const generic = [...lines, ...others].map((line) => `  ${line}`);
  return buildProfile("type: Generic", 'namespaces: ["*"]', "generic:", ...generic);
}

/** The line number of the first line of `buildDemo`. */
export const FIRST = SPEC + 3;

/** The faults of a text as lines; none if it loads. */
export function formatProfileFaults(text: string): string[] {
  const loaded = loadProfiles(text);
  return "faults" in loaded ? loaded.faults.map((fault) => formatFaultLine("profiles.yaml", fault)) : [];
}

/** The profiles of a text. @throws if it does not load */
export function loadOrThrow(text: string): Profiles {
  const loaded = loadProfiles(text);
  if ("profiles" in loaded) return loaded.profiles;
  throw new Error(loaded.faults.map((fault) => formatFaultLine("profiles.yaml", fault)).join("\n"));
}
