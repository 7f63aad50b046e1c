// Faults of a StatefulSet as a whole at apply: volumes that cannot keep markers, names that Kubernetes rejects, placeholders
// without a value, containers that conflict with each other.
import assert from "node:assert/strict";
import { readAs, statefulSet } from "../../../webhook/kubernetes/objects.ts";
import { buildPod } from "../../../webhook/kubernetes/statefulSetPods.ts";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { ask, expectDenial, expectWarnings } from "../validation/ask.ts";

const STEPS = "steps: [{name: seed, scope: Pod, run: [a], verify: [b]}]";
const ON_DATA = `markers: {volume: data}, ${STEPS}`;
const S3 = 's3: {endpoint: "http://s3.test", bucket: boot, usedBy: [Runner]}';
const PROFILES = [
  renderGenericYaml("x", ON_DATA),
  renderGenericYaml("both", `markers: {volume: data, store: Both}, ${STEPS}, ${S3}`),
  renderGenericYaml("release", `markers: {volume: data}, ${STEPS.replace("Pod", "Release")}`),
  renderGenericYaml(
    "leaving",
    "markers: {volume: data}, scaleDown: {policy: Drained, minReplicas: 1, leave: {run: [a], verify: [b]}}",
  ),
  renderGenericYaml("s3", `markers: {store: S3}, ${STEPS}, ${S3}`),
  renderGenericYaml("plain"),
  renderGenericYaml("named", 'env: [{name: SELF, value: "{podName}.{serviceName}"}]'),
  renderGenericYaml("released", 'releaseID: "{serviceName}"'),
  renderGenericYaml("watched", ON_DATA, "mode: Warn"),
  renderProfileYaml(
    "ring",
    `type: OzoneOM, namespaces: ["*"], selectorLabel: Warn, ozoneOM: {serviceID: om,
    metadata: {volume: data, dirs: /data/metadata}, scaleDown: {policy: Managed, minReplicas: 1}}`,
  ),
  renderProfileYaml(
    "desk",
    `type: Otobo, namespaces: ["*"], otobo: {home: {volume: data, mode: Ephemeral},
    database: {type: MariaDB, host: db, passwordSecretName: s}, redis: {host: r},
    s3: {endpoint: "http://s3.test", bucket: boot, credentialsSecretName: s},
    scaleDown: {policy: Managed, minReplicas: 1}}`,
  ),
].join("");

interface SetInput {
  profile?: string;
  name?: string;
  replicas?: number;
  /** null: none */
  serviceName?: string | null;
  /** the volume data: a source as in a pod; absent: a volumeClaimTemplate */
  volume?: object;
  /** settings of the volumeClaimTemplate */
  claim?: object;
  claimName?: string;
  app?: object;
  /** more containers */
  containers?: object[];
  initContainers?: object[];
  spec?: object;
}

function buildSet({ profile = "x", name = "web", replicas = 3, serviceName = "web", ...given }: SetInput) {
  const { claimName = "data", volume, claim } = given;
  const labels = { app: "web", "rollcall.dev/profile": profile };
  const app = {
    name: { ring: "om", desk: "daemon" }[profile] ?? "app",
    image: "example.test/app:1",
    volumeMounts: [{ name: "data", mountPath: profile === "desk" ? "/opt/otobo" : "/data" }],
    ...given.app,
  };
  return {
    metadata: { name },
    spec: {
      replicas,
      ...(serviceName === null ? {} : { serviceName }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [app, ...(given.containers ?? [])],
          ...(given.initContainers === undefined ? {} : { initContainers: given.initContainers }),
          ...(volume === undefined ? {} : { volumes: [{ name: "data", ...volume }] }),
          ...given.spec,
        },
      },
      ...(volume === undefined
        ? {
            volumeClaimTemplates: [
              { metadata: { name: claimName }, ...(claim === undefined ? {} : { spec: claim }) },
            ],
          }
        : {}),
    },
  };
}

const asked = (given: SetInput, old?: SetInput) =>
  ask(buildSet(given), { profiles: PROFILES, ...(old === undefined ? {} : { old: buildSet(old) }) });

const web = {
  name: "web",
  image: "example.test/app:1",
  volumeMounts: [{ name: "data", mountPath: "/opt/otobo" }],
};
const desk: SetInput = { profile: "desk", replicas: 1, volume: { emptyDir: {} }, containers: [web] };
const omInit = (...args: string[]): SetInput => ({
  profile: "ring",
  initContainers: [{ name: "om-init", image: "o", args }],
});

/** As in apache/ozone-helm-charts #42. */
const rolesProbe = {
  exec: { command: ["sh", "-c", "ozone admin om roles -id cluster1 2>/dev/null | grep -q $(hostname)"] },
};

