// The position of Rollcall's init containers among those of the template and those that other webhooks add before or after
// injection. Simulated in the API server's order: Rollcall, the other webhook, Rollcall again if anything was changed, then
// /validate.
import assert from "node:assert/strict";
import type { AdmissionAnswer, PatchOperation } from "../../../webhook/admission/answer.ts";
import { mutatePod } from "../../../webhook/mutation/reviewPod.ts";
import { validatePod } from "../../../webhook/validation/validatePod.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { ask, buildAppliedSet, expectWarnings } from "../validation/ask.ts";
import { get } from "./caseFile.ts";
import {
  applied,
  buildCreateRequest,
  buildRequestContext,
  buildWeb1,
  loadActiveConfig,
  type RawNamed,
  type RawPod,
} from "./pod.ts";

const STEPPED = "markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verify: [b]}]";

/** @param fields of spec.runner */
const profilesWith = (fields: string): string =>
  renderGenericYaml("x", STEPPED, fields === "" ? "" : `runner: {${fields}}`);

const init = (name: string, more: object = {}): RawNamed => ({ name, image: "i", ...more });
const mounting = (name: string, volume: string, more: object = {}): RawNamed =>
  init(name, { volumeMounts: [{ name: volume, mountPath: "/out", ...more }] });

interface PlayedOrder {
  fields: string;
  /** of the template */
  inits?: RawNamed[];
  app?: object;
  volumes?: RawNamed[];
  other?: (pod: RawPod) => void;
  /** the other webhook's changes after the last pass of injection */
  late?: (pod: RawPod) => void;
}

/** The resulting init containers, and the answer of /validate. */
async function play(given: PlayedOrder): Promise<{ order: string[]; last: AdmissionAnswer; pod: RawPod }> {
  const config = loadActiveConfig(profilesWith(given.fields));
  let pod = buildWeb1("x");
  if (given.inits !== undefined) pod.spec.initContainers = structuredClone(given.inits);
  Object.assign(pod.spec.containers[0] ?? {}, given.app);
  pod.spec.volumes?.push(...(given.volumes ?? []));
  const mutate = async (): Promise<void> => {
    const answer = await mutatePod(buildCreateRequest(pod), buildRequestContext(config));
    assert.ok(answer.allowed, answer.status?.message);
    pod = applied(pod, readOperations(answer));
  };
  await mutate();
  if (given.other !== undefined) {
    given.other(pod);
    await mutate();
    // another pass changes nothing
    assert.equal((await mutatePod(buildCreateRequest(pod), buildRequestContext(config))).patch, undefined);
  }
  given.late?.(pod);
  const last = await validatePod(buildCreateRequest(pod), buildRequestContext(config));
  return { order: (pod.spec.initContainers ?? []).map(({ name }) => name), last, pod };
}

const readOperations = ({ patch }: AdmissionAnswer): PatchOperation[] =>
  patch === undefined ? [] : (JSON.parse(Buffer.from(patch, "base64").toString()) as PatchOperation[]);

const append =
  (...more: RawNamed[]) =>
  ({ spec }: RawPod): void => {
    spec.initContainers = [...(spec.initContainers ?? []), ...more];
  };
const prepend =
  (...more: RawNamed[]) =>
  ({ spec }: RawPod): void => {
    spec.initContainers = [...more, ...(spec.initContainers ?? [])];
  };
const reverse = ({ spec }: RawPod): void => void spec.initContainers?.reverse();

const OURS = ["rollcall-install", "rollcall-init"];
const root = { securityContext: { runAsUser: 0 } };
const proxy = init("proxy", { restartPolicy: "Always" });

