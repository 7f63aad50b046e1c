// The schema of profiles.yaml: what an operator may write (DESIGN: the user's interface). Descriptions here
// are what `rollcall schema` gives to editors.
import { z } from "zod";
import { stepName } from "../../init/contract/plan.ts";
import { parseTemplate } from "./template.ts";

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "lower case letters, digits and '-', at most 63 characters");

// what the API server accepts since 1.30: any printable ASCII but '='
const envName = z.string().regex(/^[\x20-\x3c\x3e-\x7e]+$/, "printable ASCII characters without '='");

const argv = z.array(z.string()).min(1).describe("A command as a list of words; no shell is involved");

const template = z.string().superRefine((text, context) => {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) context.addIssue({ code: "custom", message: parsed.wrong });
});

const DURATION = /^([1-9][0-9]*)(s|m|h)$/;
const UNIT_SECONDS = { s: 1, m: 60, h: 3600 } as const;
/** Timers count milliseconds in 31 bits; a longer one would end at once. */
const LONGEST_S = Math.floor((2 ** 31 - 1) / 1000);

/** "30s", "10m", "1h" in seconds. */
const duration = z
  .string()
  .regex(DURATION, "a duration such as 30s, 10m or 1h")
  .refine((text) => !(secondsOf(text) > LONGEST_S), "a duration of at most 596h")
  .describe("A duration such as 30s, 10m or 1h");

export function secondsOf(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Number(number) * UNIT_SECONDS[(unit ?? "s") as keyof typeof UNIT_SECONDS];
}

const step = z.strictObject({
  name: stepName.describe("Names the step in logs, markers and messages"),
  scope: z.literal("pod").default("pod").describe("pod: once for each pod and its volume"),
  run: argv.describe("Does the work. Its exit code is told, but verify decides"),
  verify: argv.describe("Proves the work: exit 0. Only then the step is marked as done"),
  still: argv.optional().describe("A cheaper verify for a step that is marked already"),
  timeout: duration.default("10m").describe("Limit for each command of the step"),
});

const markers = z.strictObject({
  store: z.literal("pvc").default("pvc"),
  volume: dnsLabel.describe("The pod's volume (or volume claim template) that keeps the marker"),
  path: z
    .string()
    .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).*[^/]$/, "a folder relative to the volume's root, without '..'")
    .default(".rollcall")
    .describe("Folder for the marker, from the volume's root"),
});

const nodeId = z.strictObject({
  env: envName.default("NODE_ID").describe("The env variable that carries the number"),
  base: z.number().int().min(0).default(1).describe("The number of ordinal 0"),
  max: z.number().int().min(0).default(999).describe("The largest number that is given out"),
});

const genericShape = z.strictObject({
  kind: z.literal("generic"),
  mode: z
    .enum(["enforce", "warn"])
    .default("enforce")
    .describe("warn: nothing is changed or denied, everything told"),
  namespaces: z
    .array(z.union([z.literal("*"), dnsLabel]))
    .min(1)
    .describe('Namespaces whose workloads may pick this profile; "*" for all'),
  containers: z
    .array(dnsLabel)
    .min(1)
    .describe("Containers that get the number; the image of the first one runs the steps"),
  nodeId: nodeId.prefault({}),
  env: z
    .array(z.strictObject({ name: envName, value: template }))
    .default([])
    .describe("More env variables; values may hold {podName}, {nodeId} and the like"),
  release: template.default("{image}").describe("What makes a release: another one runs the steps again"),
  markers: markers.optional(),
  steps: z.array(step).default([]),
});

/** What no single field can say. */
export const generic = genericShape.superRefine((profile, context) => {
  const fault = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  const { base, max } = profile.nodeId;
  if (base > max) fault(["nodeId"], `base ${base} is above max ${max}: no pod could get a number`);
  if (profile.steps.length > 0 && profile.markers === undefined) {
    fault(["steps"], "steps need markers: name the volume that keeps the proof, markers: {volume: NAME}");
  }
  for (const [index, name] of repeated(profile.steps.map((each) => each.name))) {
    fault(["steps", index, "name"], `a second step of the name ${JSON.stringify(name)}`);
  }
  const variables = [profile.nodeId.env, ...profile.env.map((each) => each.name)];
  for (const [index, name] of repeated(variables)) {
    fault(["env", index - 1, "name"], `a second env variable of the name ${JSON.stringify(name)}`);
  }
  for (const [index, name] of repeated(profile.containers)) {
    fault(["containers", index], `container ${JSON.stringify(name)} is named twice`);
  }
});

function repeated(names: readonly string[]): [number, string][] {
  return [...names.entries()].filter(([index, name]) => names.indexOf(name) !== index);
}

export const profilesFile = z.strictObject(
  { profiles: z.record(dnsLabel, generic) },
  "expected a map with the key profiles, and below it profiles by name",
);

export type GenericProfile = z.infer<typeof generic>;
