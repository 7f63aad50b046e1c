// Injection of pods of type OzoneOM, and the validation at apply (docs/research/ozone.md#static-superset).

import assert from "node:assert/strict";
import { readPlan } from "../../../init/contract/plan.ts";
import { decideOnPod, type PodDecision } from "../../../webhook/mutation/decidePod.ts";
import { unescapeEnvRefs } from "../../../webhook/mutation/env.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { readOzone } from "../../presets/ozone-om/plan.ts";
import { renderProfileYaml } from "../../profileYaml.ts";
import { ask, expectDenial, expectWarnings } from "../validation/ask.ts";
import { applied, CONTROLLER, loadActiveConfig, type RawNamed, type RawPod } from "./pod.ts";

const RUN = ["/rollcall/rollcall"];

/** @param fields of spec.ozoneOM for one profile each */
const profilesWith = (...fields: readonly string[]): string => {
  const ozoneOM = [
    "serviceID: omservice",
    "maxReplicas: 4",
    "clusterDomain: k8s.test",
    ...(fields.some((field) => field.startsWith("metadata"))
      ? []
      : ["metadata: {volume: data, dirs: /data/metadata}"]),
    ...(fields.some((field) => field.startsWith("scaleDown"))
      ? []
      : ["scaleDown: {policy: Drained, minReplicas: 1}"]),
    ...fields,
  ];
  return renderProfileYaml(
    "ring",
    `type: OzoneOM, namespaces: [demo, shop], ozoneOM: {${ozoneOM.join(", ")}}`,
  );
};

function pod(om: object = {}, spec: object = {}): RawPod {
  const container: RawNamed = {
    name: "om",
    image: "apache/ozone:2.2.0",
    args: ["ozone", "om"],
    volumeMounts: [{ name: "data", mountPath: "/data" }],
    ...om,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "om-1",
      namespace: "demo",
      labels: { "rollcall.dev/profile": "ring", "apps.kubernetes.io/pod-index": "1" },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name: "om", uid: "u", controller: true },
      ],
    },
    spec: {
      subdomain: "om",
      containers: [container],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-om-1" } }],
      ...spec,
    },
  };
}

const asked = { namespace: "demo", username: CONTROLLER };
const decide = (given: RawPod, ...lines: readonly string[]): PodDecision =>
  decideOnPod(given, asked, loadActiveConfig(profilesWith(...lines)));

type Env = { name: string; value?: string; valueFrom?: unknown }[];
interface MadeContainer {
  args?: string[];
  command?: string[];
  env: Env;
  resources?: unknown;
  [other: string]: unknown;
}

function injected(given: RawPod, ...lines: readonly string[]) {
  const decision = decide(given, ...lines);
  if (decision.is !== "injected") assert.fail(JSON.stringify(decision));
  const after = applied(given, decision.injection.operations);
  const again = decide(after, ...lines);
  if (again.is !== "injected") assert.fail(JSON.stringify(again));
  assert.deepEqual(again.injection.operations, [], "a second pass changes nothing");
  assert.deepEqual(again.injection.warnings, []);
  const named = (name: string): MadeContainer => {
    const all = [...after.spec.containers, ...(after.spec.initContainers ?? [])];
    return all.find((each) => each.name === name) as unknown as MadeContainer;
  };
  return {
    named,
    warnings: decision.injection.warnings,
    spec: after.spec as unknown as Record<string, unknown>,
  };
}

/** The env as the kubelet passes it on: the last of several variables with one name counts. */
const readEnv = ({ env }: MadeContainer): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value ?? ""]));

function denied(given: RawPod, ...lines: readonly string[]): string {
  const decision = decide(given, ...lines);
  if (decision.is !== "denied") assert.fail("it was not denied");
  return `${decision.denial.code} ${decision.denial.rule}: ${decision.denial.message}`;
}