const RIGHT: Readonly<Record<string, PlayedOrder & { order: string[] }>> = {
  "by default after those of the template that prepare the marker volume": {
    fields: "",
    inits: [mounting("own-volume", "data", root), init("wait")],
    order: ["own-volume", ...OURS, "wait"],
  },
  "after those that write to the application's volumes, by subPath or as a whole": {
    fields: "",
    inits: [mounting("write-settings", "settings"), init("wait"), mounting("plugins", "plugins")],
    app: {
      volumeMounts: [
        { name: "data", mountPath: "/data" },
        { name: "settings", mountPath: "/etc/app.conf", subPath: "app.conf" },
        { name: "plugins", mountPath: "/plugins" },
      ],
    },
    volumes: [
      { name: "settings", emptyDir: {} },
      { name: "plugins", emptyDir: {} },
    ],
    order: ["write-settings", "wait", "plugins", ...OURS],
  },
  "after those that create a file system on the application's block device": {
    fields: "",
    inits: [init("mkfs", { volumeDevices: [{ name: "raw", devicePath: "/dev/raw" }] })],
    app: { volumeDevices: [{ name: "raw", devicePath: "/dev/raw" }] },
    volumes: [{ name: "raw", persistentVolumeClaim: { claimName: "raw-web-1" } }],
    order: ["mkfs", ...OURS],
  },
  "first if no other one writes to a volume that they mount": {
    fields: "",
    inits: [
      mounting("reads", "data", { readOnly: true }),
      mounting("settings", "settings"),
      { ...mounting("ships-logs", "data"), restartPolicy: "Always" },
    ],
    app: {
      volumeMounts: [
        { name: "data", mountPath: "/data" },
        { name: "settings", mountPath: "/etc/app" },
      ],
    },
    volumes: [{ name: "settings", configMap: { name: "settings" } }],
    order: [...OURS, "reads", "settings", "ships-logs"],
  },
  "first if the profile says so": {
    fields: "position: {type: First}",
    inits: [mounting("own-volume", "data", root)],
    order: [...OURS, "own-volume"],
  },
  "directly after named sidecars, and after one of another user that changes a volume's owner": {
    fields: "afterSidecars: [proxy]",
    inits: [
      proxy,
      mounting("looks", "data"),
      { ...mounting("own-volume", "data"), ...root },
      mounting("sees", "data"),
    ],
    order: ["proxy", "looks", "own-volume", ...OURS, "sees"],
  },
  "directly after named sidecars, before those of the application's user": {
    fields: "afterSidecars: [proxy]",
    inits: [proxy, mounting("looks", "data")],
    order: ["proxy", ...OURS, "looks"],
  },
  "last again after another webhook has appended one": {
    fields: "position: {type: Last}",
    inits: [init("one")],
    other: append(init("two")),
    order: ["one", "two", ...OURS],
  },
  "first again after another webhook has prepended one": {
    fields: "position: {type: First}",
    inits: [init("one")],
    other: prepend(init("two")),
    order: [...OURS, "two", "one"],
  },
  "first, but after a sidecar that another webhook has prepended": {
    fields: "position: {type: First}",
    other: prepend(proxy),
    order: ["proxy", ...OURS],
  },
  "after a named sidecar that another webhook adds": {
    fields: "afterSidecars: [proxy]",
    inits: [init("one")],
    other: append(proxy),
    order: ["one", "proxy", ...OURS],
  },
  "after a named one that another webhook adds": {
    fields: "position: {type: After, container: fetch}",
    inits: [init("one")],
    other: append(init("fetch")),
    order: ["one", "fetch", ...OURS],
  },
  "before a named one that another webhook adds at any place": {
    fields: "position: {type: Before, container: fetch}",
    inits: [init("one")],
    other: prepend(init("fetch")),
    order: [...OURS, "fetch", "one"],
  },
  "after the named one, even if others are between them": {
    fields: "position: {type: After, container: one}",
    inits: [init("one")],
    other: ({ spec }) => void spec.initContainers?.splice(1, 0, init("two")),
    order: ["one", "two", ...OURS],
  },
  "in the right order again after another webhook has swapped them": {
    fields: "",
    inits: [mounting("own-volume", "data", root)],
    other: reverse,
    order: ["own-volume", ...OURS],
  },
  "together again after another webhook has moved one away": {
    fields: "position: {type: Last}",
    inits: [init("one")],
    other: ({ spec }) => void spec.initContainers?.unshift(...spec.initContainers.splice(1, 1)),
    order: ["one", ...OURS],
  },
};

describe("the position of Rollcall's init containers", () => {
  for (const [name, { order, ...given }] of Object.entries(RIGHT)) {
    it(name, async () => {
      const { order: found, last } = await play(given);
      assert.deepEqual(found, order);
      assert.ok(last.allowed, last.status?.message);
    });
  }

  it("keeps what other webhooks have added to them when they are moved", async () => {
    const { pod } = await play({
      fields: "position: {type: Last}",
      other: (each) => {
        for (const { name, ...container } of each.spec.initContainers ?? []) {
          (container["volumeMounts"] as unknown[]).push({ name: "mesh", mountPath: `/mesh/${name}` });
        }
        append(init("mesh"))(each);
      },
    });
    for (const [index, name] of OURS.entries()) {
      const mounts = get(pod, `/spec/initContainers/${index + 1}/volumeMounts`) as unknown[];
      assert.deepEqual(mounts.at(-1), { name: "mesh", mountPath: `/mesh/${name}` });
    }
  });

  const WRONG: Readonly<Record<string, PlayedOrder & { says: RegExp }>> = {
    "not last": {
      fields: "position: {type: Last}",
      late: append(init("two")),
      says: /RC115 runner-missing: Creating pod demo\/web-1 is denied: profile x puts Rollcall's init containers last, but .* are: rollcall-install, rollcall-init, two\. Another webhook/,
    },
    "not first": {
      fields: "position: {type: First}",
      late: prepend(init("two")),
      says: /RC115 .*init containers first, but/,
    },
    "after the one that they must precede": {
      fields: "position: {type: Before, container: one}",
      inits: [init("one")],
      late: prepend(init("one")),
      says: /RC115 .*init containers before one, but/,
    },
    "before one that prepares the marker volume": {
      fields: "",
      inits: [mounting("own-volume", "data", root)],
      late: (pod) => {
        pod.spec.initContainers?.push(...pod.spec.initContainers.splice(0, 1));
      },
      says: /RC115 .*first, and after those that mount volume data, but .*: rollcall-install, rollcall-init, own-volume/,
    },
    "without the named one": {
      fields: "position: {type: After, container: fetch}",
      says: /RC119 position-not-found: .*after fetch, but the pod's init containers are: none/,
    },
  };
  for (const [name, { says, ...given }] of Object.entries(WRONG)) {
    it(`causes a denial by /validate: ${name}`, async () => {
      const { last } = await play(given);
      assert.equal(last.allowed, false);
      assert.match(last.status?.message ?? "", says);
    });
  }
});

