// Lines of a profile and what is told of them: a table for the test beside it.
import { PLACEHOLDERS } from "../../../webhook/profiles/template.ts";
import { FIRST } from "./faults.ts";

const SEED = "{name: seed, scope: Pod, run: [a], verify: [b]}";
const LEAVE = "leave: {run: [a], verify: [b]}";
export const REFUSALS: readonly { what: string; lines: readonly string[]; told: readonly string[] }[] = [
  {
    what: "an unknown key, at the key",
    lines: ["nodeID: {base: 1, max: 9, bas: 2}"],
    told: [`${FIRST}:31: spec.generic.nodeID.bas: unknown field; did you mean base?`],
  },
  {
    what: "a wrong type, with its path",
    lines: ["steps: nothing"],
    told: [`${FIRST}:12: spec.generic.steps: Invalid input: expected array, received string`],
  },
  {
    what: "a wrong type in a list, with its index",
    lines: [
      "markers: {volume: data}",
      "steps:",
      `- ${SEED}`,
      "- {name: next, scope: Pod, run: ls, verify: [b]}",
    ],
    told: [`${FIRST + 3}:37: spec.generic.steps[1].run: Invalid input: expected array, received string`],
  },
  {
    what: "a missing key, at the map where it is missing",
    lines: ["markers: {path: x}"],
    told: [`${FIRST}:14: spec.generic.markers.volume: name the volume that keeps the markers, volume: NAME`],
  },
  {
    what: "an unknown placeholder, by its name",
    lines: ['env: [{name: A, value: "x-{podname}"}]'],
    told: [
      `${FIRST}:28: spec.generic.env[0].value: unknown placeholder {podname}; known are ${PLACEHOLDERS.join(", ")}; "{{" writes a brace`,
    ],
  },
  {
    what: "steps without markers",
    lines: [`steps: [${SEED}]`],
    told: [
      `${FIRST}:12: spec.generic.steps: steps need markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  {
    what: "leave without markers",
    lines: [`scaleDown: {policy: Drained, minReplicas: 1, ${LEAVE}}`],
    told: [
      `${FIRST}:50: spec.generic.scaleDown.leave: leave needs markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  {
    what: "a policy under which pods leave, without markers",
    lines: [`scaleDown: {policy: Managed, minReplicas: 1, ${LEAVE}}`],
    told: [
      `${FIRST}:50: spec.generic.scaleDown.leave: leave needs markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  ...(["Drained", "Managed"] as const).map((policy) => ({
    what: `policy ${policy} without the leave that it waits for`,
    lines: [`scaleDown: {policy: ${policy}, minReplicas: 1}`, "markers: {volume: data}"],
    told: [
      `${FIRST}:25: spec.generic.scaleDown.policy: policy ${policy} lets a pod go once it has left, and nothing says how: set leave: {run: [COMMAND], verify: [COMMAND]}, or policy: Allow or Deny`,
    ],
  })),
  {
    what: "a number where text is expected",
    lines: [
      'steps: [{name: s, scope: Pod, run: [sleep, 5], verify: ["true"], timeout: 90}]',
      "releaseID: 1.10",
      "lock: true",
    ],
    told: [
      `${FIRST}:48: spec.generic.steps[0].run[1]: expected text, and without quotes 5 is a number: write "5"`,
      `${FIRST}:79: spec.generic.steps[0].timeout: a duration such as 30s, 10m or 1h`,
      `${FIRST + 1}:16: spec.generic.releaseID: expected text, and without quotes 1.10 is a number: write "1.10"`,
      `${FIRST + 2}:11: spec.generic.lock: Invalid option: expected one of "Lease"|"S3"`,
    ],
  },
  ...(["Allow", "Deny"] as const).map((policy) => ({
    what: `a leave that policy ${policy} would never run`,
    lines: [`scaleDown: {policy: ${policy}, minReplicas: 1, ${LEAVE}}`, "markers: {volume: data}"],
    told: [
      `${FIRST}:${43 + policy.length}: spec.generic.scaleDown.leave: with policy ${policy} no pod leaves, so this would never run; set policy: Managed or Drained, or remove leave`,
    ],
  })),
  {
    what: "a policy that there is not",
    lines: ["scaleDown: {policy: Manged, minReplicas: 1}"],
    told: [
      `${FIRST}:25: spec.generic.scaleDown.policy: Invalid option: expected one of "Allow"|"Deny"|"Drained"|"Managed"`,
    ],
  },
  {
    what: "markers in S3 without S3",
    lines: ["markers: {store: S3}"],
    told: [
      `${FIRST}:22: spec.generic.markers.store: markers in S3 need the runner to use S3: s3: {endpoint: …, bucket: …, usedBy: [Runner]}`,
    ],
  },
  {
    what: "markers and a lock in an S3 that is the application's alone",
    lines: ['s3: {endpoint: "http://s3", bucket: boot}', "markers: {store: Both, volume: data}", "lock: S3"],
    told: [
      `${FIRST + 1}:22: spec.generic.markers.store: markers in S3 need the runner to use S3: s3: {usedBy: [Application, Runner]}`,
      `${FIRST + 2}:11: spec.generic.lock: a lock in S3 needs the runner to use S3: s3: {usedBy: [Application, Runner]}`,
    ],
  },
  {
    what: "a volume and a path for markers that are in S3 alone",
    lines: [
      's3: {endpoint: "http://s3", bucket: boot, usedBy: [Runner]}',
      "markers: {store: S3, volume: a, path: b}",
    ],
    told: [
      `${FIRST + 1}:34: spec.generic.markers.volume: markers of store S3 have no volume; store: Both keeps them on a volume, too`,
      `${FIRST + 1}:43: spec.generic.markers.path: markers of store S3 have no path; store: Both keeps them on a volume, too`,
    ],
  },
  {
    what: "an S3 that is for nobody, or twice for one",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, usedBy: [Application, Application]}'],
    told: [`${FIRST}:55: spec.generic.s3.usedBy: Application and Runner, each at most once`],
  },
  {
    what: "keys in the URL, which would stand in every pod",
    lines: ['s3: {endpoint: "http://key:secret@s3", bucket: boot}'],
    told: [
      `${FIRST}:20: spec.generic.s3.endpoint: a URL without user and password: keys come from credentialsSecretName`,
    ],
  },
  {
    what: "a CA that is no certificate",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, caBundle: /etc/ca.pem}'],
    told: [`${FIRST}:57: spec.generic.s3.caBundle: PEM text: -----BEGIN CERTIFICATE----- and so on`],
  },
  {
    what: "an unknown key of a step",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a], scop: Release}]"],
    told: [
      `${FIRST + 1}:13: spec.generic.steps[0].scope: required value`,
      `${FIRST + 1}:46: spec.generic.steps[0].scop: unknown field; did you mean scope?`,
    ],
  },
  {
    what: "a base above max",
    lines: ["nodeID: {base: 5, max: 4}"],
    told: [`${FIRST}:5: spec.generic.nodeID: base 5 is above max 4: no pod could get a number`],
  },
  {
    what: "a second step of one name",
    lines: ["markers: {volume: data}", "steps:", `- ${SEED}`, `- ${SEED}`],
    told: [`${FIRST + 3}:14: spec.generic.steps[1].name: a second step of the name "seed"`],
  },
  {
    what: "a second env variable of one name",
    lines: ["env: [{name: A, value: x}, {name: A, value: z}]"],
    told: [`${FIRST}:39: spec.generic.env[1].name: a second env variable of the name "A"`],
  },
  {
    what: "an env variable of the number's name",
    lines: ["env: [{name: NODE_ID, value: x}]"],
    told: [`${FIRST}:18: spec.generic.env[0].name: a second env variable of the name "NODE_ID"`],
  },
  {
    what: "a path for markers that leads out of the volume",
    lines: ["markers: {volume: data, path: a/../../b}"],
    told: [`${FIRST}:35: spec.generic.markers.path: a folder relative to the volume's root, without '..'`],
  },
  {
    what: "a timeout longer than a timer can wait, which would end at once",
    lines: [
      "markers: {volume: data}",
      "steps: [{name: a, scope: Pod, run: [a], verify: [a], timeout: 597h}]",
    ],
    told: [`${FIRST + 1}:67: spec.generic.steps[0].timeout: a duration of at most 596h`],
  },
  {
    what: "a release of its own for each pod, where steps are done once for all",
    lines: [
      'releaseID: "{image}-{ordinal}"',
      "markers: {volume: data}",
      "steps: [{name: a, scope: Release, run: [a], verify: [a]}]",
    ],
    told: [
      `${FIRST}:16: spec.generic.releaseID: {ordinal} differs from pod to pod, and steps of scope Release are done once for all of them; remove it`,
    ],
  },
  {
    what: "several faults, in the order of the text",
    lines: ["lock: loud", "bogus: 1"],
    told: [
      `${FIRST}:11: spec.generic.lock: Invalid option: expected one of "Lease"|"S3"`,
      `${FIRST + 1}:5: spec.generic.bogus: unknown field`,
    ],
  },
  {
    what: "a minimum of replicas that is missing, since a misspelled one would protect nothing",
    lines: ["scaleDown: {policy: Allow, minReplica: 2}"],
    told: [
      `${FIRST}:16: spec.generic.scaleDown.minReplicas: required unless policy is Deny: the fewest replicas that a scale-down may leave, such as 1`,
      `${FIRST}:32: spec.generic.scaleDown.minReplica: unknown field; did you mean minReplicas?`,
    ],
  },
  {
    what: "an upper number that is missing",
    lines: ["nodeID: {base: 1}"],
    told: [`${FIRST}:13: spec.generic.nodeID.max: required value`],
  },
  {
    what: "a scope that is missing",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a]}]"],
    told: [`${FIRST + 1}:13: spec.generic.steps[0].scope: required value`],
  },
  {
    what: "a size beyond max",
    lines: ["nodeID: {base: 10, max: 12, size: 4}"],
    told: [`${FIRST}:39: spec.generic.nodeID.size: base 10 and size 4 reach 13, above max 12`],
  },
  {
    what: "an env variable of Rollcall's own",
    lines: ["env: [{name: ROLLCALL_PLAN, value: x}]"],
    told: [`${FIRST}:18: spec.generic.env[0].name: ROLLCALL_PLAN is Rollcall's own; choose another name`],
  },
  {
    what: "an env variable that S3 has, too",
    lines: ['s3: {endpoint: "http://s3", bucket: boot}', "env: [{name: ROLLCALL_S3_BUCKET, value: x}]"],
    told: [`${FIRST}:9: spec.generic.s3.envNames: a second env variable of the name "ROLLCALL_S3_BUCKET"`],
  },
  {
    what: "a lock in an S3 that there is not",
    lines: ["markers: {volume: data}", "lock: S3"],
    told: [
      `${FIRST + 1}:11: spec.generic.lock: a lock in S3 needs the runner to use S3: s3: {endpoint: …, bucket: …, usedBy: [Runner]}`,
    ],
  },
  {
    what: "a path for markers that is absolute",
    lines: ["markers: {volume: data, path: /abs}"],
    told: [`${FIRST}:35: spec.generic.markers.path: a folder relative to the volume's root, without '..'`],
  },
];
