// Faulty lines of a profile and the expected faults: a table for refused.test.ts.
import { PLACEHOLDERS } from "../../../webhook/profiles/template.ts";
import { FIRST } from "./faults.ts";

const SEED = "{name: seed, scope: Pod, run: [a], verify: [b]}";
const LEAVE = "leave: {run: [a], verify: [b]}";
export const REFUSALS: readonly { what: string; lines: readonly string[]; expected: readonly string[] }[] = [
  {
    what: "an unknown key, at the key",
    lines: ["nodeID: {base: 1, max: 9, bas: 2}"],
    expected: [`${FIRST}:31: spec.generic.nodeID.bas: unknown field; did you mean base?`],
  },
  {
    what: "a wrong type, with its path",
    lines: ["steps: nothing"],
    expected: [`${FIRST}:12: spec.generic.steps: Invalid input: expected array, received string`],
  },
  {
    what: "a wrong type in a list, with its index",
    lines: [
      "markers: {volume: data}",
      "steps:",
      `- ${SEED}`,
      "- {name: next, scope: Pod, run: ls, verify: [b]}",
    ],
    expected: [`${FIRST + 3}:37: spec.generic.steps[1].run: Invalid input: expected array, received string`],
  },
  {
    what: "a missing field, at its parent",
    lines: ["markers: {path: x}"],
    expected: [
      `${FIRST}:14: spec.generic.markers.volume: required unless store is S3: the volume that keeps the markers`,
    ],
  },
  {
    what: "an unknown placeholder, by its name",
    lines: ['env: [{name: A, value: "x-{podname}"}]'],
    expected: [
      `${FIRST}:28: spec.generic.env[0].value: unknown placeholder {podname}; known are ${PLACEHOLDERS.join(", ")}; write "{{" for a literal brace`,
    ],
  },
  {
    what: "steps without markers",
    lines: [`steps: [${SEED}]`],
    expected: [
      `${FIRST}:12: spec.generic.steps: steps require markers: name the volume that keeps them, markers: {volume: NAME}`,
    ],
  },
  {
    what: "leave without markers",
    lines: [`scaleDown: {policy: Drained, minReplicas: 1, ${LEAVE}}`],
    expected: [
      `${FIRST}:50: spec.generic.scaleDown.leave: leave requires markers: name the volume that keeps them, markers: {volume: NAME}`,
    ],
  },
  {
    what: "a policy that requires leave, without markers",
    lines: [`scaleDown: {policy: Managed, minReplicas: 1, ${LEAVE}}`],
    expected: [
      `${FIRST}:50: spec.generic.scaleDown.leave: leave requires markers: name the volume that keeps them, markers: {volume: NAME}`,
    ],
  },
  ...(["Drained", "Managed"] as const).map((policy) => ({
    what: `policy ${policy} without leave`,
    lines: [`scaleDown: {policy: ${policy}, minReplicas: 1}`, "markers: {volume: data}"],
    expected: [
      `${FIRST}:25: spec.generic.scaleDown.policy: policy ${policy} requires leave, the commands by which a pod leaves: set leave: {run: [COMMAND], verify: [COMMAND]}, or policy: Allow or Deny`,
    ],
  })),
  {
    what: "a number where text is expected",
    lines: [
      'steps: [{name: s, scope: Pod, run: [sleep, 5], verify: ["true"], timeout: 90}]',
      "releaseID: 1.10",
      "lock: true",
    ],
    expected: [
      `${FIRST}:48: spec.generic.steps[0].run[1]: expected text, but 5 without quotes is a number: write "5"`,
      `${FIRST}:79: spec.generic.steps[0].timeout: a duration such as 30s, 10m or 1h`,
      `${FIRST + 1}:16: spec.generic.releaseID: expected text, but 1.10 without quotes is a number: write "1.10"`,
      `${FIRST + 2}:11: spec.generic.lock: Invalid option: expected one of "Lease"|"S3"`,
    ],
  },
  ...(["Allow", "Deny"] as const).map((policy) => ({
    what: `leave with policy ${policy}, which would never run it`,
    lines: [`scaleDown: {policy: ${policy}, minReplicas: 1, ${LEAVE}}`, "markers: {volume: data}"],
    expected: [
      `${FIRST}:${43 + policy.length}: spec.generic.scaleDown.leave: with policy ${policy} pods do not leave, so these commands would never run; set policy: Managed or Drained, or remove leave`,
    ],
  })),
  {
    what: "an unknown policy",
    lines: ["scaleDown: {policy: Manged, minReplicas: 1}"],
    expected: [
      `${FIRST}:25: spec.generic.scaleDown.policy: Invalid option: expected one of "Allow"|"Deny"|"Drained"|"Managed"`,
    ],
  },
  {
    what: "markers in S3 without S3",
    lines: ["markers: {store: S3}"],
    expected: [
      `${FIRST}:22: spec.generic.markers.store: markers in S3 require that the runner uses S3: s3: {endpoint: …, bucket: …, usedBy: [Runner]}`,
    ],
  },
  {
    what: "markers and a lock in S3 that the runner does not use",
    lines: ['s3: {endpoint: "http://s3", bucket: boot}', "markers: {store: Both, volume: data}", "lock: S3"],
    expected: [
      `${FIRST + 1}:22: spec.generic.markers.store: markers in S3 require that the runner uses S3: s3: {usedBy: [Application, Runner]}`,
      `${FIRST + 2}:11: spec.generic.lock: a lock in S3 requires that the runner uses S3: s3: {usedBy: [Application, Runner]}`,
    ],
  },
  {
    what: "a volume and a path for markers of store S3",
    lines: [
      's3: {endpoint: "http://s3", bucket: boot, usedBy: [Runner]}',
      "markers: {store: S3, volume: a, path: b}",
    ],
    expected: [
      `${FIRST + 1}:34: spec.generic.markers.volume: forbidden with store S3; with store Both, markers are kept on a volume as well`,
      `${FIRST + 1}:43: spec.generic.markers.path: forbidden with store S3; with store Both, markers are kept on a volume as well`,
    ],
  },
  {
    what: "a repeated user of S3",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, usedBy: [Application, Application]}'],
    expected: [`${FIRST}:55: spec.generic.s3.usedBy: Application and Runner, each at most once`],
  },
  {
    what: "keys in the URL, which would be visible in every pod",
    lines: ['s3: {endpoint: "http://key:secret@s3", bucket: boot}'],
    expected: [
      `${FIRST}:20: spec.generic.s3.endpoint: a URL without user and password: set keys by credentialsSecretName`,
    ],
  },
  {
    what: "a caBundle that is not a certificate",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, caBundle: /etc/ca.pem}'],
    expected: [`${FIRST}:57: spec.generic.s3.caBundle: one or more certificates in PEM format`],
  },
  {
    what: "an unknown key of a step",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a], scop: Release}]"],
    expected: [
      `${FIRST + 1}:13: spec.generic.steps[0].scope: required value`,
      `${FIRST + 1}:46: spec.generic.steps[0].scop: unknown field; did you mean scope?`,
    ],
  },
  {
    what: "a base above max",
    lines: ["nodeID: {base: 5, max: 4}"],
    expected: [`${FIRST}:5: spec.generic.nodeID: base 5 is above max 4`],
  },
  {
    what: "a repeated step name",
    lines: ["markers: {volume: data}", "steps:", `- ${SEED}`, `- ${SEED}`],
    expected: [`${FIRST + 3}:14: spec.generic.steps[1].name: a second step named "seed"`],
  },
  {
    what: "a repeated env variable",
    lines: ["env: [{name: A, value: x}, {name: A, value: z}]"],
    expected: [`${FIRST}:39: spec.generic.env[1].name: a second env variable named "A"`],
  },
  {
    what: "an env variable with the name of the NodeID's variable",
    lines: ["env: [{name: NODE_ID, value: x}]"],
    expected: [`${FIRST}:18: spec.generic.env[0].name: a second env variable named "NODE_ID"`],
  },
  {
    what: "a marker path outside of the volume",
    lines: ["markers: {volume: data, path: a/../../b}"],
    expected: [
      `${FIRST}:35: spec.generic.markers.path: a folder relative to the volume's root, without '..'`,
    ],
  },
  {
    what: "a timeout longer than the longest timer, which would fire at once",
    lines: [
      "markers: {volume: data}",
      "steps: [{name: a, scope: Pod, run: [a], verify: [a], timeout: 597h}]",
    ],
    expected: [`${FIRST + 1}:67: spec.generic.steps[0].timeout: a duration of at most 596h`],
  },
  {
    what: "a releaseID that differs between pods, with release steps",
    lines: [
      'releaseID: "{image}-{ordinal}"',
      "markers: {volume: data}",
      "steps: [{name: a, scope: Release, run: [a], verify: [a]}]",
    ],
    expected: [
      `${FIRST}:16: spec.generic.releaseID: {ordinal} differs between pods, but steps of scope Release are done once for all of them; remove it`,
    ],
  },
  {
    what: "several faults, in document order",
    lines: ["lock: loud", "bogus: 1"],
    expected: [
      `${FIRST}:11: spec.generic.lock: Invalid option: expected one of "Lease"|"S3"`,
      `${FIRST + 1}:5: spec.generic.bogus: unknown field`,
    ],
  },
  {
    what: "a missing minReplicas, since a misspelled one would protect nothing",
    lines: ["scaleDown: {policy: Managed, minReplica: 2, leave: {run: [a], verify: [b]}}"],
    expected: [
      `${FIRST}:16: spec.generic.scaleDown.minReplicas: required if policy is Drained or Managed: the fewest replicas that a scale-down may leave, such as 1`,
      `${FIRST}:34: spec.generic.scaleDown.minReplica: unknown field; did you mean minReplicas?`,
      `${FIRST}:49: spec.generic.scaleDown.leave: leave requires markers: name the volume that keeps them, markers: {volume: NAME}`,
    ],
  },
  {
    what: "a missing max",
    lines: ["nodeID: {base: 1}"],
    expected: [`${FIRST}:13: spec.generic.nodeID.max: required value`],
  },
  {
    what: "a missing scope",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a]}]"],
    expected: [`${FIRST + 1}:13: spec.generic.steps[0].scope: required value`],
  },
  {
    what: "a size beyond max",
    lines: ["nodeID: {base: 10, max: 12, size: 4}"],
    expected: [`${FIRST}:39: spec.generic.nodeID.size: base 10 with size 4 ends at 13, above max 12`],
  },
  {
    what: "an env variable that Rollcall uses",
    lines: ["env: [{name: ROLLCALL_PLAN, value: x}]"],
    expected: [
      `${FIRST}:18: spec.generic.env[0].name: Rollcall uses the variable ROLLCALL_PLAN; choose another name`,
    ],
  },
  {
    what: "an env variable that s3 defines as well",
    lines: ['s3: {endpoint: "http://s3", bucket: boot}', "env: [{name: ROLLCALL_S3_BUCKET, value: x}]"],
    expected: [`${FIRST}:9: spec.generic.s3.envNames: a second env variable named "ROLLCALL_S3_BUCKET"`],
  },
  {
    what: "a lock in S3 without s3",
    lines: ["markers: {volume: data}", "lock: S3"],
    expected: [
      `${FIRST + 1}:11: spec.generic.lock: a lock in S3 requires that the runner uses S3: s3: {endpoint: …, bucket: …, usedBy: [Runner]}`,
    ],
  },
  {
    what: "an absolute marker path",
    lines: ["markers: {volume: data, path: /abs}"],
    expected: [
      `${FIRST}:35: spec.generic.markers.path: a folder relative to the volume's root, without '..'`,
    ],
  },
];
