// The resources of Rollcall's init containers: those of the application, so that the pod's class and sums do not change.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decideOnPod } from "../../../webhook/mutation/decidePod.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { applied, buildWeb1, CONTROLLER, loadActiveConfig, type RawNamed, type RawPod } from "./pod.ts";
import { RUNS } from "./runs.ts";

type Amounts = Readonly<Record<string, string>>;
interface Resources {
  requests?: Amounts;
  limits?: Amounts;
  claims?: unknown;
}

interface PodInput {
  /** of container app */
  app?: Resources;
  /** overrides fields of the pod's spec */
  spec?: Record<string, unknown>;
  /** fields of spec.runner, as YAML */
  profile?: string;
  /** the container that the profile names */
  container?: string;
}

const forceWith = (profile: string, container: string) =>
  loadActiveConfig(
    renderGenericYaml(
      "demo",
      `containers: [${container}], markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verify: [b]}]`,
      profile === "" ? "" : `runner: {${profile}}`,
    ),
  );

const SOLE = { name: "app", image: "i" };

function buildPod({ app = {}, spec = {} }: PodInput): RawPod {
  const pod = buildWeb1();
  pod.spec.containers = [{ ...SOLE, resources: app }];
  Object.assign(pod.spec, spec);
  return pod;
}

/** The result of an injection. */
function made(given: PodInput) {
  const { profile = "", container = "app" } = given;
  return injectedBy(buildPod(given), forceWith(profile, container));
}

function injectedBy(pod: RawPod, config: ReturnType<typeof loadActiveConfig>) {
  const decision = decideOnPod(pod, { namespace: "demo", username: CONTROLLER }, config);
  if (decision.is !== "injected") assert.fail(JSON.stringify(decision));
  const after = applied(pod, decision.injection.operations);
  const named = (name: string) => after.spec.initContainers?.find((each) => each.name === name);
  const resources = (name: string) => named(name)?.["resources"] as Resources;
  return {
    after,
    install: resources("rollcall-install"),
    init: resources("rollcall-init"),
    warnings: decision.injection.warnings,
  };
}

