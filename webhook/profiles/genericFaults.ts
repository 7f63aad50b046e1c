// What no single field of a generic profile can say: fields that need or exclude each other.
import { OWN_ENV } from "../../init/contract/places.ts";
import type { DropPolicy } from "../../init/contract/plan.ts";
import { isLeft } from "./leave.ts";
import { rangeFault } from "./range.ts";
import { type S3ForApp, s3Variables } from "./s3Env.ts";
import { findPerPod } from "./template.ts";

export interface Fault {
  path: (string | number)[];
  message: string;
}

/** The fields of a generic profile that concern each other. */
interface Written {
  containers: readonly string[];
  nodeId: { env: string; base: number; max: number; size?: number | undefined };
  env: readonly { name: string }[];
  s3?: S3ForApp | undefined;
  markers?: { store: string } | undefined;
  lock: "lease" | "s3";
  release: string;
  steps: readonly { name: string; scope: "pod" | "release" }[];
  leave?: unknown;
  drop: { policy: DropPolicy };
}

export function faultsOfGeneric(profile: Written): Fault[] {
  const { nodeId, steps, containers } = profile;
  const range = rangeFault(nodeId);
  return [
    ...(range === null ? [] : [{ ...range, path: ["nodeId", ...range.path] }]),
    ...leaveFaults(profile),
    ...markerFaults(profile),
    ...releaseFaults(profile),
    ...repeated(steps.map(({ name }) => name)).map(([index, name]) => ({
      path: ["steps", index, "name"],
      message: `a second step of the name ${JSON.stringify(name)}`,
    })),
    ...nameFaults(profile),
    ...repeated(containers).map(([index, name]) => ({
      path: ["containers", index],
      message: `container ${JSON.stringify(name)} is named twice`,
    })),
  ];
}

function leaveFaults({ leave, drop: { policy } }: Written): Fault[] {
  if (leave === undefined && isLeft(policy)) {
    const message =
      `drop policy ${policy} lets a pod go once it has left, and nothing says how: ` +
      `set leave: {run: [COMMAND], verify: [COMMAND]}, or drop: {policy: allow} or deny`;
    return [{ path: ["drop", "policy"], message }];
  }
  if (leave === undefined || isLeft(policy)) return [];
  const message =
    `with drop policy ${policy} no pod ever leaves, so this would never run; ` +
    `set drop: {policy: managed} or drained, or take leave out`;
  return [{ path: ["leave"], message }];
}

/** A release that each pod calls by another name would be done by each, and again at every restart. */
function releaseFaults({ release, steps }: Written): Fault[] {
  const own = findPerPod(release);
  if (own === null || !steps.some(({ scope }) => scope === "release")) return [];
  const message = `{${own}} is another in each pod, and steps of scope release are done once for all of them; take it out`;
  return [{ path: ["release"], message }];
}

/** What is to be done needs a place for its proof, and a place in S3 needs the runner to be let in. */
function markerFaults({ markers, lock, steps, leave, drop: { policy }, s3 }: Written): Fault[] {
  const needing = [
    ...(steps.length > 0 ? [{ path: ["steps"], what: "steps need" }] : []),
    ...(leave === undefined ? [] : [{ path: ["leave"], what: "leave needs" }]),
    ...(isLeft(policy) ? [{ path: ["drop", "policy"], what: `drop policy ${policy} needs` }] : []),
  ];
  const [first] = needing;
  const faults: Fault[] = [];
  if (first !== undefined && markers === undefined) {
    const message = `${first.what} markers: name the volume that keeps the proof, markers: {volume: NAME}`;
    faults.push({ path: first.path, message });
  }
  const inS3 = [
    ...(markers !== undefined && markers.store !== "pvc"
      ? [{ path: ["markers", "store"], what: "markers in S3 need" }]
      : []),
    ...(lock === "s3" ? [{ path: ["lock"], what: "a lock in S3 needs" }] : []),
  ];
  if (s3?.for.includes("markers")) return faults;
  const how = s3 === undefined ? "s3: {endpoint: …, bucket: …, for: [markers]}" : "s3: {for: [app, markers]}";
  return [
    ...faults,
    ...inS3.map(({ path, what }) => ({ path, message: `${what} the runner to be let in: ${how}` })),
  ];
}

/** Every env variable has one source, and none of them is ours. */
function nameFaults({ nodeId, env, s3 }: Written): Fault[] {
  const sources = [
    { path: ["nodeId", "env"], name: nodeId.env },
    ...env.map(({ name }, index) => ({ path: ["env", index, "name"], name })),
    ...s3Variables(s3).map(({ name }) => ({ path: ["s3", "env"], name })),
  ];
  const second = repeated(sources.map(({ name }) => name)).map(([index, name]) => ({
    path: sources[index]?.path ?? [],
    message: `a second env variable of the name ${JSON.stringify(name)}`,
  }));
  const ours = sources
    .filter(({ name }) => OWN_ENV.includes(name))
    .map(({ path, name }) => ({ path, message: `${name} is Rollcall's own; choose another name` }));
  return [...second, ...ours];
}

function repeated(names: readonly string[]): [number, string][] {
  return [...names.entries()].filter(([index, name]) => names.indexOf(name) !== index);
}