const DENIED: Readonly<Record<string, { given: SetInput; says: RegExp }>> = {
  "a claim of mode Block": {
    given: { claim: { volumeMode: "Block" } },
    says: /RC150 marker-volume-not-persistent: Creating StatefulSet shop\/web is denied: profile x keeps .* Block, which has no filesystem[.] Use a volumeClaimTemplate data/,
  },
  "a claim that the application uses as a device": {
    given: { app: { volumeMounts: [], volumeDevices: [{ name: "data", devicePath: "/dev/x" }] } },
    says: /RC150 .*a block device of container app/,
  },
  "a claim that is ReadOnlyMany": {
    given: { claim: { accessModes: ["ReadOnlyMany"] } },
    says: /RC150 .*ReadOnlyMany/,
  },
  "a mounted claim that is readOnly": {
    given: { volume: { persistentVolumeClaim: { claimName: "all", readOnly: true } } },
    says: /RC150 .*readOnly/,
  },
  "a ConfigMap": {
    given: { volume: { configMap: { name: "c" } } },
    says: /RC150 .*a ConfigMap, which is read-only/,
  },
  "a Secret": { given: { volume: { secret: { secretName: "c" } } }, says: /RC150 .*a Secret/ },
  "a projected volume": { given: { volume: { projected: { sources: [] } } }, says: /RC150 .*a projected/ },
  "a downwardAPI volume": {
    given: { volume: { downwardAPI: { items: [] } } },
    says: /RC150 .*a downwardAPI/,
  },
  "an image volume": { given: { volume: { image: { reference: "i" } } }, says: /RC150 .*an image/ },
  "a CSI volume that is readOnly": {
    given: { volume: { csi: { driver: "d", readOnly: true } } },
    says: /RC150 .*readOnly/,
  },
  "an ephemeral volume of mode Block": {
    given: { volume: { ephemeral: { volumeClaimTemplate: { spec: { volumeMode: "Block" } } } } },
    says: /RC150 .*Block/,
  },
  "a hostPath that is a file": {
    given: { volume: { hostPath: { path: "/x", type: "File" } } },
    says: /RC150 .*hostPath of type File/,
  },
  "an unusable volume with markers in both stores": {
    given: { profile: "both", volume: { configMap: { name: "c" } } },
    says: /RC150/,
  },
  "an unusable volume of an OTOBO": {
    given: { ...desk, volume: { configMap: { name: "c" } } },
    says: /RC150/,
  },
  "a name of 53 characters": {
    given: { name: "w".repeat(53) },
    says: /RC151 name-too-long: .* the name of StatefulSet .* has 53 characters, .*controller-revision-hash.*at most 52/,
  },
  "a name of 63 characters, of a profile without steps": {
    given: { profile: "plain", name: "w".repeat(63) },
    says: /RC151/,
  },
  "a name with a dot": {
    given: { name: "a.b" },
    says: /RC151 .*pod a\.b-2 could not be created, because its name is also its hostname/,
  },
  "a serviceName of 64 characters": {
    given: { serviceName: "s".repeat(64) },
    says: /RC151 .*spec\.serviceName/,
  },
  "a volumeClaimTemplate of 64 characters": {
    given: { profile: "plain", claimName: "c".repeat(64) },
    says: /RC151 .*volumeClaimTemplate c/,
  },
  "{serviceName} without a serviceName": {
    given: { profile: "named", serviceName: null },
    says: /RC152 placeholder-empty: Creating StatefulSet shop\/web is denied: profile named uses \{serviceName\} in env SELF/,
  },
  "{serviceName} with only a subdomain, which the controller removes": {
    given: { profile: "named", serviceName: "", spec: { subdomain: "other" } },
    says: /RC152/,
  },
  "a bootstrap by another container of a ring": {
    given: omInit("ozone", "om", "--bootstrap"),
    says: /RC147 ozone-bootstrap-conflict: Creating StatefulSet shop\/web is denied: container om-init runs ozone om --bootstrap/,
  },
  "an initialisation by another container of a ring, in a shell": {
    given: omInit("sh", "-c", "if true; then /opt/hadoop/bin/ozone --config /c om -h x --init||true;fi"),
    says: /RC147 .*--init/,
  },
  "an entrypoint of another container that initialises the ring": {
    given: {
      profile: "ring",
      initContainers: [
        { name: "i", image: "o", env: [{ name: "ENSURE_OM_INITIALIZED", value: "/data/VERSION" }] },
      ],
    },
    says: /RC147 .*ENSURE_OM_INITIALIZED/,
  },
  "a ring's own container that bootstraps": {
    given: { profile: "ring", app: { args: ["ozone", "om", "--bootstrap"] } },
    says: /RC147 .*container om runs/,
  },
};

