// Profiles for a test, and what is wrong with a text, as a user reads it.

import { faultLine, loadProfiles } from "../../webhook/profiles/load.ts";
import type { Profiles } from "../../webhook/profiles/profile.ts";

/** The smallest profile, to which a test adds lines of its own (indented by four). */
export function demoWith(...lines: readonly string[]): string {
  const demo = ["kind: generic", 'namespaces: ["*"]', "containers: [app]", ...lines];
  return ["profiles:", "  demo:", ...demo.map((line) => `    ${line}`), ""].join("\n");
}

/** The line that `demoWith` puts its first line at. */
export const FIRST = 6;

/** The lines that are told of a text; none where it loads. */
export function faultsOf(text: string): string[] {
  const loaded = loadProfiles(text);
  return "faults" in loaded ? loaded.faults.map((fault) => faultLine("profiles.yaml", fault)) : [];
}

/** The profiles of a text; throws where it does not load. */
export function profilesOf(text: string): Profiles {
  const loaded = loadProfiles(text);
  if ("profiles" in loaded) return loaded.profiles;
  throw new Error(loaded.faults.map((fault) => faultLine("profiles.yaml", fault)).join("\n"));
}
