// Faults between the fields of a Generic profile: fields that require or exclude each other.
import { OWN_ENV } from "../../../init/contract/places.ts";
import { isLeft } from "../../../init/contract/plan.ts";
import { findRepeated, findRepeatedContainers, type SpecFault } from "../../../webhook/profiles/fault.ts";
import { findRangeFault } from "../../../webhook/profiles/range.ts";
import { type ApplicationS3, listS3Variables } from "../../../webhook/profiles/s3Env.ts";
import { POLICIES, type PolicyName } from "../../../webhook/profiles/scaleDown.ts";
import { findPerPod } from "../../../webhook/profiles/template.ts";

/** The fields that are checked against each other. */
interface GenericFields {
  containers: readonly string[];
  nodeID: { env: string; base: number; max: number; size?: number | undefined };
  env: readonly { name: string }[];
  s3?: ApplicationS3 | undefined;
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
      message: `a second step named ${JSON.stringify(name)}`,
    })),
    ...nameFaults(profile),
    ...findRepeatedContainers(containers),
  ];
}

function leaveFaults({ scaleDown: { leave, policy } }: GenericFields): SpecFault[] {
  if (leave === undefined && isLeft(POLICIES[policy])) {
    const message =
      `policy ${policy} requires leave, the commands by which a pod leaves: ` +
      `set leave: {run: [COMMAND], verify: [COMMAND]}, or policy: Allow or Deny`;
    return [{ path: ["scaleDown", "policy"], message }];
  }
  if (leave === undefined || isLeft(POLICIES[policy])) return [];
  const message =
    `with policy ${policy} pods do not leave, so these commands would never run; ` +
    `set policy: Managed or Drained, or remove leave`;
  return [{ path: ["scaleDown", "leave"], message }];
}

/** With a releaseID that differs between pods, each pod would run the release steps, and again at every restart. */
function releaseFaults({ releaseID, steps }: GenericFields): SpecFault[] {
  const own = findPerPod(releaseID);
  if (own === null || !steps.some(({ scope }) => scope === "Release")) return [];
  const message = `{${own}} differs between pods, but steps of scope Release are done once for all of them; remove it`;
  return [{ path: ["releaseID"], message }];
}

/** Steps and leave require markers. Markers and a lock in S3 require that the runner uses S3. */
function markerFaults({
  markers,
  lock,
  steps,
  scaleDown: { leave, policy },
  s3,
}: GenericFields): SpecFault[] {
  const [first] = [
    ...(steps.length > 0 ? [{ path: ["steps"], subject: "steps require" }] : []),
    ...(leave === undefined ? [] : [{ path: ["scaleDown", "leave"], subject: "leave requires" }]),
    ...(isLeft(POLICIES[policy])
      ? [{ path: ["scaleDown", "policy"], subject: `policy ${policy} requires` }]
      : []),
  ];
  const faults: SpecFault[] = [];
  if (first !== undefined && markers === undefined) {
    const message = `${first.subject} markers: name the volume that keeps them, markers: {volume: NAME}`;
    faults.push({ path: first.path, message });
  }
  const inS3 = [
    ...(markers !== undefined && markers.store !== "Volume"
      ? [{ path: ["markers", "store"], subject: "markers in S3 require" }]
      : []),
    ...(lock === "S3" ? [{ path: ["lock"], subject: "a lock in S3 requires" }] : []),
  ];
  if (s3?.usedBy.includes("Runner")) return faults;
  const example =
    s3 === undefined
      ? "s3: {endpoint: …, bucket: …, usedBy: [Runner]}"
      : "s3: {usedBy: [Application, Runner]}";
  return [
    ...faults,
    ...inS3.map(({ path, subject }) => ({ path, message: `${subject} that the runner uses S3: ${example}` })),
  ];
}

/** Every env variable has one source, and none has a name that Rollcall uses. */
function nameFaults({ nodeID, env, s3 }: GenericFields): SpecFault[] {
  const sources = [
    { path: ["nodeID", "env"], name: nodeID.env },
    ...env.map(({ name }, index) => ({ path: ["env", index, "name"], name })),
    ...listS3Variables(s3).map(({ name }) => ({ path: ["s3", "envNames"], name })),
  ];
  const repeated = findRepeated(sources.map(({ name }) => name)).map(([index, name]) => ({
    path: sources[index]?.path ?? [],
    message: `a second env variable named ${JSON.stringify(name)}`,
  }));
  const reserved = sources
    .filter(({ name }) => OWN_ENV.includes(name))
    .map(({ path, name }) => ({ path, message: `Rollcall uses the variable ${name}; choose another name` }));
  return [...repeated, ...reserved];
}
