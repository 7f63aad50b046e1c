// What the offline commands work on: the labelled StatefulSets of the user's files, and the profiles.

import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { readAs, type StatefulSet, statefulSet } from "../kubernetes/objects.ts";
import { formatFaultLine, isProfile, type ProfileFault, readProfileDocuments } from "../profiles/load.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { PROFILE_API_VERSION } from "../profiles/schema.ts";
import { explainHowToBuild, type ReadDocument, readDocuments, showFile } from "./documents.ts";
import { BadInput } from "./ending.ts";

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
    .map((document) => readWorkload(document, input.namespace ?? "default"))
    .filter(({ set }) => set.spec.template.metadata?.labels?.[PROFILE_LABEL] !== undefined);
  if (workloads.length === 0) {
    throw new BadInput(
      `${showFile(input.filename)}: no StatefulSet whose pod template carries the label ` +
        `${PROFILE_LABEL}${explainHowToBuild(documents, `${input.command} -f`)}`,
    );
  }
  const profiles = await loadProfilesFor(input.profiles, documents);
  workloads.sort(
    (a, b) => compare(a.namespace, b.namespace) || compare(a.set.metadata.name, b.set.metadata.name),
  );
  return { workloads, profiles };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const isStatefulSet = ({ kind, object }: ReadDocument): boolean =>
  kind === "StatefulSet" && String(object["apiVersion"]).startsWith("apps/");

/** @param fallback the namespace of one that names none */
export function readWorkload({ place, object }: ReadDocument, fallback: string): Workload {
  const read = readAs(statefulSet, object);
  if ("wrong" in read) throw new BadInput(`${place}: the StatefulSet cannot be read: ${read.wrong}`);
  return { set: read.object, object, namespace: read.object.metadata.namespace ?? fallback };
}

/**
 * The profiles of a file or folder, or else of these documents.
 * @throws BadInput where there are none, or one of them is wrong
 */
export async function loadProfilesFor(
  file: string | undefined,
  documents: readonly ReadDocument[],
): Promise<Profiles> {
  const among = file === undefined ? documents : await readDocuments(file);
  const found = among.filter(({ kind, object }) => isProfile(object["apiVersion"], kind));
  if (found.length === 0) {
    throw new BadInput(
      file === undefined
        ? "there are no profiles: give --profiles FILE, or a RollcallProfile among the documents"
        : `${showFile(file)}: no RollcallProfile (${PROFILE_API_VERSION}) is there`,
    );
  }
  const loaded = readProfileDocuments(found);
  if ("profiles" in loaded) return loaded.profiles;
  throw new BadInput(loaded.faults.map(formatFault).join("\nrollcall: "));
}

const formatFault = (fault: ProfileFault & { readonly document: ReadDocument }): string =>
  formatFaultLine(showFile(fault.document.file), fault);
