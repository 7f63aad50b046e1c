// Injection of pods of type Otobo (docs/research/otobo.md#the-managed-block).
import assert from "node:assert/strict";
import { readPlan } from "../../../init/contract/plan.ts";
import { readAs, type StatefulSet, statefulSet } from "../../../webhook/kubernetes/objects.ts";
import { decideOnPod } from "../../../webhook/mutation/decidePod.ts";
import { unescapeEnvRefs } from "../../../webhook/mutation/env.ts";
import { computeQosClass } from "../../../webhook/mutation/podAmounts.ts";
import type { PresetPods } from "../../../webhook/profiles/presetPods.ts";
import { listSiblings } from "../../../webhook/validation/numberPool.ts";
import { renderProfileYaml } from "../../profileYaml.ts";
import { applied, CONTROLLER, loadActiveConfig, type RawNamed, type RawPod } from "./pod.ts";

const S3 = 's3: {endpoint: "https://s3.demo.svc:9000", bucket: desk, credentialsSecretName: otobo-s3}';
const HOME = "home: {volume: otobo, mode: Ephemeral}";

/** @param fields of spec.otobo for one profile each, besides common ones */
const profileNamed = (name: string, ...fields: readonly string[]): string => {
  const otobo = [
    "database: {type: MariaDB, host: db.demo.svc, passwordSecretName: otobo-db}",
    "redis: {host: redis.demo.svc}",
    ...(fields.some((each) => each.startsWith("scaleDown:"))
      ? []
      : ["scaleDown: {policy: Managed, minReplicas: 1}"]),
    ...fields,
  ];
  return renderProfileYaml(name, `type: Otobo, namespaces: [demo], otobo: {${otobo.join(", ")}}`);
};

const profilesWith = (...fields: readonly string[]): string => profileNamed("desk", HOME, S3, ...fields);

function pod(changes: { ordinal?: number; web?: object; daemon?: object; spec?: object } = {}): RawPod {
  const { ordinal = 1, web = {}, daemon = {}, spec = {} } = changes;
  const mounts = [{ name: "otobo", mountPath: "/opt/otobo" }];
  const container = (name: string, more: object): RawNamed => ({
    name,
    image: "otobo:11",
    args: [name],
    volumeMounts: mounts,
    ...more,
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `desk-${ordinal}`,
      namespace: "demo",
      labels: { "rollcall.dev/profile": "desk", "apps.kubernetes.io/pod-index": String(ordinal) },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name: "desk", uid: "u", controller: true },
      ],
    },
    spec: {
      containers: [container("web", web), container("daemon", daemon)],
      volumes: [{ name: "otobo", emptyDir: {} }],
      ...spec,
    },
  };
}

function injected(given: RawPod, ...lines: readonly string[]) {
  const config = loadActiveConfig(profilesWith(...lines));
  const asked = { namespace: "demo", username: CONTROLLER };
  const decision = decideOnPod(given, asked, config);
  if (decision.is !== "injected") assert.fail(JSON.stringify(decision));
  const after = applied(given, decision.injection.operations);
  const again = decideOnPod(after, asked, config);
  if (again.is !== "injected") assert.fail(JSON.stringify(again));
  assert.deepEqual(again.injection.operations, [], "a second pass changes nothing");
  const named = (name: string): Record<string, unknown> =>
    [...after.spec.containers, ...(after.spec.initContainers ?? [])].find((each) => each.name === name) ?? {};
  return { after, named, warnings: decision.injection.warnings };
}

type Env = { name: string; value?: string }[];
const readEnv = (container: Record<string, unknown>): Record<string, string | undefined> =>
  Object.fromEntries((container["env"] as Env).map(({ name, value }) => [name, value]));
const readPreStop = (container: Record<string, unknown>): readonly string[] =>
  (container["lifecycle"] as { preStop: { exec: { command: string[] } } }).preStop.exec.command;