describe("a pod of type OzoneOM", () => {
  it("is configured with all possible members, in om and in rollcall-init", () => {
    const { named, warnings } = injected(pod());
    assert.deepEqual(warnings, []);
    for (const name of ["om", "rollcall-init"]) {
      const env = readEnv(named(name));
      assert.equal(env["OZONE-SITE.XML_ozone.om.node.id"], "om-1");
      assert.equal(env["OZONE-SITE.XML_ozone.om.service.ids"], "omservice");
      assert.equal(env["OZONE-SITE.XML_ozone.om.nodes.omservice"], "om-0,om-1,om-2,om-3");
      assert.equal(env["OZONE-SITE.XML_ozone.om.address.omservice.om-3"], "om-3.om.demo.svc.k8s.test:9862");
      assert.equal(env["OZONE-SITE.XML_ozone.om.ratis.port.omservice.om-0"], "9872");
      assert.equal(env["OZONE-SITE.XML_ozone.metadata.dirs"], "/data/metadata");
      assert.equal(env["ENSURE_OM_INITIALIZED"], "");
      assert.ok(!("OZONE-SITE.XML_ozone.om.address.omservice.om-4" in env));
    }
  });

  it("runs the runner through its image's entrypoint, with the application's resources", () => {
    const resources = { requests: { memory: "2Gi" }, limits: { memory: "4Gi" } };
    const init = injected(pod({ resources })).named("rollcall-init");
    assert.deepEqual([init.command, init.args], [undefined, [...RUN, "run"]]);
    assert.deepEqual(init.resources, resources);
    assert.deepEqual(injected(pod()).named("rollcall-init").resources, {});
  });

  it("has the ring in its plan, and a token for the API server", () => {
    const lines = [
      "ports: {http: 19874}",
      'scmURLs: ["http://scm-0.scm:9876"]',
      "joinTimeout: 5m",
      "metadata: {volume: data, dirs: /data/metadata, dbDirs: /data/db}",
    ];
    const { named } = injected(pod(), ...lines);
    const read = readPlan(unescapeEnvRefs(readEnv(named("rollcall-init"))["ROLLCALL_PLAN"] ?? ""));
    if ("wrong" in read) assert.fail(read.wrong);
    const { identity, markers, api, drop } = read.plan;
    const ozone = readOzone(read.plan);
    assert.deepEqual(ozone.members.map(({ id, web }) => `${id} ${web}`).slice(0, 2), [
      "om-0 http://om-0.om.demo.svc.k8s.test:19874",
      "om-1 http://om-1.om.demo.svc.k8s.test:19874",
    ]);
    assert.deepEqual(
      [ozone.members.length, ozone.scm, ozone.joinSeconds, ozone.command],
      [4, ["http://scm-0.scm:9876"], 300, ["ozone"]],
    );
    assert.deepEqual(ozone.metadata, { dirs: "/data/metadata", dbDirs: "/data/db", ratisDir: null });
    assert.deepEqual([identity.nodeId, identity.pod, drop], ["1", "om-1", "deny"]);
    assert.deepEqual(markers, { store: "pvc", root: "/rollcall-marker", path: ".rollcall" });
    assert.deepEqual(api, { folder: "/rollcall-token" });
  });

  describe("whose web server speaks HTTPS", () => {
    let ca = "";
    before(async () => {
      ({ ca } = await issueSelfSigned(["ca"], new Date()));
    });
    const secured = (policy: string): string[] => [
      `httpPolicy: ${policy}`,
      `caBundle: ${JSON.stringify(ca)}`,
      "ports: {https: 19875}",
    ];

    it("has the policy, the addresses, the CA and probes for HTTPS", () => {
      for (const policy of ["HTTPS_ONLY", "HTTP_AND_HTTPS"]) {
        const { named } = injected(pod(), ...secured(policy));
        const om = named("om");
        const env = readEnv(om);
        assert.equal(env["OZONE-SITE.XML_ozone.http.policy"], policy);
        assert.equal(
          env["OZONE-SITE.XML_ozone.om.https-address.omservice.om-3"],
          "om-3.om.demo.svc.k8s.test:19875",
        );
        assert.equal((om["livenessProbe"] as { httpGet: { scheme: string } }).httpGet.scheme, "HTTPS");
        assert.equal((om["livenessProbe"] as { httpGet: { port: number } }).httpGet.port, 19875);
        const read = readPlan(unescapeEnvRefs(env["ROLLCALL_PLAN"] ?? ""));
        if ("wrong" in read) assert.fail(read.wrong);
        const ozone = readOzone(read.plan);
        assert.equal(ozone.caBundle, ca);
        assert.equal(ozone.members[3]?.web, "https://om-3.om.demo.svc.k8s.test:19875");
      }
    });

    it("has the default port 9875", () => {
      const { named } = injected(pod(), ...secured("HTTPS_ONLY").slice(0, 2));
      const address = readEnv(named("om"))["OZONE-SITE.XML_ozone.om.https-address.omservice.om-0"];
      assert.equal(address, "om-0.om.demo.svc.k8s.test:9875");
    });

    it("is denied if its policy is another one than the profile's", () => {
      const own = (value: string): RawPod =>
        pod({ env: [{ name: "OZONE-SITE.XML_ozone.http.policy", value }] });
      assert.match(denied(own("HTTPS_ONLY")), /^RC142 .*profile ring has no httpPolicy/);
      injected(own("HTTP_AND_HTTPS"));
      assert.match(
        denied(own("HTTP_ONLY"), ...secured("HTTPS_ONLY")),
        /^RC142 .*container om sets ozone\.http\.policy to "HTTP_ONLY", and profile ring to "HTTPS_ONLY"/,
      );
      injected(own("HTTPS_ONLY"), ...secured("HTTPS_ONLY"));
    });

    it("gets the profile's policy on the way from HTTP to HTTPS, which changes container and profile in turn", () => {
      const steps = [
        ["HTTP_AND_HTTPS", "HTTPS_ONLY"],
        ["HTTPS_ONLY", "HTTP_AND_HTTPS"],
      ] as const;
      for (const [container, profile] of steps) {
        const env = [{ name: "OZONE-SITE.XML_ozone.http.policy", value: container }];
        const { named } = injected(pod({ env }), ...secured(profile));
        assert.equal(readEnv(named("om"))["OZONE-SITE.XML_ozone.http.policy"], profile);
      }
    });

    it("has nothing of it without httpPolicy", () => {
      const env = readEnv(injected(pod()).named("om"));
      assert.ok(Object.keys(env).every((name) => !/https|http\.policy/.test(name)));
      assert.ok(!(env["ROLLCALL_PLAN"] ?? "").includes("caBundle"));
    });
  });

  it("gets missing probes, which do not need a leader", () => {
    const om = injected(pod()).named("om");
    const bean = { path: "/jmx?qry=Ratis:service=RaftServer,group=*,id=*", port: 9874, scheme: "HTTP" };
    for (const name of ["startupProbe", "livenessProbe"])
      assert.deepEqual((om[name] as { httpGet: unknown }).httpGet, bean);
    const ready = om["readinessProbe"] as { exec: { command: string[] } };
    assert.deepEqual(ready.exec.command, [...RUN, "om", "ready"]);
    const own = { tcpSocket: { port: 9862 } };
    assert.deepEqual(injected(pod({ readinessProbe: own })).named("om")["readinessProbe"], own);
    assert.equal(injected(pod(), "probes: None").named("om")["startupProbe"], undefined);
  });

  it("replaces a chart's values with the profile's, with one warning", () => {
    const env = [
      { name: "OZONE-SITE.XML_ozone.om.nodes.omservice", value: "om-0,om-1,om-2" },
      { name: "OZONE-SITE.XML_ozone.om.node.id", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "ENSURE_OM_INITIALIZED", value: "/data/metadata/om/current/VERSION" },
      { name: "OZONE-SITE.XML_ozone.om.decommissioned.nodes.omservice", value: "om-1" },
      { name: "OZONE_OPTS", value: "-Xmx2g" },
    ];
    const { named, warnings } = injected(pod({ env }));
    for (const name of ["om", "rollcall-init"]) {
      const seen = readEnv(named(name));
      assert.equal(seen["OZONE-SITE.XML_ozone.om.nodes.omservice"], "om-0,om-1,om-2,om-3");
      assert.equal(seen["OZONE-SITE.XML_ozone.om.node.id"], "om-1");
      assert.equal(seen["OZONE-SITE.XML_ozone.om.decommissioned.nodes.omservice"], "");
      assert.equal(seen["ENSURE_OM_INITIALIZED"], "");
      assert.equal(seen["OZONE_OPTS"], "-Xmx2g");
      assert.ok(
        named(name).env.every(
          ({ name: env, valueFrom }) => valueFrom === undefined || env.startsWith("ROLLCALL_POD_"),
        ),
      );
    }
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /RC144 env-overridden: container om sets .*ENSURE_OM_INITIALIZED itself/);
  });
});

