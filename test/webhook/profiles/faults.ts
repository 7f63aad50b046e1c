// Profiles for a test, and what is wrong with a text, as a user reads it.
import { formatFaultLine, loadProfiles } from "../../../webhook/profiles/load.ts";
import type { Profiles } from "../../../webhook/profiles/profileSet.ts";

const HEAD = [
  "apiVersion: rollcall.dev/v1alpha1",
  "kind: RollcallProfile",
  "metadata: {name: demo}",
  "spec:",
];

/** A profile in block style, whose spec has these lines. */
export const renderSpec = (...lines: readonly string[]): string =>
  [...HEAD, ...lines.map((line) => `  ${line}`), ""].join("\n");

/** The line that `renderSpec` puts its first line at. */
export const SPEC = 5;

/** The smallest profile, to whose spec.generic a test adds lines of its own; a field of its own is not given twice. */
export function renderDemo(...lines: readonly string[]): string {
  const smallest = [
    "containers: [app]",
    "nodeID: {base: 1, max: 999}",
    "scaleDown: {policy: Allow, minReplicas: 1}",
  ];
  const own = new Set(lines.map((line) => line.split(":")[0]));
  const others = smallest.filter((line) => !own.has(line.split(":")[0]));
  const generic = [...lines, ...others].map((line) => `  ${line}`);
  return renderSpec("type: Generic", 'namespaces: ["*"]', "generic:", ...generic);
}

/** The line that `renderDemo` puts its first line at. */
export const FIRST = SPEC + 3;

/** The lines that are told of a text; none where it loads. */
export function listFaultLines(text: string): string[] {
  const loaded = loadProfiles(text);
  return "faults" in loaded ? loaded.faults.map((fault) => formatFaultLine("profiles.yaml", fault)) : [];
}

/** The profiles of a text; throws where it does not load. */
export function loadValidProfiles(text: string): Profiles {
  const loaded = loadProfiles(text);
  if ("profiles" in loaded) return loaded.profiles;
  throw new Error(loaded.faults.map((fault) => formatFaultLine("profiles.yaml", fault)).join("\n"));
}