describe("a pod of type Otobo", () => {
  it("has the same settings in web, daemon and init; secrets are files and not in env", () => {
    const { after, named } = injected(pod());
    for (const name of ["web", "daemon", "rollcall-init"]) {
      const env = readEnv(named(name));
      assert.equal(env["OTOBO_NODE_ID"], "2");
      assert.equal(env["OTOBO_DB_HOST"], "db.demo.svc");
      assert.equal(env["OTOBO_S3_HOST"], "s3.demo.svc:9000");
      assert.equal(env["OTOBO_DB_PASSWORD_FILE"], "/rollcall-otobo/database/password");
      const paths = (named(name)["volumeMounts"] as { mountPath: string }[]).map(
        ({ mountPath }) => mountPath,
      );
      for (const path of ["/opt/otobo", "/rollcall-otobo/database", "/rollcall-otobo/s3"])
        assert.ok(paths.includes(path), `${name}: ${path}`);
    }
    assert.deepEqual(
      after.spec.volumes?.find(({ name }) => name === "rollcall-otobo-database"),
      { name: "rollcall-otobo-database", secret: { secretName: "otobo-db" } },
    );
    assert.doesNotMatch(JSON.stringify(after), /secretKeyRef/);
  });

  const RESOURCES = { requests: { cpu: "100m", memory: "1Gi" }, limits: { memory: "2Gi" } };
  const readPostStart = (container: Record<string, unknown>): unknown =>
    (container["lifecycle"] as { postStart?: { exec: { command: string[] } } }).postStart?.exec.command;

  it("watches packages in the daemon's container only if the profile says so, which has what it takes", () => {
    const { named } = injected(pod({ daemon: { resources: RESOURCES } }), "packages: Watch");
    const daemon = named("daemon");
    assert.deepEqual(readPostStart(daemon), ["/rollcall/rollcall", "background", "otobo", "watch"]);
    assert.deepEqual(daemon["resources"], {
      requests: { cpu: "150m", memory: "1280Mi" },
      limits: { memory: "2304Mi" },
    });
    assert.equal(readEnv(daemon)["OTOBO_PACKAGES"], "watch");
    assert.equal(readEnv(named("web"))["OTOBO_PACKAGES"], "watch");
    assert.equal(readPostStart(named("web")), undefined);
    assert.match(readEnv(daemon)["ROLLCALL_PLAN"] ?? "", /"preset":\{"packages":"watch"\}/);

    const plain = injected(pod({ daemon: { resources: RESOURCES } }));
    assert.deepEqual(plain.named("daemon")["resources"], RESOURCES);
    assert.equal(readPostStart(plain.named("daemon")), undefined);
    assert.equal(readEnv(plain.named("daemon"))["OTOBO_PACKAGES"], undefined);
    assert.doesNotMatch(readEnv(plain.named("daemon"))["ROLLCALL_PLAN"] ?? "", /preset/);
  });

  it("keeps its QoS class with the watcher", () => {
    for (const resources of [
      undefined,
      RESOURCES,
      { limits: { cpu: "1", memory: "1Gi" } },
      { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
    ]) {
      const own = resources === undefined ? {} : { resources };
      const { after } = injected(pod({ web: own, daemon: own }), "packages: Watch");
      const all = [...after.spec.containers, ...(after.spec.initContainers ?? [])];
      const read = (containers: typeof all) => computeQosClass(containers.map((each) => each["resources"]));
      assert.equal(read(all), computeQosClass([resources, resources]));
    }
  });

  it("leaves amounts of zero, which mean none", () => {
    const zeros = [
      { limits: { cpu: "0", memory: "1Gi" } },
      { requests: { cpu: "0", memory: "0Mi" } },
      { requests: { cpu: 0 }, limits: { cpu: "0m" } },
    ];
    const raised = [{ limits: { cpu: "0", memory: "1280Mi" } }, zeros[1], zeros[2]];
    for (const [index, resources] of zeros.entries())
      assert.deepEqual(
        injected(pod({ daemon: { resources } }), "packages: Watch").named("daemon")["resources"],
        raised[index],
      );
  });

  it("has the token that the watcher's record needs, whatever the scale-down policy", () => {
    for (const policy of ["Allow", "Deny", "Managed"] as const) {
      const { named } = injected(
        pod(),
        "packages: Watch",
        `scaleDown: {policy: ${policy}${policy === "Managed" ? ", minReplicas: 1" : ""}}`,
      );
      const mounts = named("daemon")["volumeMounts"] as { mountPath: string }[];
      assert.ok(
        mounts.some(({ mountPath }) => mountPath === "/rollcall-token"),
        policy,
      );
    }
  });

  it("is denied the watcher if its daemon has a postStart of its own", () => {
    const own = { lifecycle: { postStart: { exec: { command: ["true"] } } } };
    const config = loadActiveConfig(profilesWith("packages: Watch"));
    const decision = decideOnPod(pod({ daemon: own }), { namespace: "demo", username: CONTROLLER }, config);
    assert.match(
      JSON.stringify(decision),
      /otobo-watch-conflict.*container daemon needs a postStart.*has a postStart of its own/,
    );
  });

  it("has a plan with the preset's steps, which the daemon's image runs", () => {
    const { named } = injected(pod(), "release: {migrate: true}");
    const init = named("rollcall-init");
    const text = unescapeEnvRefs(readEnv(init)["ROLLCALL_PLAN"] ?? "");
    const read = readPlan(text);
    if ("wrong" in read) assert.fail(read.wrong);
    const { steps, leave, releaseFrom, kind } = { ...read.plan, ...read.plan.identity };
    assert.equal(kind, "otobo");
    const names = steps.map(({ name }) => name).join(" ");
    assert.equal(
      names,
      "home config pid-files wait sync migrate reinstall packages rebuild cache acls-processes translations settings spool loader event gate",
    );
    assert.deepEqual(releaseFrom?.slice(-2), ["otobo", "release"]);
    assert.deepEqual(leave?.run.slice(-4), ["otobo", "leave", "--wait", "240"]);
    assert.equal(readEnv(named("web"))["ROLLCALL_PLAN"], undefined);
  });

  it("has preStops that let the daemon leave and stop the children of the web container", () => {
    const { named } = injected(pod());
    assert.match(
      readPreStop(named("daemon")).join(" "),
      /rollcall\/rollcall leave -- .*rollcall\/rollcall otobo stop --wait 45$/,
    );
    assert.deepEqual(readPreStop(named("web")).slice(0, 2), ["perl", "-e"]);
    const own = () => ({ lifecycle: { preStop: { exec: { command: ["/own"] } } } });
    const kept = injected(pod({ web: own(), daemon: own() }));
    assert.deepEqual(readPreStop(kept.named("web")), ["/own"]);
    assert.deepEqual(readPreStop(kept.named("daemon")).slice(-2), ["--", "/own"]);
  });

  it("gets missing probes, and keeps its own", () => {
    const own = { httpGet: { path: "/robots.txt", port: 5000 } };
    const { named } = injected(pod({ web: { livenessProbe: own } }));
    assert.deepEqual(named("web")["livenessProbe"], own);
    // served by every version, unlike /health
    assert.deepEqual((named("web")["startupProbe"] as { httpGet: object }).httpGet, {
      path: "/robots.txt",
      port: 5000,
      scheme: "HTTP",
    });
    assert.match(JSON.stringify(named("web")["readinessProbe"]), /Fatal Error.*installer\.pl is open/);
    assert.match(JSON.stringify(named("daemon")["livenessProbe"]), /otobo\.Daemon\.pl","status"/);
    assert.equal(injected(pod(), "probes: None").named("web")["startupProbe"], undefined);
  });

  it("runs as OTOBO's user by number; another user causes a warning", () => {
    const user = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true };
    const { after, warnings } = injected(pod());
    assert.deepEqual([after.spec["securityContext"], warnings], [user, []]);
    const root = injected(pod({ spec: { securityContext: { runAsUser: 0 } } }));
    assert.deepEqual(root.after.spec["securityContext"], { runAsUser: 0, fsGroup: 1000 });
    assert.match(
      root.warnings?.join("\n") ?? "",
      /RC131 otobo-template-issue: container daemon runs as root/,
    );
    const random = injected(pod({ web: { securityContext: { runAsUser: 1_000_640_000 } } }));
    assert.match(random.warnings?.join("\n") ?? "", /container web runs as user 1000640000/);
  });

  it("mounts its own Config.pm from a ConfigMap, or from a Secret if it holds passwords", () => {
    const source = (field: string) =>
      injected(pod(), `config: {${field}: own}`).after.spec.volumes?.find(
        ({ name }) => name === "rollcall-otobo-config",
      );
    const items = [{ key: "Config.pm", path: "Config.pm" }];
    const name = "rollcall-otobo-config";
    assert.deepEqual(source("configMapName"), { name, configMap: { name: "own", items } });
    assert.deepEqual(source("secretName"), { name, secret: { secretName: "own", items } });
  });

  it("allows the installer only in ordinal 0, and only if the profile says so", () => {
    const first = "release: {firstInstall: Installer}";
    assert.equal(readEnv(injected(pod({ ordinal: 0 }), first).named("web"))["OTOBO_FIRST_INSTALL"], "1");
    assert.equal(
      readEnv(injected(pod({ ordinal: 1 }), first).named("web"))["OTOBO_FIRST_INSTALL"],
      undefined,
    );
    assert.equal(readEnv(injected(pod({ ordinal: 0 })).named("web"))["OTOBO_FIRST_INSTALL"], undefined);
  });

  it("installs without a person in a step of the release, and then no pod counts as one with an open installer", () => {
    const install = "install: {fqdn: desk.example.com, systemID: 47, rootPasswordSecretName: otobo-root}";
    const { after, named } = injected(pod({ ordinal: 0 }), `release: {firstInstall: Unattended, ${install}}`);
    const read = readPlan(unescapeEnvRefs(readEnv(named("rollcall-init"))["ROLLCALL_PLAN"] ?? ""));
    if ("wrong" in read) assert.fail(read.wrong);
    const { steps, releaseFrom } = read.plan;
    assert.deepEqual(
      steps.slice(3, 6).map(({ name, scope }) => [name, scope]),
      [
        ["wait", "pod"],
        ["install", "release"],
        ["sync", "pod"],
      ],
    );
    const settings = ["--fqdn", "desk.example.com", "--http-type", "https", "--system-id", "47"];
    assert.deepEqual(steps[4]?.run.slice(1), ["otobo", "install", ...settings]);
    assert.equal(steps[3]?.run.at(-1), "--may-install");
    assert.deepEqual(releaseFrom?.slice(1), ["otobo", "release", "--may-install"]);

    const volume = "rollcall-otobo-install";
    assert.deepEqual(
      after.spec.volumes?.find(({ name }) => name === volume),
      { name: volume, secret: { secretName: "otobo-root", optional: true } },
    );
    assert.deepEqual(
      (named("rollcall-init")["volumeMounts"] as { name: string }[]).find(({ name }) => name === volume),
      { name: volume, mountPath: "/rollcall-otobo/install", readOnly: true },
    );
    // only the step install reads the password of root@localhost
    for (const name of ["web", "daemon"])
      assert.ok(!JSON.stringify(named(name)["volumeMounts"]).includes(volume), `${name} mounts ${volume}`);

    // unlike with Installer, ordinal 0 is ready only with a closed installer, like the others
    assert.equal(readEnv(named("web"))["OTOBO_FIRST_INSTALL"], undefined);
    assert.match(JSON.stringify(named("web")["readinessProbe"]), /installer\.pl is open/);
    assert.ok(named("daemon")["livenessProbe"]);
  });

  it("of a web workload has the daemon's NodeID for every ordinal, and runs no Release steps", () => {
    const lines = ["daemonID: 7", "containers: [web]"];
    const { named } = injected(pod({ ordinal: 3 }), ...lines);
    const env = readEnv(named("web"));
    assert.equal(env["OTOBO_NODE_ID"], "7");
    assert.doesNotMatch(env["ROLLCALL_PLAN"] ?? "", /"scope":"release"/);
  });
});

describe("a StatefulSet of type Otobo", () => {
  const buildSet = (replicas: number, volumes: object, claims: object[] = []) => {
    const { spec } = pod();
    const read = readAs(statefulSet, {
      metadata: { name: "desk" },
      spec: { replicas, template: { spec: { ...spec, ...volumes } }, volumeClaimTemplates: claims },
    });
    if ("wrong" in read) assert.fail(read.wrong);
    return read.object;
  };
  const loadPods = (text: string) =>
    loadActiveConfig(text).profiles?.get("desk")?.pods ?? assert.fail("no profile");
  const review = (pods: PresetPods, set: StatefulSet, old: StatefulSet | null = null) =>
    pods.reviewSet?.(set, old) ?? assert.fail("nothing is reviewed");
  const withoutS3 = profileNamed("desk", HOME);
  const claim = { metadata: { name: "otobo" }, spec: { accessModes: ["ReadWriteOnce"] } };

  it("may have only one pod if articles are on each pod's own volume", () => {
    const kept = "home: {volume: otobo, mode: Persistent}";
    const fs = loadPods(profileNamed("desk", kept, S3, "articles: FileSystem"));
    const denied = (set: ReturnType<typeof buildSet>) => review(fs, set).denial?.code;
    assert.equal(denied(buildSet(1, { volumes: [] }, [claim])), undefined);
    assert.equal(denied(buildSet(2, { volumes: [] }, [claim])), "RC130");
    const shared = { volumes: [{ name: "otobo", persistentVolumeClaim: { claimName: "all" } }] };
    assert.equal(denied(buildSet(2, shared)), undefined);
    const warned = (set: ReturnType<typeof buildSet>) => review(fs, set).warnings?.join("\n") ?? "";
    assert.match(warned(buildSet(2, shared)), /Give each pod its own home/);
    const many = { ...claim, spec: { accessModes: ["ReadWriteMany"] } };
    assert.match(warned(buildSet(1, { volumes: [] }, [many])), /RC131/);
    assert.doesNotMatch(warned(buildSet(1, { volumes: [] }, [claim])), /RC131/);
  });

  it("may have only one pod without S3, which alone shares ACLs, processes and packages", () => {
    for (const text of [
      withoutS3,
      profileNamed("desk", HOME, S3.replace("{endpoint", "{active: false, endpoint")),
    ]) {
      const alone = loadPods(text);
      assert.equal(review(alone, buildSet(1, {})).denial, undefined);
      const { denial } = review(alone, buildSet(3, {}));
      assert.equal(denial?.code, "RC132");
      assert.match(
        denial.message,
        /^profile desk has no s3, so each of the 3 pods would have ACLs, processes, /,
      );
    }
    assert.equal(review(loadPods(profilesWith()), buildSet(3, {})).denial, undefined);
  });

  it("that had several pods without S3 before may change and shrink, with a warning, but not grow", () => {
    const alone = loadPods(withoutS3);
    for (const replicas of [3, 2]) {
      const { denial, warnings } = review(alone, buildSet(replicas, {}), buildSet(3, {}));
      assert.equal(denial, undefined);
      assert.match(warnings?.join("\n") ?? "", /^rollcall RC132 otobo-needs-s3: profile desk has no s3/);
    }
    assert.equal(review(alone, buildSet(4, {}), buildSet(3, {})).denial?.code, "RC132");
    assert.equal(review(alone, buildSet(2, {}), buildSet(1, {})).denial?.code, "RC132");
  });

  it("may share a database with others only if all of them use S3 and Redis", () => {
    const judge = (first: string[], second: string[], isCached = true) => {
      const texts = [
        profileNamed("desk", HOME, "nodeID: {size: 9}", ...first),
        profileNamed("night", HOME, "nodeID: {base: 500, size: 9}", ...second),
      ];
      const text = isCached
        ? texts.join("")
        : texts.join("").replace('"redis":{"host":"redis.demo.svc"},', "");
      const profiles = loadActiveConfig(text).profiles ?? assert.fail("no profiles");
      const mine = {
        namespace: "demo",
        name: "desk",
        profile: profiles.get("desk") ?? assert.fail("no desk"),
      };
      const live = { namespace: "demo", name: "night", profile: "night", createdAt: "" };
      const siblings = listSiblings(mine, [{ ...live, name: "desk", profile: "desk" }, live], profiles);
      return mine.profile.pods.findSiblingFault?.(siblings) ?? null;
    };
    assert.equal(judge([S3], [S3]), null);
    assert.match(judge([S3], [S3], false)?.message ?? "", /and profile desk has no redis/);
    for (const denial of [judge([], [S3]), judge([S3], [])])
      assert.match(
        denial?.message ?? "",
        /^StatefulSet demo\/night \(profile night\) uses the same database, and profile (desk|night) has no s3/,
      );
  });
});
