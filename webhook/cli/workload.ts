// The input of the offline commands: the labelled StatefulSets of the user's files, and the profiles.

import { PROFILE_LABEL } from "../kubernetes/names.ts";
import { readAs, type StatefulSet, statefulSet } from "../kubernetes/objects.ts";
import { readProfileLabel } from "../kubernetes/statefulSetPods.ts";
import { formatFaultLine, isProfile, type ProfileFault, readProfileDocuments } from "../profiles/load.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { PROFILE_API_VERSION } from "../profiles/schema.ts";
import { warnOfIgnoredFields } from "../profiles/warnOfIgnoredFields.ts";
import { explainHowToBuild, type ReadDocument, readDocuments, showFile } from "./documents.ts";
import { BadInput } from "./ending.ts";

export interface Workload {
  set: StatefulSet;
  /** the object as read from the file, for reviews */
  object: Readonly<Record<string, unknown>>;
  namespace: string;
}

export interface WorkloadInput {
  /** the subcommand, for messages */
  command: string;
  filename?: string | undefined;
  profiles?: string | undefined;
  namespace?: string | undefined;
}

/** @throws BadInput if there is nothing to work on */
export async function readWorkloads(
  input: WorkloadInput,
): Promise<{ workloads: Workload[]; profiles: Profiles }> {
  if (input.filename === undefined) throw new BadInput("missing option: -f FILE; see --help");
  if (input.filename === "-" && input.profiles === "-")
    throw new BadInput("standard input (-) can be read only once");
  const documents = await readDocuments(input.filename);
  const workloads = documents
    .filter(isStatefulSet)
    .map((document) => readWorkload(document, input.namespace ?? "default"))
    .filter(({ set }) => readProfileLabel(set) !== undefined);
  if (workloads.length === 0) {
    throw new BadInput(
      `${showFile(input.filename)}: no StatefulSet whose pod template has the label ` +
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

/** @param fallback the namespace of a StatefulSet without one */
export function readWorkload({ place, object }: ReadDocument, fallback: string): Workload {
  const read = readAs(statefulSet, object);
  if ("wrong" in read) throw new BadInput(`${place}: invalid StatefulSet: ${read.wrong}`);
  return { set: read.object, object, namespace: read.object.metadata.namespace ?? fallback };
}

/**
 * Loads the profiles of a file or folder, or by default of the documents. Warns of fields without an effect.
 * @throws BadInput if there are none, or one has a fault
 */
export async function loadProfilesFor(
  file: string | undefined,
  documents: readonly ReadDocument[],
): Promise<Profiles> {
  const candidates = file === undefined ? documents : await readDocuments(file);
  const found = candidates.filter(({ kind, object }) => isProfile(object["apiVersion"], kind));
  if (found.length === 0) {
    throw new BadInput(
      file === undefined
        ? "no profiles: set --profiles FILE, or add a RollcallProfile to the documents"
        : `${showFile(file)}: no RollcallProfile (${PROFILE_API_VERSION})`,
    );
  }
  const loaded = readProfileDocuments(found);
  if ("profiles" in loaded) {
    for (const profile of loaded.profiles.values())
      for (const warning of warnOfIgnoredFields(profile)) process.stderr.write(`Warning: ${warning}\n`);
    return loaded.profiles;
  }
  throw new BadInput(loaded.faults.map(formatFault).join("\nrollcall: "));
}

const formatFault = (fault: ProfileFault & { readonly document: ReadDocument }): string =>
  formatFaultLine(showFile(fault.document.file), fault);
