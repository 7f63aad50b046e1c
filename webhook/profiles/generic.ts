// The kind `generic` of profile: numbers, env, steps that the operator writes.
import { z } from "zod";
import { OWN_ENV } from "../../init/contract/places.ts";
import { stepName } from "../../init/contract/plan.ts";
import { argv, dnsLabel, dnsName, duration, envName, position, resources, template } from "./fields.ts";
import { s3, s3Variables } from "./s3.ts";

const step = z.strictObject({
  name: stepName.describe("Names the step in logs, markers and messages"),
  scope: z.literal("pod").default("pod").describe("pod: once for each pod and its volume"),
  run: argv.describe("Does the work. Its exit code is told, but verify decides"),
  verify: argv.describe("Proves the work: exit 0. Only then the step is marked as done"),
  still: argv.optional().describe("A cheaper verify for a step that is marked already"),
  timeout: duration.default("10m").describe("Limit for each command of the step"),
  retries: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe("How often it is tried again, with growing pauses"),
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
  pool: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe(
      "A name, cluster-wide: StatefulSets whose numbers must differ share one, each by a profile of its own",
    ),
  size: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe("How many numbers a StatefulSet reserves, base..base+size-1; default: up to max"),
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
    .describe(
      "Containers, init containers and sidecars that get the number; the image of the first one runs the steps",
    ),
  nodeId: nodeId.prefault({}),
  env: z
    .array(z.strictObject({ name: envName, value: template }))
    .default([])
    .describe("More env variables; values may hold {podName}, {nodeId} and the like"),
  envFrom: z
    .array(
      z.strictObject({
        prefix: z.string().optional(),
        configMapRef: z.strictObject({ name: dnsName, optional: z.boolean().optional() }),
      }),
    )
    .default([])
    .describe(
      "ConfigMaps of the workload's namespace whose keys become env; what the container has itself wins",
    ),
  s3: s3.optional(),
  release: template.default("{image}").describe("What makes a release: another one runs the steps again"),
  markers: markers.optional(),
  steps: z.array(step).default([]),
  position: position
    .default("first")
    .describe(
      "Where our init containers go: first (but after the sidecars named below), last, before:NAME, after:NAME",
    ),
  sidecars: z
    .array(dnsLabel)
    .default([])
    .describe("Native sidecars that the steps need: ours come after them"),
  resources: resources
    .optional()
    .describe("Of rollcall-init; default: what the application container asks for"),
  runner: z
    .enum(["copy", "image"])
    .default("copy")
    .describe(
      "image: mounted as an image volume, where the nodes' runtimes can do that; no copy, no rollcall-install",
    ),
  selectorLabel: z
    .enum(["require", "warn"])
    .default("warn")
    .describe(
      "A StatefulSet whose selector lacks the label rollcall.dev/profile: refused at CREATE, or warned of",
    ),
});

/** What no single field can say. */
export const generic = genericShape.superRefine((profile, context) => {
  const fault = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  const { base, max, size } = profile.nodeId;
  if (base > max) fault(["nodeId"], `base ${base} is above max ${max}: no pod could get a number`);
  if (size !== undefined && base + size - 1 > max) {
    fault(["nodeId", "size"], `base ${base} and size ${size} reach ${base + size - 1}, above max ${max}`);
  }
  if (profile.steps.length > 0 && profile.markers === undefined) {
    fault(["steps"], "steps need markers: name the volume that keeps the proof, markers: {volume: NAME}");
  }
  for (const [index, name] of repeated(profile.steps.map((each) => each.name))) {
    fault(["steps", index, "name"], `a second step of the name ${JSON.stringify(name)}`);
  }
  for (const { path, message } of nameFaults(profile)) fault(path, message);
  for (const [index, name] of repeated(profile.containers)) {
    fault(["containers", index], `container ${JSON.stringify(name)} is named twice`);
  }
});

/** Every env variable has one source, and none of them is ours. */
function nameFaults({
  nodeId: number,
  env,
  s3: store,
}: z.infer<typeof genericShape>): { path: (string | number)[]; message: string }[] {
  const sources = [
    { path: ["nodeId", "env"], name: number.env },
    ...env.map(({ name }, index) => ({ path: ["env", index, "name"], name })),
    ...(store === undefined ? [] : s3Variables(store).map(({ name }) => ({ path: ["s3", "env"], name }))),
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

export type GenericProfile = z.infer<typeof generic>;