describe("the preStop of a member", () => {
  const preStop = (made: MadeContainer) => (made["lifecycle"] as { preStop: unknown } | undefined)?.preStop;
  const MANAGED = "scaleDown: {policy: Managed, minReplicas: 1}";
  const QUICK = "scaleDown: {policy: Managed, minReplicas: 1, leave: {timeout: 2m}}";

  it("runs leave, also under policy Drained, where it only transfers leadership", () => {
    for (const fields of [[MANAGED], []]) {
      assert.deepEqual(preStop(injected(pod(), ...fields).named("om")), {
        exec: { command: [...RUN, "leave"] },
      });
    }
  });

  it("wraps an exec preStop of the application; other kinds are denied", () => {
    const own = { lifecycle: { preStop: { exec: { command: ["/bin/own"] } } } };
    assert.deepEqual(preStop(injected(pod(own), MANAGED).named("om")), {
      exec: { command: [...RUN, "leave", "--", "/bin/own"] },
    });
    const sleeps = decide(pod({ lifecycle: { preStop: { sleep: { seconds: 5 } } } }), MANAGED);
    assert.ok(sleeps.is === "denied" && sleeps.denial.rule === "prestop-conflict");
  });

  it("raises the pod's grace period to the time that it needs, and never lowers it", () => {
    const injectGracePeriod = (spec: object, scaleDown = MANAGED): unknown =>
      injected(pod({}, spec), scaleDown).spec["terminationGracePeriodSeconds"];
    assert.equal(injectGracePeriod({}), 330);
    assert.equal(injectGracePeriod({ terminationGracePeriodSeconds: 30 }, QUICK), 150);
    assert.equal(injectGracePeriod({ terminationGracePeriodSeconds: 600 }), 600);
  });

  it("is in the plan", () => {
    const { named } = injected(pod(), QUICK);
    const read = readPlan(unescapeEnvRefs(readEnv(named("om"))["ROLLCALL_PLAN"] ?? ""));
    assert.ok("plan" in read);
    assert.deepEqual([read.plan.drop, readOzone(read.plan).leaveSeconds], ["managed", 120]);
    assert.ok("ROLLCALL_POD_UID" in readEnv(named("om")));
  });
});

