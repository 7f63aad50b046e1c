// Changes the manifests of a Helm chart for Rollcall. Documents that need no change keep their text.
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { type Container, readAs, type StatefulSet, statefulSet } from "../../kubernetes/objects.ts";
import type { ChartHabits } from "../../profiles/chartHabits.ts";
import { listJobs } from "../check/listJobs.ts";
import { isRecord, parseDocuments, type ReadDocument } from "../documents.ts";
import { BadInput } from "../ending.ts";
import { isStatefulSet } from "../workload.ts";
import { listAdditions } from "./listAdditions.ts";
import { ManifestChanges } from "./manifestChanges.ts";

export interface PostRenderSettings {
  readonly profile: string;
  readonly name: string | undefined;
  readonly serviceAccount: string | undefined;
  readonly selector: boolean;
  readonly patchOnly: boolean;
}

export interface ChangedManifests {
  readonly text: string;
  /** what was changed, for people */
  readonly notes: readonly string[];
  /** Jobs that Helm would run as hooks and that are not among the manifests */
  readonly hiddenHooks: readonly string[];
}

/** Helm 4 annotates each manifest that it passes, hooks included. */
const FROM_HELM_4 = "postrenderer.helm.sh/postrender-filename";
const HOOK = "helm.sh/hook";

/** @throws BadInput if the manifests cannot be changed as asked */
export function changeManifests(
  text: string,
  settings: PostRenderSettings,
  charts: readonly ChartHabits[],
): ChangedManifests {
  const documents = parseDocuments("-", text);
  const changes = new ManifestChanges(text);
  const removedHooks = removeHooks(documents, charts, changes);
  const document = findSet(documents, settings.name);
  if (document === null) return { text: changes.apply([], null), notes: changes.notes, hiddenHooks: [] };
  const read = readAs(statefulSet, document.object);
  if ("wrong" in read) throw new BadInput(`${document.place}: invalid StatefulSet: ${read.wrong}`);
  const set = read.object;
  const before = { ...readAccount(document), labels: readLabels(document) };
  const account = settings.serviceAccount ?? before.account ?? set.metadata.name;
  changeSet(document, set, { settings, account, charts }, changes);
  publishAddresses(documents, set, changes);
  const added = settings.patchOnly
    ? []
    : listAdditions(documents, {
        set,
        labels: before.labels,
        account,
        isNewAccount: account !== before.account,
      });
  // Helm 3 passes no hooks; `helm template` prints them, too
  const areHooksPassed = documents.some((each) => readAnnotation(each, FROM_HELM_4) !== undefined);
  const hidden = areHooksPassed ? [] : charts.flatMap((chart) => chart.listConflictingHooks(set));
  return {
    text: changes.apply(added, document),
    notes: changes.notes,
    hiddenHooks: hidden.filter((name) => !removedHooks.includes(name)),
  };
}

/** Removes the hooks that do what Rollcall does, and the Services of their Jobs. @returns the names of the Jobs */
function removeHooks(
  documents: readonly ReadDocument[],
  charts: readonly ChartHabits[],
  changes: ManifestChanges,
): string[] {
  const hooks = documents.filter((document) => readAnnotation(document, HOOK) !== undefined);
  const jobs = hooks.filter((document) =>
    listJobs(String(readMetadata(document)["namespace"] ?? ""), [document], "").some((job) =>
      charts.some((chart) => chart.isConflictingHook(job)),
    ),
  );
  const names = jobs.map(({ name }) => name);
  const services = hooks.filter(({ kind, object }) => {
    const selector = isRecord(object["spec"]) ? object["spec"]["selector"] : undefined;
    return kind === "Service" && isRecord(selector) && names.includes(String(selector["job-name"]));
  });
  // the last first, because an item of a List is known by its index
  for (const document of documents
    .filter((each) => jobs.includes(each) || services.includes(each))
    .reverse()) {
    changes.remove(document);
    changes.notes.push(`removed the hook ${document.kind} ${document.name}, which acts beside Rollcall`);
  }
  return names;
}

/** null: the stream has hooks only, as Helm may pass them apart from the rest. */
function findSet(documents: readonly ReadDocument[], name: string | undefined): ReadDocument | null {
  const sets = documents.filter(isStatefulSet);
  const found = name === undefined ? sets : sets.filter((document) => document.name === name);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  if (sets.length === 0 && documents.every((document) => readAnnotation(document, HOOK) !== undefined))
    return null;
  const names = sets.map((document) => document.name).join(", ");
  const what =
    name === undefined ? "which StatefulSet is meant is unknown; set --name NAME" : `no StatefulSet ${name}`;
  throw new BadInput(`(standard input): ${what}. The manifests have ${names === "" ? "none" : names}`);
}

