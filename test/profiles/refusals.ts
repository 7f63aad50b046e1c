// Lines of a profile and what is told of them: a table for the test beside it.
import { FIRST } from "./faults.ts";

const SEED = "{name: seed, run: [a], verify: [b]}";
export const REFUSALS: readonly { what: string; lines: readonly string[]; told: readonly string[] }[] = [
  {
    what: "an unknown key, at the key",
    lines: ["nodeId: {base: 1, bas: 2}"],
    told: [
      `${FIRST}:23: profiles.demo.nodeId.bas: unknown key "bas" in profiles.demo.nodeId; did you mean base?`,
    ],
  },
  {
    what: "a wrong type, with its path",
    lines: ["steps: nothing"],
    told: [`${FIRST}:12: profiles.demo.steps: Invalid input: expected array, received string`],
  },
  {
    what: "a wrong type in a list, with its index",
    lines: ["markers: {volume: data}", "steps:", `- ${SEED}`, "- {name: next, run: ls, verify: [b]}"],
    told: [`${FIRST + 3}:25: profiles.demo.steps.1.run: Invalid input: expected array, received string`],
  },
  {
    what: "a missing key, at the map where it is missing",
    lines: ["markers: {path: x}"],
    told: [`${FIRST}:14: profiles.demo.markers.volume: name the volume that keeps the marker, volume: NAME`],
  },
  {
    what: "an unknown placeholder, by its name",
    lines: ['env: [{name: A, value: "x-{podname}"}]'],
    told: [
      `${FIRST}:28: profiles.demo.env.0.value: unknown placeholder {podname}; known are podName, ordinal, nodeId, namespace, serviceName, statefulSet, image; "{{" writes a brace`,
    ],
  },
  {
    what: "steps without markers",
    lines: [`steps: [${SEED}]`],
    told: [
      `${FIRST}:12: profiles.demo.steps: steps need markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  {
    what: "leave without markers",
    lines: ["drop: {policy: drained}", "leave: {run: [a], verify: [b]}"],
    told: [
      `${FIRST + 1}:12: profiles.demo.leave: leave needs markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  {
    what: "a policy under which pods leave, without markers",
    lines: ["drop: {policy: managed}", "leave: {run: [a], verify: [b]}"],
    told: [
      `${FIRST + 1}:12: profiles.demo.leave: leave needs markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  ...(["drained", "managed"] as const).map((policy) => ({
    what: `drop policy ${policy} without the leave that it waits for`,
    lines: [`drop: {policy: ${policy}}`, "markers: {volume: data}"],
    told: [
      `${FIRST}:20: profiles.demo.drop.policy: drop policy ${policy} lets a pod go once it has left, and nothing says how: set leave: {run: [COMMAND], verify: [COMMAND]}, or drop: {policy: allow} or deny`,
    ],
  })),
  {
    what: "a number where text is expected",
    lines: [
      'steps: [{name: s, run: [sleep, 5], verify: ["true"], timeout: 90}]',
      "release: 1.10",
      "position: true",
    ],
    told: [
      `${FIRST}:36: profiles.demo.steps.0.run.1: expected text, and without quotes 5 is a number: write "5"`,
      `${FIRST}:67: profiles.demo.steps.0.timeout: a duration such as 30s, 10m or 1h`,
      `${FIRST + 1}:14: profiles.demo.release: expected text, and without quotes 1.10 is a number: write "1.10"`,
      `${FIRST + 2}:15: profiles.demo.position: expected text, and without quotes true is a boolean: write "true"`,
    ],
  },
  ...(["allow", "deny"] as const).map((policy) => ({
    what: `a leave that drop policy ${policy} would never run`,
    lines: [`drop: {policy: ${policy}}`, "markers: {volume: data}", "leave: {run: [a], verify: [b]}"],
    told: [
      `${FIRST + 2}:12: profiles.demo.leave: with drop policy ${policy} no pod ever leaves, so this would never run; set drop: {policy: managed} or drained, or take leave out`,
    ],
  })),
  {
    what: "a policy that there is not",
    lines: ["drop: {policy: manged}"],
    told: [
      `${FIRST}:20: profiles.demo.drop.policy: Invalid option: expected one of "allow"|"deny"|"drained"|"managed"`,
    ],
  },
  {
    what: "markers in S3 without S3",
    lines: ["markers: {store: s3}"],
    told: [
      `${FIRST}:22: profiles.demo.markers.store: markers in S3 need the runner to be let in: s3: {endpoint: …, bucket: …, for: [markers]}`,
    ],
  },
  {
    what: "markers and a lock in an S3 that is the application's alone",
    lines: ['s3: {endpoint: "http://s3", bucket: boot}', "markers: {store: both, volume: data}", "lock: s3"],
    told: [
      `${FIRST + 1}:22: profiles.demo.markers.store: markers in S3 need the runner to be let in: s3: {for: [app, markers]}`,
      `${FIRST + 2}:11: profiles.demo.lock: a lock in S3 needs the runner to be let in: s3: {for: [app, markers]}`,
    ],
  },
  {
    what: "a volume and a path for markers that are in S3 alone",
    lines: [
      's3: {endpoint: "http://s3", bucket: boot, for: [markers]}',
      "markers: {store: s3, volume: a, path: b}",
    ],
    told: [
      `${FIRST + 1}:34: profiles.demo.markers.volume: markers of store s3 have no volume; store: both keeps them on a volume, too`,
      `${FIRST + 1}:43: profiles.demo.markers.path: markers of store s3 have no path; store: both keeps them on a volume, too`,
    ],
  },
  {
    what: "an S3 that is for nobody, or twice for one",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, for: [app, app]}'],
    told: [`${FIRST}:52: profiles.demo.s3.for: app and markers, each at most once`],
  },
  {
    what: "keys in the URL, which would stand in every pod",
    lines: ['s3: {endpoint: "http://key:secret@s3", bucket: boot}'],
    told: [
      `${FIRST}:20: profiles.demo.s3.endpoint: a URL without user and password: keys come from credentialsSecret`,
    ],
  },
  {
    what: "a CA that is no certificate",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, ca: /etc/ca.pem}'],
    told: [`${FIRST}:51: profiles.demo.s3.ca: PEM text: -----BEGIN CERTIFICATE----- and so on`],
  },
  {
    what: "an unknown key of a step",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a], scop: release}]"],
    told: [
      `${FIRST + 1}:46: profiles.demo.steps.0.scop: unknown key "scop" in profiles.demo.steps.0; did you mean scope?`,
    ],
  },
  {
    what: "a base above max",
    lines: ["nodeId: {base: 5, max: 4}"],
    told: [`${FIRST}:13: profiles.demo.nodeId: base 5 is above max 4: no pod could get a number`],
  },
  {
    what: "a second step of one name",
    lines: ["markers: {volume: data}", "steps:", `- ${SEED}`, `- ${SEED}`],
    told: [`${FIRST + 3}:14: profiles.demo.steps.1.name: a second step of the name "seed"`],
  },
  {
    what: "a second env variable of one name",
    lines: ["env: [{name: A, value: x}, {name: A, value: y}]"],
    told: [`${FIRST}:39: profiles.demo.env.1.name: a second env variable of the name "A"`],
  },
  {
    what: "an env variable of the number's name",
    lines: ["env: [{name: NODE_ID, value: x}]"],
    told: [`${FIRST}:18: profiles.demo.env.0.name: a second env variable of the name "NODE_ID"`],
  },
  {
    what: "a path for markers that leads out of the volume",
    lines: ["markers: {volume: data, path: a/../../b}"],
    told: [`${FIRST}:35: profiles.demo.markers.path: a folder relative to the volume's root, without '..'`],
  },
  {
    what: "a timeout longer than a timer can wait, which would end at once",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a], timeout: 597h}]"],
    told: [`${FIRST + 1}:55: profiles.demo.steps.0.timeout: a duration of at most 596h`],
  },
  {
    what: "a release of its own for each pod, where steps are done once for all",
    lines: [
      'release: "{image}-{ordinal}"',
      "markers: {volume: data}",
      "steps: [{name: a, scope: release, run: [a], verify: [a]}]",
    ],
    told: [
      `${FIRST}:14: profiles.demo.release: {ordinal} is another in each pod, and steps of scope release are done once for all of them; take it out`,
    ],
  },
  {
    what: "several faults, in the order of the text",
    lines: ["mode: loud", "bogus: 1"],
    told: [
      `${FIRST}:11: profiles.demo.mode: Invalid option: expected one of "enforce"|"warn"`,
      `${FIRST + 1}:5: profiles.demo.bogus: unknown key "bogus" in profiles.demo`,
    ],
  },
];