describe("a pod that cannot be a member", () => {
  it("is denied if it sets a command", () => {
    assert.match(
      denied(pod({ command: ["/bin/sh", "-c", "ozone om"] })),
      /^RC140 ozone-command-override: container om sets command, .* args: \[ozone, om\]\.$/,
    );
  });

  const site = { configMap: { name: "site" } };
  const listed = { configMap: { name: "site", items: [{ key: "site", path: "ozone-site.xml" }] } };
  const copied = "/opt/hadoop/etc/hadoop";
  const ownSetting = { name: "OZONE-SITE.XML_ozone.administrators", value: "hadoop" };

  /** An Ozone Manager that mounts `source`. */
  function configured(mountPath: string, source: object, fields: object = {}): RawPod {
    const volumeMounts = [
      { name: "data", mountPath: "/data" },
      { name: "site", mountPath },
    ];
    const volumes = [
      { name: "data", emptyDir: {} },
      { name: "site", ...source },
    ];
    return pod({ volumeMounts, ...fields }, { volumes });
  }

  const confDir = (value: string) => ({ env: [ownSetting, { name: "OZONE_CONF_DIR", value }] });
  for (const [what, mountPath, source, fields] of [
    ["a whole folder", "/etc/hadoop/", site, { env: [ownSetting] }],
    ["the one file", "/etc//hadoop/ozone-site.xml", site, { env: [ownSetting] }],
    ["the folder in OZONE_CONF_DIR", "/conf", { projected: {} }, confDir("/conf")],
    ["the folder that is used without OZONE_CONF_DIR", copied, site, confDir("")],
  ] as const) {
    it(`is denied if the entrypoint cannot write its configuration: ${what}`, () => {
      assert.match(
        denied(configured(mountPath, source, fields)),
        /^RC141 ozone-config-file: container om mounts volume site at \S+, where the image's entrypoint must write ozone-site\.xml from env/,
      );
    });
  }

  for (const [what, mountPath, source, says] of [
    ["a folder that is copied, with unknown files", copied, site, /an ozone-site\.xml in it may configure/],
    ["a folder with that file", `${copied}/`, listed, /its ozone-site\.xml configures/],
    ["that file in the folder", `${copied}/ozone-site.xml`, site, /its ozone-site\.xml configures/],
  ] as const) {
    it(`is denied if Rollcall's variables would overwrite the file that configures it: ${what}`, () => {
      const message = denied(configured(mountPath, source));
      assert.match(message, /^RC141 ozone-config-file: .*no variable OZONE-SITE\.XML_NAME is set/);
      assert.match(message, says);
      // with variables of its own, that file has no effect already
      for (const own of [
        { env: [ownSetting] },
        { env: [{ name: "ozone-site.xml_ozone.administrators", value: "hadoop" }] },
        { envFrom: [{ configMapRef: { name: "settings" } }] },
      ])
        injected(configured(mountPath, source, own));
    });
  }

  it("is allowed with the configuration mount of Ozone's Helm chart, which the entrypoint copies", () => {
    const chart = { projected: { sources: [{ configMap: { name: "ozone-ozone" } }] } };
    injected(configured(copied, chart, { env: [ownSetting] }));
  });

  it("is allowed with other files, an empty directory for a read-only root, or a folder that is not used", () => {
    const volumes = [
      { name: "data", emptyDir: {} },
      { name: "conf", emptyDir: {} },
      { name: "core", ...site },
    ];
    const volumeMounts = [
      { name: "data", mountPath: "/data" },
      { name: "conf", mountPath: "/etc/hadoop" },
      { name: "core", mountPath: "/etc/hadoop/core-site.xml" },
    ];
    injected(pod({ volumeMounts }, { volumes }));
    injected(configured("/etc/hadoop", site, confDir("/conf")));
    const log = { configMap: { name: "log", items: [{ key: "log", path: "log4j.properties" }] } };
    injected(configured(copied, log));
    assert.match(denied(pod({ args: ["ozone", "om", "--conf", "/x"] })), /^RC141 .*--conf/);
  });

  it("is denied if it sets another service or directory than the profile", () => {
    const env = [{ name: "OZONE-SITE.XML_ozone.om.service.ids", value: "cluster1" }];
    assert.match(
      denied(pod({ env })),
      /^RC142 ozone-config-conflict: container om sets ozone\.om\.service\.ids to "cluster1", and profile ring to "omservice"\./,
    );
    injected(pod({ env: [{ name: "OZONE-SITE.XML_ozone.metadata.dirs", value: "/data/metadata" }] }));
  });

  it("is denied without a Service or marker volume, and for an ordinal beyond maxReplicas", () => {
    assert.match(denied(pod({}, { subdomain: undefined })), /^RC143 ozone-service-missing: /);
    assert.match(denied(pod({ volumeMounts: [] }, { volumes: [] })), /^RC108 /);
    const beyond = pod();
    beyond.metadata = { ...beyond.metadata, name: "om-4", labels: { "rollcall.dev/profile": "ring" } };
    assert.match(denied(beyond), /^RC105 .* pod om-4 would be a member beyond maxReplicas 4 of profile ring/);
  });
});