interface SetChanges {
  readonly settings: PostRenderSettings;
  readonly account: string;
  readonly charts: readonly ChartHabits[];
}

function changeSet(
  document: ReadDocument,
  set: StatefulSet,
  { settings: { profile, selector }, account, charts }: SetChanges,
  changes: ManifestChanges,
): void {
  const what = `StatefulSet ${set.metadata.name}`;
  const label = readLabels(document)[PROFILE_LABEL];
  if (label !== undefined && label !== profile)
    throw new BadInput(
      `${document.place}: ${what} has the label ${PROFILE_LABEL}: ${label}, and --profile is ${profile}; remove one of them`,
    );
  if (label === undefined) {
    changes.set(document, ["spec", "template", "metadata", "labels", PROFILE_LABEL], profile);
    changes.notes.push(`${what}: added the label ${PROFILE_LABEL}: ${profile}`);
  }
  if (selector && set.spec.selector?.matchLabels?.[PROFILE_LABEL] === undefined)
    changes.set(document, ["spec", "selector", "matchLabels", PROFILE_LABEL], profile);
  if (readAccount(document).account !== account) {
    changes.set(document, ["spec", "template", "spec", "serviceAccountName"], account);
    changes.notes.push(`${what}: set the service account ${account}`);
  }
  const inits = charts.flatMap((chart) => chart.listOwnInits(set));
  if (inits.length === 0) return;
  const volumes = listOwnVolumes(set, inits);
  changes.removeNamed(document, ["spec", "template", "spec", "initContainers"], inits);
  changes.removeNamed(document, ["spec", "template", "spec", "volumes"], volumes);
  changes.notes.push(
    `${what}: removed the init container ${inits.join(", ")}, which does what rollcall-init does`,
  );
}

/** The volumes that only these init containers mount. */
function listOwnVolumes({ spec }: StatefulSet, inits: readonly string[]): string[] {
  const { containers, initContainers } = spec.template.spec;
  const removed = (initContainers ?? []).filter(({ name }) => inits.includes(name));
  const others = [...containers, ...(initContainers ?? [])].filter((each) => !removed.includes(each));
  const used = new Set(others.flatMap(listMountNames));
  return removed.flatMap(listMountNames).filter((name) => !used.has(name));
}

const listMountNames = ({ volumeMounts }: Container): string[] =>
  (volumeMounts ?? []).map(({ name }) => name);

function publishAddresses(
  documents: readonly ReadDocument[],
  set: StatefulSet,
  changes: ManifestChanges,
): void {
  const name = set.spec.serviceName ?? "";
  const service = documents.find((document) => document.kind === "Service" && document.name === name);
  if (service === undefined) {
    changes.notes.push(
      `the manifests have no Service ${name}; it must have publishNotReadyAddresses: true, or no member can join`,
    );
    return;
  }
  const spec = isRecord(service.object["spec"]) ? service.object["spec"] : {};
  if (spec["publishNotReadyAddresses"] === true) return;
  changes.set(service, ["spec", "publishNotReadyAddresses"], true);
  changes.notes.push(`Service ${name}: set publishNotReadyAddresses`);
}

const readMetadata = ({ object }: ReadDocument): Record<string, unknown> =>
  isRecord(object["metadata"]) ? object["metadata"] : {};

function readAnnotation(document: ReadDocument, key: string): unknown {
  const { annotations } = readMetadata(document);
  return isRecord(annotations) ? annotations[key] : undefined;
}

function readTemplate({ object }: ReadDocument): Record<string, unknown> {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  return isRecord(spec["template"]) ? spec["template"] : {};
}

/** All labels of the pod template; the shape of a StatefulSet has only the profile's. */
function readLabels(document: ReadDocument): Record<string, string> {
  const { metadata } = readTemplate(document);
  const labels = isRecord(metadata) ? metadata["labels"] : undefined;
  return isRecord(labels)
    ? Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
    : {};
}

function readAccount(document: ReadDocument): { account: string | undefined } {
  const { spec } = readTemplate(document);
  if (!isRecord(spec)) return { account: undefined };
  const account = spec["serviceAccountName"] || spec["serviceAccount"];
  return { account: typeof account === "string" ? account : undefined };
}