const TOLD: Readonly<Record<string, { given: SetInput; says: RegExp }>> = {
  "an emptyDir": {
    given: { volume: { emptyDir: {} } },
    says: /RC150 marker-volume-not-persistent: .*an emptyDir, which is deleted with the pod: a new pod runs step seed again[.] Use a volumeClaimTemplate data/,
  },
  "an emptyDir in memory": {
    given: { volume: { emptyDir: { medium: "Memory" } } },
    says: /RC150 .*an emptyDir/,
  },
  "no source, which is an emptyDir": { given: { volume: {} }, says: /RC150 .*an emptyDir/ },
  "a generic ephemeral volume": {
    given: { volume: { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } } },
    says: /RC150 .*a generic ephemeral volume, which is deleted with the pod/,
  },
  "an ephemeral CSI volume": { given: { volume: { csi: { driver: "d" } } }, says: /RC150 .*CSI/ },
  "a hostPath": {
    given: { volume: { hostPath: { path: "/x", type: "DirectoryOrCreate" } } },
    says: /RC150 .*a hostPath, which stays on its node/,
  },
  "one claim for all pods": {
    given: { volume: { persistentVolumeClaim: { claimName: "all" } } },
    says: /RC150 .*the claim all for all pods: it must be ReadWriteMany/,
  },
  "one NFS share for all pods": {
    given: { volume: { nfs: { server: "s", path: "/" } } },
    says: /RC150 .*one nfs volume for all pods/,
  },
  "an emptyDir with markers in both stores": {
    given: { profile: "both", volume: { emptyDir: {} } },
    says: /RC150 .*verifies its steps again/,
  },
  "an emptyDir with Release steps, which the record keeps": {
    given: { profile: "release", volume: { emptyDir: {} } },
    says: /RC150 .*verifies its steps again/,
  },
  "a denial in mode Warn": {
    given: { profile: "watched", volume: { configMap: { name: "c" } } },
    says: /RC117 warn-mode: would deny: rollcall RC150/,
  },
  "{serviceName} in releaseID without a serviceName": {
    given: { profile: "released", serviceName: null },
    says: /RC152 placeholder-empty/,
  },
  "a container of OTOBO by its image": {
    given: { ...desk, containers: [web, { name: "console", image: "example.test/app@sha256:00" }] },
    says: /RC137 otobo-container-unlisted: .*console runs OTOBO .*, but profile desk names only daemon, web/,
  },
  "a container of OTOBO by its name in another registry, also as an init container": {
    given: { ...desk, initContainers: [{ name: "migrate", image: "reg:5000/rotheross/otobo:rel-11" }] },
    says: /RC137 .*migrate/,
  },
  "a container of OTOBO by its home mount": {
    given: { ...desk, containers: [web, { ...web, name: "cron", image: "own:1" }] },
    says: /RC137 .*cron/,
  },
  "a script on a ring's metadata volume that may bootstrap": {
    given: {
      profile: "ring",
      initContainers: [
        {
          name: "om-bootstrap",
          image: "tools",
          command: ["/scripts/run.sh"],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
    },
    says: /RC147 ozone-bootstrap-conflict: om-bootstrap may initialise or bootstrap the member on volume data/,
  },
};

const OTHER_MEMBERSHIP: typeof TOLD = {
  "a container of a ring that decommissions": {
    given: {
      profile: "ring",
      app: { args: ["sh", "-c", "ozone om & ozone admin om decommission -id=x -nodeid=om-3; wait"] },
    },
    says: /RC148 ozone-membership-command: container om runs ozone om decommission, but under profile ring only Rollcall changes/,
  },
  "a sidecar of a ring that transfers leadership": {
    given: omInit("ozone", "admin", "--set=a=b", "om", "transfer", "-r"),
    says: /RC148 .*container om-init runs ozone om transfer/,
  },
  "a postStart of a ring that bootstraps": {
    given: {
      profile: "ring",
      app: { lifecycle: { postStart: { exec: { command: ["sh", "-c", "(ozone om --bootstrap)"] } } } },
    },
    says: /RC148 .*the postStart of container om runs ozone om --bootstrap/,
  },
  "a preStop of a ring that decommissions": {
    given: {
      profile: "ring",
      app: { lifecycle: { preStop: { exec: { command: ["ozone", "admin", "om", "decommission"] } } } },
    },
    says: /RC148 .*the preStop of container om runs ozone om decommission/,
  },
  "a startup probe of a ring that waits for a leader": {
    given: { profile: "ring", app: { startupProbe: rolesProbe } },
    says: /RC149 ozone-probe-needs-leader: the startupProbe of container om asks ozone admin om roles, .*only while the ring has a leader/,
  },
  "a startup probe of a ring that reads data": {
    given: {
      profile: "ring",
      app: { startupProbe: { exec: { command: ["bash", "-c", "ozone sh volume list >/dev/null"] } } },
    },
    says: /RC149 .*the startupProbe of container om asks ozone sh, which is answered only while the ring has a leader/,
  },
  "a startup probe of a ring that looks for the role of leader": {
    given: {
      profile: "ring",
      app: {
        startupProbe: { exec: { command: ["sh", "-c", "curl -s localhost:9874/jmx | grep -q LEADER"] } },
      },
    },
    says: /RC149 .*asks for the role LEADER/,
  },
  "a readiness probe of a ring that waits for a leader": {
    given: { profile: "ring", app: { readinessProbe: rolesProbe } },
    says: /RC149 .*the readinessProbe of container om/,
  },
};

const RIGHT: Readonly<Record<string, SetInput>> = {
  "a volumeClaimTemplate": {},
  "a volumeClaimTemplate of mode Filesystem": {
    claim: { volumeMode: "Filesystem", accessModes: ["ReadWriteOncePod", "ReadOnlyMany"] },
  },
  "one claim for one pod": { replicas: 1, volume: { persistentVolumeClaim: { claimName: "all" } } },
  "an emptyDir without steps": { profile: "leaving", volume: { emptyDir: {} } },
  "an emptyDir, and markers in S3": { profile: "s3", volume: { emptyDir: {} } },
  "an emptyDir as the home of an OTOBO, which each start fills again": desk,
  "a name of 52 characters": { name: "w".repeat(52) },
  "a container with its own value for a variable with {serviceName}": {
    profile: "named",
    serviceName: null,
    app: { env: [{ name: "SELF", value: "s" }] },
  },
  "a helper container next to OTOBO": {
    ...desk,
    containers: [web, { name: "proxy", image: "rotheross/otobo-nginx-webserver:1" }],
  },
  "an init container that changes the owner of a ring's volume": {
    profile: "ring",
    initContainers: [
      {
        name: "own",
        image: "busybox",
        command: ["chown", "-R", "1000", "/data"],
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      },
    ],
  },
  "an init container of a ring that initialises something else": omInit("app", "--init", "om"),
  "a preStop of a ring that transfers leadership": {
    profile: "ring",
    app: { lifecycle: { preStop: { exec: { command: ["ozone", "admin", "om", "transfer", "-r"] } } } },
  },
  "a probe of a ring that accepts a follower": {
    profile: "ring",
    app: {
      startupProbe: {
        exec: { command: ["sh", "-c", "curl -s localhost:9874/jmx | grep -E 'LEADER|FOLLOWER'"] },
      },
    },
  },
  "a probe of a ring by a shell beside ozone": {
    profile: "ring",
    app: {
      startupProbe: {
        exec: { command: ["sh", "-c", "pgrep -f ozone && sh /check.sh && test -d /data/ozone"] },
      },
    },
  },
  "a probe of a ring that needs no leader": {
    profile: "ring",
    app: { startupProbe: { exec: { command: ["sh", "-c", "curl -s localhost:9874/jmx | grep roles"] } } },
  },
};

const CODES = /RC(137|147|148|149|150|151|152)/;

describe("checks of a StatefulSet at apply", () => {
  for (const [name, { given, says }] of Object.entries(DENIED)) {
    it(`denies ${name}`, async () => assert.match(expectDenial(await asked(given)), says));
  }

  for (const [name, { given, says }] of Object.entries({ ...TOLD, ...OTHER_MEMBERSHIP })) {
    it(`warns of ${name}`, async () => assert.match(expectWarnings(await asked(given)), says));
  }

  for (const [name, given] of Object.entries(RIGHT)) {
    it(`accepts ${name}`, async () => assert.doesNotMatch(expectWarnings(await asked(given)), CODES));
  }

  it("only warns of a fault that the StatefulSet had before", async () => {
    for (const { given } of Object.values(DENIED)) {
      const answer = await asked({ ...given, replicas: 2 }, { ...given, replicas: 3 });
      assert.match(expectWarnings(answer), CODES, JSON.stringify(given));
    }
  });

  it("denies a fault that replaces another one", async () => {
    const old: SetInput = { volume: { secret: { secretName: "s" } } };
    assert.match(
      expectDenial(await asked({ volume: { configMap: { name: "c" } } }, old)),
      /RC150 .*a ConfigMap/,
    );
  });
});

describe("the pods of a StatefulSet without serviceName", () => {
  it("have no subdomain, even if the pod template sets one", () => {
    for (const serviceName of [null, ""]) {
      const read = readAs(statefulSet, buildSet({ serviceName, spec: { subdomain: "other" } }));
      if ("wrong" in read) assert.fail(read.wrong);
      assert.ok(!("subdomain" in buildPod(read.object, "shop", 0).spec));
    }
    const read = readAs(statefulSet, buildSet({ spec: { subdomain: "other" } }));
    if ("wrong" in read) assert.fail(read.wrong);
    assert.equal(buildPod(read.object, "shop", 0).spec.subdomain, "web");
  });
});
