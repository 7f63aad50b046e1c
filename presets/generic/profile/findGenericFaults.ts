// What no single field of a Generic profile can say: fields that need or exclude each other.
import { OWN_ENV } from "../../../init/contract/places.ts";
import { isLeft } from "../../../init/contract/plan.ts";
import { findRepeated, findRepeatedContainers, type SpecFault } from "../../../webhook/profiles/fault.ts";
import { findRangeFault } from "../../../webhook/profiles/range.ts";
import { listS3Variables, type S3ForApp } from "../../../webhook/profiles/s3Env.ts";
import { POLICIES, type PolicyName } from "../../../webhook/profiles/scaleDown.ts";
import { findPerPod } from "../../../webhook/profiles/template.ts";

/** The fields of a Generic profile that concern each other. */
interface GenericFields {
  containers: readonly string[];
  nodeID: { env: string; base: number; max: number; size?: number | undefined };
  env: readonly { name: string }[];
  s3?: S3ForApp | undefined;
  markers?: { store: string } | undefined;
  lock: "Lease" | "S3";
  releaseID: string;
  steps: readonly { name: string; scope: "Pod" | "Release" }[];
  scaleDown: { policy: PolicyName; leave?: unknown };
}

export function findGenericFaults(profile: GenericFields): SpecFault[] {
  const { nodeID, steps, containers } = profile;
  const range = findRangeFault(nodeID);
  return [
    ...(range === null ? [] : [{ ...range, path: ["nodeID", ...range.path] }]),
    ...leaveFaults(profile),
    ...markerFaults(profile),
    ...releaseFaults(profile),
    ...findRepeated(steps.map(({ name }) => name)).map(([index, name]) => ({
      path: ["steps", index, "name"],
      message: `a second step of the name ${JSON.stringify(name)}`,
    })),
    ...nameFaults(profile),
    ...findRepeatedContainers(containers),
  ];
}

function leaveFaults({ scaleDown: { leave, policy } }: GenericFields): SpecFault[] {
  if (leave === undefined && isLeft(POLICIES[policy])) {
    const message =
      `policy ${policy} lets a pod go once it has left, and nothing says how: ` +
      `set leave: {run: [COMMAND], verify: [COMMAND]}, or policy: Allow or Deny`;
    return [{ path: ["scaleDown", "policy"], message }];
  }
  if (leave === undefined || isLeft(POLICIES[policy])) return [];
  const message =
    `with policy ${policy} no pod leaves, so this would never run; ` +
    `set policy: Managed or Drained, or remove leave`;
  return [{ path: ["scaleDown", "leave"], message }];
}

/** A release that each pod calls by another name would be done by each, and again at every restart. */
function releaseFaults({ releaseID, steps }: GenericFields): SpecFault[] {
  const own = findPerPod(releaseID);
  if (own === null || !steps.some(({ scope }) => scope === "Release")) return [];
  const message = `{${own}} differs from pod to pod, and steps of scope Release are done once for all of them; remove it`;
  return [{ path: ["releaseID"], message }];
}

/** Steps and leaving need a place for their proof, and a place in S3 needs the runner to use it. */
function markerFaults({
  markers,
  lock,
  steps,
  scaleDown: { leave, policy },
  s3,
}: GenericFields): SpecFault[] {
  const needing = [
    ...(steps.length > 0 ? [{ path: ["steps"], what: "steps need" }] : []),
    ...(leave === undefined ? [] : [{ path: ["scaleDown", "leave"], what: "leave needs" }]),
    ...(isLeft(POLICIES[policy]) ? [{ path: ["scaleDown", "policy"], what: `policy ${policy} needs` }] : []),
  ];
  const [first] = needing;
  const faults: SpecFault[] = [];
  if (first !== undefined && markers === undefined) {
    const message = `${first.what} markers: name the volume that keeps the proof, markers: {volume: NAME}`;
    faults.push({ path: first.path, message });
  }
  const inS3 = [
    ...(markers !== undefined && markers.store !== "Volume"
      ? [{ path: ["markers", "store"], what: "markers in S3 need" }]
      : []),
    ...(lock === "S3" ? [{ path: ["lock"], what: "a lock in S3 needs" }] : []),
  ];
  if (s3?.usedBy.includes("Runner")) return faults;
  const how =
    s3 === undefined
      ? "s3: {endpoint: …, bucket: …, usedBy: [Runner]}"
      : "s3: {usedBy: [Application, Runner]}";
  return [
    ...faults,
    ...inS3.map(({ path, what }) => ({ path, message: `${what} the runner to use S3: ${how}` })),
  ];
}

/** Every env variable has one source, and none of them is ours. */
function nameFaults({ nodeID, env, s3 }: GenericFields): SpecFault[] {
  const sources = [
    { path: ["nodeID", "env"], name: nodeID.env },
    ...env.map(({ name }, index) => ({ path: ["env", index, "name"], name })),
    ...listS3Variables(s3).map(({ name }) => ({ path: ["s3", "envNames"], name })),
  ];
  const second = findRepeated(sources.map(({ name }) => name)).map(([index, name]) => ({
    path: sources[index]?.path ?? [],
    message: `a second env variable of the name ${JSON.stringify(name)}`,
  }));
  const ours = sources
    .filter(({ name }) => OWN_ENV.includes(name))
    .map(({ path, name }) => ({ path, message: `${name} is Rollcall's own; choose another name` }));
  return [...second, ...ours];
}