describe("the resources of Rollcall's init containers", () => {
  const SAME: Readonly<Record<string, Resources>> = {
    "nothing at all": {},
    "limits alone": { limits: { cpu: "500m", memory: "512Mi" } },
    "the same requests and limits": {
      requests: { cpu: "1", memory: "1Gi" },
      limits: { cpu: "1", memory: "1Gi" },
    },
    "a CPU limit below 10m": {
      requests: { cpu: "2m", memory: "32Mi" },
      limits: { cpu: "5m", memory: "128Mi" },
    },
    "a limit of CPU alone": { requests: { cpu: "250m" }, limits: { cpu: "500m" } },
    "a request of memory alone": { requests: { memory: "8Mi" } },
    "limits of zero": { limits: { cpu: "0", memory: "0" } },
    "huge pages": {
      requests: { cpu: "1", "hugepages-2Mi": "64Mi" },
      limits: { cpu: "1", "hugepages-2Mi": "64Mi" },
    },
    "an extended resource": { limits: { "example.com/dongle": "1" } },
    "a request of ephemeral storage alone": { requests: { "ephemeral-storage": "50Mi" } },
    "an invalid quantity": { limits: { memory: "a lot" } },
  };
  for (const [what, app] of Object.entries(SAME)) {
    it(`are the application's if it sets ${what}`, () => {
      const { install, init, warnings } = made({ app });
      assert.deepEqual([install, init, warnings], [app, app, []]);
    });
  }

  it("include claims in rollcall-init only, whose steps may need the device", () => {
    const { install, init } = made({ app: { claims: [{ name: "card" }] } });
    assert.deepEqual([install, init], [{}, { claims: [{ name: "card" }] }]);
  });

  it("are those of the first container that the profile names, not those of others", () => {
    const others = [{ name: "big", image: "i", resources: { requests: { cpu: "4" } } }];
    const { install } = made({ spec: { containers: [...others, { ...SOLE, resources: {} }] } });
    assert.deepEqual(install, {});
  });

  describe("with pod-level resources", () => {
    const whole = { limits: { cpu: "500m", memory: "256Mi" } };

    it("are empty if the containers have none", () => {
      for (const resources of [whole, { ...whole, requests: whole.limits }, { requests: { cpu: "5m" } }]) {
        const { install, init, warnings } = made({ spec: { resources } });
        assert.deepEqual([install, init, warnings], [{}, {}, []]);
      }
    });

    it("are the application's, since a LimitRange may require them of each container", () => {
      const app = { requests: { cpu: "100m" }, limits: { memory: "64Mi" } };
      const { install, init } = made({ app, spec: { resources: whole } });
      assert.deepEqual([install, init], [app, app]);
    });

    it("ignore runner.resources of the profile, with a warning", () => {
      const { install, init, warnings } = made({
        spec: { resources: whole },
        profile: "resources: {requests: {cpu: 50m}}",
      });
      assert.deepEqual([install, init], [{}, {}]);
      assert.match(
        warnings.join(),
        /^rollcall RC136 runner-resources: the profile's runner.resources are ignored/,
      );
    });

    it("are not raised if the memory limit is too low, with a warning", () => {
      const { install, warnings } = made({ spec: { resources: { limits: { memory: "64Mi" } } } });
      assert.deepEqual(install, {});
      assert.match(warnings.join(), /RC135 memory-limit-raised: spec\.resources\.limits\.memory .* is 64Mi/);
    });

    it("include the copy if containers limit ephemeral storage, for which there is no pod-level limit", () => {
      const app = { limits: { "ephemeral-storage": "100Mi" } };
      const { install } = made({
        app,
        spec: { resources: whole },
        profile: "resources: {limits: {ephemeral-storage: 1Mi}}",
      });
      assert.deepEqual(install.limits, { "ephemeral-storage": "228Mi" });
    });

    it("do not count as set if they name no resource", () => {
      const { install } = made({
        spec: { resources: { limits: {} } },
        profile: "resources: {requests: {cpu: 50m}}",
      });
      assert.deepEqual(install, { requests: { cpu: "50m" } });
    });
  });

  describe("with runner.resources in the profile", () => {
    const CASES: readonly [what: string, app: Resources, profile: string, wanted: Resources][] = [
      ["all of them", {}, "{requests: {cpu: 1m}, limits: {cpu: 2m}}", cpu("1m", "2m")],
      ["a request below the limit", cpu("1", "2"), "{requests: {cpu: 500m}}", cpu("500m", "2")],
      ["a request above the limit, which rises", cpu("1", "2"), '{requests: {cpu: "3"}}', cpu("3", "3")],
      ["a limit below the request, which sinks", cpu("1", "2"), "{limits: {cpu: 500m}}", cpu("500m", "500m")],
      [
        "one resource of two",
        { ...cpu("1", "2") },
        "{limits: {memory: 1Gi}}",
        { requests: { cpu: "1" }, limits: { cpu: "2", memory: "1Gi" } },
      ],
      [
        "a request in a Guaranteed pod",
        { limits: { cpu: "1", memory: "1Gi" } },
        "{requests: {cpu: 500m}}",
        { requests: { cpu: "500m" }, limits: { cpu: "500m", memory: "1Gi" } },
      ],
      [
        "a limit of huge pages, which are no resource to overcommit",
        cpu("1", "1"),
        "{limits: {hugepages-2Mi: 4Mi}}",
        {
          requests: { cpu: "1", "hugepages-2Mi": "4Mi" },
          limits: { cpu: "1", "hugepages-2Mi": "4Mi" },
        },
      ],
    ];
    function cpu(request: string, limit: string): Resources {
      return { requests: { cpu: request }, limits: { cpu: limit } };
    }
    for (const [what, app, profile, wanted] of CASES) {
      it(`are those in both: ${what}`, () => {
        const { install, init } = made({ app, profile: `resources: ${profile}` });
        assert.deepEqual([install, init], [wanted, wanted]);
      });
    }

    it("cause a warning if they change the QoS class", () => {
      const sure = { limits: { cpu: "1", memory: "1Gi" } };
      const said = (app: Resources, profile: string) =>
        made({ app, profile: `resources: ${profile}` }).warnings.join();
      assert.match(
        said(sure, '{requests: {cpu: "1"}, limits: {cpu: "2"}}'),
        /RC136 .*change the QoS class of the pods from Guaranteed to Burstable/,
      );
      assert.match(said({}, "{requests: {cpu: 1m}}"), /RC136 .*from BestEffort to Burstable/);
      assert.equal(said(sure, "{requests: {cpu: 500m}}"), "");
      assert.equal(said({ requests: { cpu: "1" } }, "{limits: {memory: 2Gi}}"), "");
    });

    it("are rejected if a request is above its limit, or is no quantity", () => {
      assert.throws(
        () => forceWith('resources: {requests: {cpu: "2"}, limits: {cpu: 1500m}}', "app"),
        /requests\.cpu \(2\) is above limits\.cpu \(1500m\)/,
      );
      assert.throws(() => forceWith("resources: {requests: {cpu: 1.2.3}}", "app"), /a Kubernetes quantity/);
    });
  });

  describe("with a memory limit that is too low for Node.js", () => {
    const both = (request: string, limit: string): Resources => ({
      requests: { memory: request },
      limits: { memory: limit },
    });

    it("are raised in the same ratio, with a warning that names the field to raise", () => {
      for (const [app, wanted] of [
        [both("16Mi", "64Mi"), both("32Mi", "128Mi")],
        [both("64Mi", "64Mi"), both("128Mi", "128Mi")],
        [both("1Mi", "127Mi"), both("1056833", "128Mi")],
        [{ limits: { memory: "32Mi" } }, { limits: { memory: "128Mi" } }],
      ] as const) {
        const { install, init, warnings } = made({ app });
        assert.deepEqual([install, init], [wanted, wanted]);
        assert.match(
          warnings.join(),
          /^rollcall RC135 memory-limit-raised: container app has a memory limit of \d+Mi, and the runner needs 128Mi.* raise resources\.limits\.memory of container app to 128Mi\.$/,
        );
      }
    });

    it("are those of the profile, with a warning if they are too low", () => {
      const { install, warnings } = made({
        app: both("16Mi", "64Mi"),
        profile: "resources: {limits: {memory: 32Mi}}",
      });
      assert.deepEqual(install, both("16Mi", "32Mi"));
      assert.match(
        warnings.join(),
        /RC135 .*the profile's runner\.resources\.limits\.memory is 32Mi.*OOMKilled/,
      );
    });
  });

  describe("with a limit of ephemeral storage", () => {
    const storage = (request: string, limit: string): Resources => ({
      requests: { "ephemeral-storage": request },
      limits: { "ephemeral-storage": limit },
    });

    it("include the copy in addition to the containers' limits, with a warning", () => {
      const { install, init, warnings } = made({ app: storage("50Mi", "100Mi") });
      assert.deepEqual([install, init], [storage("178Mi", "228Mi"), storage("50Mi", "100Mi")]);
      assert.deepEqual(warnings, [
        "rollcall RC134 ephemeral-storage-raised: the containers' ephemeral-storage limits are 100Mi in total, and the copy of the runner needs 128Mi more, " +
          "so rollcall-install gets a limit of 228Mi. If a LimitRange or ResourceQuota of the namespace rejects that, set runner.delivery: ImageVolume in the " +
          "profile, or remove the ephemeral-storage limits from the pod template.",
      ]);
    });

    it("include the limit of each container, even if the application has none", () => {
      const other = (name: string, limit: string) => ({
        name,
        image: "i",
        resources: { limits: { "ephemeral-storage": limit } },
      });
      const { install, init } = made({
        spec: {
          containers: [{ ...SOLE }, other("b", "10Mi"), other("c", "20Mi")],
          initContainers: [{ ...other("proxy", "5Mi"), restartPolicy: "Always" }, other("large", "40Mi")],
        },
        profile: "position: {type: Last}",
      });
      // the pod's limit is 45Mi: the init container and the sidecar, which has 5Mi of them
      assert.deepEqual([install.limits, init], [{ "ephemeral-storage": "168Mi" }, {}]);
    });

    it("have no request above the limit", () => {
      const other = { name: "b", image: "i", resources: { limits: { "ephemeral-storage": "10Mi" } } };
      const app = { requests: { "ephemeral-storage": "50Mi" } };
      const { install } = made({ spec: { containers: [{ ...SOLE, resources: app }, other] } });
      assert.deepEqual(install, storage("138Mi", "138Mi"));
    });

    it("are the application's if a LimitRange has set all limits and the copy needs at most half", () => {
      const said = (limit: string, set: string) => {
        const pod = buildPod({ app: { limits: { "ephemeral-storage": limit } } });
        pod.metadata["annotations"] = { "kubernetes.io/limit-ranger": `LimitRanger plugin set: ${set}` };
        return injectedBy(pod, forceWith("", "app"));
      };
      const set = "cpu request for container app; cpu, ephemeral-storage, memory limit for container app";
      assert.deepEqual(said("256Mi", set).install.limits, { "ephemeral-storage": "256Mi" });
      assert.deepEqual(said("256Mi", set).warnings, []);
      assert.deepEqual(said("255Mi", set).install.limits, { "ephemeral-storage": "383Mi" });
      for (const other of [
        "ephemeral-storage limit for container b",
        "ephemeral-storage request for container app",
        "",
      ])
        assert.deepEqual(said("1Gi", other).install.limits, { "ephemeral-storage": "1152Mi" }, other);
    });

    it("are not raised for an image volume", () => {
      const { init, warnings } = made({ app: storage("50Mi", "100Mi"), profile: "delivery: ImageVolume" });
      assert.deepEqual([init, warnings], [storage("50Mi", "100Mi"), []]);
    });

    it("have the profile's limit, with a warning if the copy does not fit", () => {
      const asked = (limit: string) =>
        made({
          app: storage("50Mi", "100Mi"),
          profile: `resources: {limits: {ephemeral-storage: ${limit}}}`,
        });
      const { install, warnings } = asked("200Mi");
      assert.deepEqual(install, storage("50Mi", "200Mi"));
      assert.match(
        warnings.join(),
        /RC134 .*ephemeral-storage is 200Mi.*may evict the pod\. Set it to 228Mi/,
      );
      assert.deepEqual(asked("228Mi").warnings, []);
    });

    it("are raised in a later pass if another webhook adds a sidecar with a limit", () => {
      const { after } = made({});
      after.spec.containers.push({
        name: "mesh",
        image: "m",
        resources: { limits: { "ephemeral-storage": "50Mi" } },
      });
      const again = injectedBy(after, forceWith("", "app"));
      assert.deepEqual(again.install, storage("178Mi", "178Mi"));
      assert.deepEqual(again.init, {});
      assert.deepEqual(injectedBy(again.after, forceWith("", "app")).after, again.after);
    });
  });

  describe("with an init container or a sidecar as the first container", () => {
    const setup = (resources: Resources, more = {}) => ({ name: "setup", image: "i", resources, ...more });
    const profile = "position: {type: Last}";
    const sidecar = { restartPolicy: "Always" };

    it("fit next to the sidecars that have started, so that the pod reserves no more", () => {
      const main = { ...SOLE, resources: { requests: { cpu: "100m" }, limits: { cpu: "200m" } } };
      const spec = {
        containers: [main],
        initContainers: [setup({ requests: { cpu: "1" }, limits: { cpu: "2" } }, sidecar)],
      };
      const { install } = made({ spec, profile, container: "setup" });
      assert.deepEqual(install, main.resources);
    });

    it("omit a resource that does not fit at all, and huge pages with it", () => {
      const spec = {
        containers: [SOLE],
        initContainers: [setup({ limits: { cpu: "1", "hugepages-2Mi": "4Mi" } }, sidecar)],
      };
      assert.deepEqual(made({ spec, profile, container: "setup" }).install, {});
    });

    it("have no limit if it would become the limit of the whole pod", () => {
      const spec = {
        containers: [{ ...SOLE, resources: { requests: { cpu: "100m" } } }],
        initContainers: [setup({ requests: { cpu: "1" }, limits: { cpu: "2" } }, sidecar)],
      };
      assert.deepEqual(made({ spec, profile, container: "setup" }).install, { requests: { cpu: "100m" } });
    });

    it("may be as large as the largest other init container", () => {
      const large = { limits: { cpu: "4" } };
      const spec = { containers: [SOLE], initContainers: [setup(large)] };
      assert.deepEqual(made({ spec, profile, container: "setup" }).install, large);
    });
  });
});

