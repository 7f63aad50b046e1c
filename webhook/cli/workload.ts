// What the offline commands work on: the labelled StatefulSets of the user's files, and the profiles.

import { parse as parseYaml } from "yaml";
import { PROFILE_LABEL } from "../inject/names.ts";
import { readAs, type StatefulSet, statefulSet } from "../inject/shape.ts";
import { faultLine, loadProfiles } from "../profiles/load.ts";
import type { Profiles } from "../profiles/profile.ts";
import { howToBuild, isRecord, type ReadDocument, readDocuments, textOf } from "./documents.ts";
import { BadInput } from "./ending.ts";

const CONFIG_MAP = "rollcall-profiles";
const KEY = "profiles.yaml";

export interface Workload {
  set: StatefulSet;
  /** as it was written, for reviews */
  object: Readonly<Record<string, unknown>>;
  namespace: string;
}

export interface WorkloadInput {
  /** the word that names it to the user */
  command: string;
  filename?: string | undefined;
  profiles?: string | undefined;
  namespace?: string | undefined;
}

/** Reads the files; throws BadInput where there is nothing to work on. */
export async function readWorkloads(
  input: WorkloadInput,
): Promise<{ workloads: Workload[]; profiles: Profiles }> {
  if (input.filename === undefined) throw new BadInput("-f FILE is missing; see --help");
  if (input.filename === "-" && input.profiles === "-")
    throw new BadInput("standard input (-) can be read only once");
  const documents = await readDocuments(input.filename);
  const workloads = documents
    .filter(isStatefulSet)
    .map((document) => workloadOf(document, input.namespace ?? "default"))
    .filter(({ set }) => set.spec.template.metadata?.labels?.[PROFILE_LABEL] !== undefined);
  if (workloads.length === 0) {
    throw new BadInput(
      `${input.filename === "-" ? "(standard input)" : input.filename}: no StatefulSet whose pod template carries the label ` +
        `${PROFILE_LABEL}${howToBuild(documents, `${input.command} -f`)}`,
    );
  }
  const profiles = await profilesOf(input.profiles, documents);
  workloads.sort(
    (a, b) => compare(a.namespace, b.namespace) || compare(a.set.metadata.name, b.set.metadata.name),
  );
  return { workloads, profiles };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const isStatefulSet = ({ kind, object }: ReadDocument): boolean =>
  kind === "StatefulSet" && String(object["apiVersion"]).startsWith("apps/");

/** @param fallback the namespace of one that names none */
export function workloadOf({ place, object }: ReadDocument, fallback: string): Workload {
  const read = readAs(statefulSet, object);
  if ("wrong" in read) throw new BadInput(`${place}: the StatefulSet cannot be read: ${read.wrong}`);
  return { set: read.object, object, namespace: read.object.metadata.namespace ?? fallback };
}

/** The profiles of a file, or else of a ConfigMap among the documents; throws BadInput where there are none. */
export async function profilesOf(
  file: string | undefined,
  documents: readonly ReadDocument[],
): Promise<Profiles> {
  if (file !== undefined) {
    const text = await textOf(file);
    return load(file, configMapText(text) ?? text);
  }
  const found = documents.find(({ kind, name }) => kind === "ConfigMap" && name.startsWith(CONFIG_MAP));
  const text = found === undefined ? null : dataOf(found.object);
  if (found === undefined || text === null) {
    throw new BadInput(
      `there are no profiles: give --profiles FILE, or a ConfigMap ${CONFIG_MAP} with the key ${KEY} among the documents`,
    );
  }
  return load(`${found.place} (${KEY})`, text);
}

/** The profiles inside a file that is the ConfigMap, or null where it is not one. */
function configMapText(text: string): string | null {
  try {
    const object: unknown = parseYaml(text);
    return isRecord(object) && object["kind"] === "ConfigMap" ? dataOf(object) : null;
  } catch {
    return null;
  }
}

function dataOf(object: Readonly<Record<string, unknown>>): string | null {
  const data = isRecord(object["data"]) ? object["data"] : {};
  const text = data[KEY];
  return typeof text === "string" ? text : null;
}

function load(name: string, text: string): Profiles {
  const loaded = loadProfiles(text);
  if ("profiles" in loaded) return loaded.profiles;
  throw new BadInput(loaded.faults.map((fault) => faultLine(name, fault)).join("\nrollcall: "));
}