const WITH_LATER =
  renderGenericYaml("x", `containers: [app, later], ${STEPPED.replace("data", "late")}`) +
  renderGenericYaml("y", `containers: [later], ${STEPPED}`);

describe("a container or volume that another webhook adds", () => {
  const config = loadActiveConfig(WITH_LATER);
  const mutated = async (pod: RawPod): Promise<RawPod> => {
    const answer = await mutatePod(buildCreateRequest(pod), buildRequestContext(config));
    assert.ok(answer.allowed, answer.status?.message);
    return applied(pod, readOperations(answer));
  };
  const judged = async (pod: RawPod): Promise<string | null> => {
    const { allowed, status } = await validatePod(buildCreateRequest(pod), buildRequestContext(config));
    return allowed ? null : (status?.message.match(/RC\d+/)?.[0] ?? "");
  };

  it("defers the denial: a container that the profile names, and the marker volume", async () => {
    const pod = await mutated(buildWeb1("x"));
    assert.deepEqual(pod.spec.initContainers, undefined);
    pod.spec.containers.push({ name: "later", image: "l" });
    pod.spec.volumes?.push({ name: "late", persistentVolumeClaim: { claimName: "late-web-1" } });
    const whole = await mutated(pod);
    assert.deepEqual(
      whole.spec.initContainers?.map(({ name }) => name),
      OURS,
    );
    assert.deepEqual(whole.spec.containers.at(-1)?.["env"], [{ name: "NODE_ID", value: "2" }]);
    assert.equal(await judged(whole), null);
    const [volumes, containers] = [structuredClone(whole), structuredClone(whole)];
    volumes.spec.volumes?.splice(2, 1);
    assert.equal(await judged(volumes), "RC108");
    containers.spec.containers.pop();
    assert.equal(await judged(containers), "RC107");
  });

  it("defers the denial even if it is the container whose image runs the steps", async () => {
    const pod = await mutated(buildWeb1("y"));
    assert.deepEqual(pod, buildWeb1("y"));
    assert.equal(await judged(pod), "RC107");
    pod.spec.containers.push({
      name: "later",
      image: "l",
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    });
    const whole = await mutated(pod);
    assert.equal(whole.spec.initContainers?.[1]?.["image"], "l");
    assert.equal(await judged(whole), null);
  });

  for (const [code, profiles] of [
    ["RC119 position-not-found", profilesWith("position: {type: After, container: fetch}")],
    ["RC107 container-not-found", renderGenericYaml("x", `containers: [other], ${STEPPED}`)],
    ["RC108 marker-volume-not-found", renderGenericYaml("x", STEPPED.replace("data", "other"))],
  ] as const) {
    it(`causes a warning instead of a denial at apply: ${code}`, async () => {
      const said = expectWarnings(await ask(withClaim(buildAppliedSet({ profile: "x" })), { profiles }));
      assert.match(
        said,
        new RegExp(`^rollcall ${code}: .*[.] Unless another webhook adds what is missing, `),
      );
      assert.match(said, /RC118 understood/);
    });
  }

  it("causes a warning at apply if the profile's position puts the init containers before one that may prepare a volume", async () => {
    const set = withClaim(buildAppliedSet({ profile: "x" }));
    const spec = {
      ...set.spec.template.spec,
      containers: [{ name: "app", image: "i", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
      initContainers: [mounting("own-volume", "data", root), init("wait")],
    };
    const object = { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec } } };
    assert.match(
      expectWarnings(await ask(object, { profiles: profilesWith("position: {type: First}") })),
      /RC153 runs-before-volume-setup: own-volume runs after .* runner\.position/,
    );
    assert.doesNotMatch(expectWarnings(await ask(object, { profiles: profilesWith("") })), /RC153/);
    assert.doesNotMatch(
      expectWarnings(await ask(object, { profiles: profilesWith("position: {type: Last}") })),
      /RC153/,
    );
  });
});

function withClaim(set: ReturnType<typeof buildAppliedSet>) {
  return { ...set, spec: { ...set.spec, volumeClaimTemplates: [{ metadata: { name: "data" } }] } };
}