describe("a StatefulSet of a ring, at apply", () => {
  const set = (changes: { om?: object; replicas?: number; spec?: object } = {}) => {
    const labels = { app: "om", "rollcall.dev/profile": "ring" };
    const { om = {}, replicas = 3, spec = {} } = changes;
    const containers = [{ name: "om", image: "ozone", ...om }];
    return {
      metadata: { name: "om" },
      spec: {
        replicas,
        serviceName: "om",
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers, ...spec } },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      },
    };
  };
  const profiles = profilesWith();
  const budget = (matchLabels: Record<string, string> | null) => async () => [{ name: "om", matchLabels }];

  it("gets a summary", async () => {
    const said = expectWarnings(await ask(set(), { profiles, budgets: budget({ app: "om" }) }));
    assert.equal(
      said,
      "rollcall RC118 understood: StatefulSet om, profile ring: pods om-0..om-2, OZONE-SITE.XML_ozone.om.node.id om-0..om-2 in om; " +
        "members join ring omservice (at most 4); markers on volume data; scaleDown.policy Drained",
    );
  });

  it("gets a warning if no budget covers its pods, or if that is unknown", async () => {
    for (const none of [async () => [], budget({ app: "web" })]) {
      assert.match(
        expectWarnings(await ask(set(), { profiles, budgets: none })),
        /RC145 .*kubectl -n shop create poddisruptionbudget om --selector=app=om,rollcall\.dev\/profile=ring --max-unavailable=1/,
      );
    }
    const lost = () => Promise.reject(new Error("403"));
    assert.match(expectWarnings(await ask(set(), { profiles, budgets: lost })), /RC145 .* is unknown: 403/);
    assert.doesNotMatch(expectWarnings(await ask(set(), { profiles, budgets: budget(null) })), /RC145/);
  });

  it("gets no warning if budget and binding are visible a moment later", async () => {
    const answers = <T>(...all: T[]) => {
      let at = 0;
      return async () => all[Math.min(at++, all.length - 1)] as T;
    };
    const budgets = answers([], await budget({ app: "om" })());
    const rights = answers({ lacking: "get statefulsets" }, { lacking: null });
    assert.doesNotMatch(expectWarnings(await ask(set(), { profiles, budgets, rights })), /RC145|RC015/);
  });

  it("gets the warning of the first answer if there is no second one", async () => {
    let asked = 0;
    const rights = async () => {
      asked += 1;
      if (asked > 1) throw new Error("503");
      return { lacking: "get leases" };
    };
    assert.match(
      expectWarnings(await ask(set(), { profiles, rights })),
      /RC015 .*shop\/default of StatefulSet om may not get leases/,
    );
    assert.equal(asked, 2);
  });

  it("gets a warning with the binding if its service account lacks the role, or if that is unknown", async () => {
    const asked: unknown[] = [];
    const lacks = (lacking: string | null) => async (account: unknown) => {
      asked.push(account);
      return { lacking };
    };
    const missing = await ask(set(), { profiles, rights: lacks("get statefulsets") });
    assert.match(
      expectWarnings(missing),
      /rollcall RC015 member-role-missing: the service account shop\/default of StatefulSet om may not get statefulsets, .*: kubectl -n shop create rolebinding default-rollcall-member --clusterrole=rollcall-member --serviceaccount=shop:default/,
    );
    const own = set({ spec: { serviceAccountName: "om" } });
    assert.match(
      expectWarnings(await ask(own, { profiles, old: set(), rights: lacks("create leases") })),
      /RC015 .*--serviceaccount=shop:om/,
    );
    assert.doesNotMatch(expectWarnings(await ask(own, { profiles, rights: lacks(null) })), /RC015/);
    // each that lacks something is asked twice
    assert.deepEqual(
      asked,
      ["default", "default", "om", "om", "om"].map((account) => ({ namespace: "shop", set: "om", account })),
    );
    const lost = () => Promise.reject(new Error("403"));
    assert.match(
      expectWarnings(await ask(set(), { profiles, rights: lost })),
      /RC015 member-role-missing: cannot check whether the service account shop\/default .*: 403/,
    );
  });

  it("gets a warning of a mounted ozone-site.xml that has no effect", async () => {
    const om = {
      env: [{ name: "OZONE-SITE.XML_ozone.administrators", value: "hadoop" }],
      volumeMounts: [{ name: "site", mountPath: "/opt/hadoop/etc/hadoop/ozone-site.xml" }],
    };
    assert.match(
      expectWarnings(await ask(set({ om }), { profiles })),
      /RC141 ozone-config-file: container om mounts volume site at \S+, but its ozone-site\.xml has no effect/,
    );
    const log = {
      ...om,
      volumeMounts: [{ name: "site", mountPath: "/opt/hadoop/etc/hadoop/log4j.properties" }],
    };
    assert.doesNotMatch(expectWarnings(await ask(set({ om: log }), { profiles })), /RC141/);
  });

  describe("whose replicas were set by a scale", () => {
    const owner = (manager: string, subresource?: string) => ({
      manager,
      operation: "Update",
      apiVersion: "apps/v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": { "f:replicas": {} } },
      ...(subresource === undefined ? {} : { subresource }),
    });
    const ring = (replicas: number, ...managedFields: readonly object[]) => {
      const made = set({ replicas });
      return { ...made, metadata: { ...made.metadata, managedFields } };
    };
    const scaled = ring(
      4,
      { manager: "helm", fieldsV1: { "f:spec": { "f:template": {} } } },
      owner("kubectl", "scale"),
    );
    const warnings = async (next: object, old: object): Promise<string> =>
      expectWarnings(await ask(next, { profiles, old }));

    it("gets a warning if an update sets another number, which may be an old value", async () => {
      assert.match(
        await warnings(ring(3, owner("helm")), scaled),
        /rollcall RC154 ozone-replicas-replaced: spec\.replicas goes from 4, which kubectl set by a scale, to 3, which helm sets: 1 member would leave the ring of profile ring\. .*om\.replicas/,
      );
      assert.match(
        await warnings(ring(4, owner("argocd")), ring(2, owner("kubectl", "scale"))),
        /RC154 .*: 2 members would join the ring of/,
      );
      assert.match(await warnings(ring(3), scaled), /RC154 .*which another client sets/);
    });

    it("gets none for a scale, the same number, a number that no scale has set, or at its creation", async () => {
      const none: readonly [next: object, old: object][] = [
        [ring(3, owner("kubectl", "scale")), scaled],
        [ring(4, owner("helm")), scaled],
        [ring(3, owner("helm")), ring(4, owner("helm"))],
        [ring(3), ring(4)],
      ];
      for (const [next, old] of none) assert.doesNotMatch(await warnings(next, old), /RC154/);
      assert.doesNotMatch(expectWarnings(await ask(ring(3, owner("helm")), { profiles })), /RC154/);
    });

    it("gets none if managers cannot be read, or are too many", async () => {
      for (const managedFields of ["x", [1], Array.from({ length: 1001 }, () => owner("kubectl", "scale"))]) {
        const old = { ...scaled, metadata: { ...scaled.metadata, managedFields } };
        assert.doesNotMatch(await warnings(ring(3, owner("helm")), old), /RC154/);
      }
    });
  });

  it("is denied for a fault of its pods; one that had the fault before may still be scaled", async () => {
    const faulty = { om: { command: ["ozone", "om"] } };
    assert.match(expectDenial(await ask(set(faulty), { profiles })), /RC140 ozone-command-override/);
    assert.match(
      expectDenial(await ask(set(faulty), { profiles, old: set() })),
      /RC140 ozone-command-override/,
    );
    const again = expectWarnings(await ask(set({ ...faulty, replicas: 2 }), { profiles, old: set(faulty) }));
    assert.match(again, /RC140 ozone-command-override: the pods of StatefulSet om still cannot be created: /);
  });
});