/** An independent, simple implementation of sums and QoS class, to compare with. */
const MI = 2 ** 20;
const parseQuantity = (quantity: string | undefined): number => {
  const [, digits = "0", unit = ""] = /^(\d+)(m|Mi|)$/.exec(quantity ?? "0") ?? [];
  return Number(digits) * (unit === "m" ? 1 : unit === "Mi" ? MI : 1000);
};

function podAsks(pod: RawPod, name: string, kind: "requests" | "limits"): number {
  const asks = (container: RawNamed): number => {
    const { requests = {}, limits = {} } = (container["resources"] ?? {}) as Resources;
    return parseQuantity(kind === "limits" ? limits[name] : (requests[name] ?? limits[name]));
  };
  let running = 0;
  let most = 0;
  for (const init of pod.spec.initContainers ?? []) {
    if (init["restartPolicy"] === "Always") running += asks(init);
    else most = Math.max(most, running + asks(init));
  }
  return Math.max(most, running + pod.spec.containers.reduce((sum, each) => sum + asks(each), 0));
}

function computeQosClass(pod: RawPod): string {
  const kinds = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((container) => {
    const { requests = {}, limits = {} } = (container["resources"] ?? {}) as Resources;
    const both = ["cpu", "memory"].map((name) => [
      parseQuantity(requests[name] ?? limits[name]),
      parseQuantity(limits[name]),
    ]);
    if (both.every(([request, limit]) => request === 0 && limit === 0)) return "BestEffort";
    return both.every(([request, limit]) => request === limit && limit !== 0) ? "Guaranteed" : "Burstable";
  });
  return new Set(kinds).size === 1 ? (kinds[0] ?? "") : "Burstable";
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const anyAmount = (name: string, values: readonly string[]): fc.Arbitrary<Resources> =>
  fc
    .tuple(optional(fc.constantFrom(...values)), optional(fc.constantFrom(...values)))
    .filter(([request, limit]) => limit === undefined || parseQuantity(request) <= parseQuantity(limit))
    .map(([request, limit]) => ({
      ...(request === undefined ? {} : { requests: { [name]: request } }),
      ...(limit === undefined ? {} : { limits: { [name]: limit } }),
    }));

const anyResources: fc.Arbitrary<Resources> = fc
  .tuple(
    anyAmount("cpu", ["0", "5m", "250m", "2"]),
    anyAmount("memory", ["0", "128Mi", "256Mi", "512Mi"]),
    anyAmount("example.com/dongle", ["1", "2"]),
  )
  .map((all) => ({
    requests: Object.assign({}, ...all.map(({ requests }) => requests)) as Amounts,
    limits: Object.assign({}, ...all.map(({ limits }) => limits)) as Amounts,
  }));

const anyContainer = (name: string): fc.Arbitrary<RawNamed> =>
  anyResources.map((resources) => ({ name, image: "i", resources }));

const anyPodWithResources: fc.Arbitrary<RawPod> = fc
  .record({
    containers: fc.tuple(anyContainer("app"), anyContainer("b")),
    inits: fc.array(fc.tuple(anyContainer("x"), fc.boolean()), { maxLength: 4 }),
  })
  .map(({ containers, inits }) =>
    buildPod({
      spec: {
        containers,
        initContainers: inits.map(([init, isSidecar], at) => ({
          ...init,
          name: `init-${at}`,
          ...(isSidecar ? { restartPolicy: "Always" } : {}),
        })),
      },
    }),
  );

describe("a pod with Rollcall's init containers, for any resources", function () {
  this.timeout(120_000);
  const forces = ["First", "Last"].flatMap((position) =>
    ["app", "init-0", "init-1"].map((container) => ({
      container,
      force: forceWith(`position: {type: ${position}}`, container),
    })),
  );

  it("keeps its QoS class and its sums, for any position and any application container", () => {
    fc.assert(
      fc.property(anyPodWithResources, fc.constantFrom(...forces), (pod, { container, force }) => {
        const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
        fc.pre(all.some(({ name }) => name === container));
        const { after } = injectedBy(pod, force);
        for (const name of ["cpu", "memory", "example.com/dongle"])
          for (const kind of ["requests", "limits"] as const)
            assert.equal(podAsks(after, name, kind), podAsks(pod, name, kind), `${kind} of ${name}`);
        if (container === "app") assert.equal(computeQosClass(after), computeQosClass(pod));
      }),
      RUNS,
    );
  });
});
