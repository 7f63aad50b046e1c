// The examples work offline: with its profile, the pods of each one get the number that the application expects.
import assert from "node:assert/strict";
import { access, glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { REPOSITORY_ROOT, runCli } from "../webhook/cli/cli.ts";
import { loadOrThrow } from "../webhook/profiles/faults.ts";

const FOLDER = "manifests/examples";

interface ExpectedExample {
  container: string;
  /** @default the folder's name */
  namespace?: string;
  /** expected messages in addition to the summary */
  told?: readonly RegExp[];
  /** expected environment of each pod's process */
  env: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const EXPECTED: Readonly<Record<string, ExpectedExample>> = {
  generic: {
    container: "app",
    namespace: "rollcall-demo",
    env: {
      "web-0": { NODE_ID: "1", ADVERTISED_NAME: "web-0.web.rollcall-demo.svc" },
      "web-1": { NODE_ID: "2" },
      "web-2": { NODE_ID: "3" },
    },
  },
  // 1..255
  release: {
    container: "app",
    env: {
      "shop-0": { NODE_ID: "1" },
      "shop-1": { NODE_ID: "2" },
      "shop-2": { NODE_ID: "3", RELEASE: "docker.io/library/busybox:1.37" },
    },
  },
  zookeeper: {
    container: "zookeeper",
    env: {
      "zookeeper-0": { ZOO_MY_ID: "1" },
      "zookeeper-1": { ZOO_MY_ID: "2" },
      "zookeeper-2": { ZOO_MY_ID: "3" },
    },
  },
  // never the bare ordinal: OTOBO treats 0 as 1
  otobo: {
    container: "daemon",
    env: { "otobo-0": { OTOBO_NODE_ID: "1" } },
    told: [
      /RC133 otobo-local-files: mails that OTOBO could not process/,
      /RC133 otobo-local-files: files in Custom/,
    ],
  },
  // node.id equals the ordinal
  kafka: {
    container: "kafka",
    env: {
      "kafka-0": kafkaNode(0),
      "kafka-1": kafkaNode(1),
      "kafka-2": kafkaNode(2),
    },
  },
  // a member's ID is its pod's name, and all members know all possible ones
  ozone: { container: "om", env: { "om-0": ozoneMember(0), "om-1": ozoneMember(1), "om-2": ozoneMember(2) } },
};

function ozoneMember(ordinal: number): Record<string, string> {
  const site = "OZONE-SITE.XML_ozone.om";
  return {
    [`${site}.node.id`]: `om-${ordinal}`,
    [`${site}.nodes.omservice`]: "om-0,om-1,om-2,om-3,om-4,om-5,om-6",
    [`${site}.address.omservice.om-6`]: "om-6.om.rollcall-ozone.svc.cluster.local:9862",
  };
}

function kafkaNode(id: number): Record<string, string> {
  const host = `kafka-${id}.kafka.rollcall-kafka.svc`;
  return { KAFKA_NODE_ID: String(id), KAFKA_ADVERTISED_LISTENERS: `INTERNAL://${host}:9092` };
}

interface Pod {
  metadata: { name: string };
  spec: { containers: { name: string; env: { name: string; value?: string }[] }[] };
}

const files = (await Array.fromAsync(glob(`${FOLDER}/**/*.{yaml,yml}`, { cwd: REPOSITORY_ROOT }))).sort();
const folders = files.map((file) => file.split("/")[2] ?? "");
const withProfiles = folders.filter((_, index) => files[index]?.endsWith("/profiles.yaml"));

describe("the examples", () => {
  it("exist, and each one has a profile and a row in the table", () => {
    assert.deepEqual(withProfiles, Object.keys(EXPECTED).sort());
    assert.deepEqual(withProfiles, [...new Set(folders)]);
  });

  for (const file of files) {
    it(`parse: ${file}`, async () => {
      const documents = parseAllDocuments(await readFile(join(REPOSITORY_ROOT, file), "utf8"));
      assert.ok(Array.isArray(documents) && documents.length > 0, "no document");
      for (const { errors, warnings } of documents) assert.deepEqual([...errors, ...warnings], []);
    });
  }

  for (const folder of new Set(folders)) {
    it(`list all their files in kustomization.yaml: ${folder}`, async () => {
      const text = await readFile(join(REPOSITORY_ROOT, FOLDER, folder, "kustomization.yaml"), "utf8");
      const { resources } = parse(text) as { resources: string[] };
      for (const name of resources) await access(join(REPOSITORY_ROOT, FOLDER, folder, name));
    });

    it(`apply the profile before the StatefulSet, and have its label in the selector: ${folder}`, async () => {
      const read = async (name: string): Promise<Record<string, unknown>> =>
        parse(await readFile(join(REPOSITORY_ROOT, FOLDER, folder, name), "utf8")) as Record<string, unknown>;
      const { resources, sortOptions } = (await read("kustomization.yaml")) as {
        resources: string[];
        sortOptions: unknown;
      };
      // the default order puts unknown kinds after StatefulSets
      assert.deepEqual(sortOptions, { order: "fifo" });
      const at = resources.indexOf("profiles.yaml");
      assert.ok(at >= 0 && at < resources.indexOf("statefulset.yaml"), resources.join(" "));
      const profiles = loadOrThrow(
        await readFile(join(REPOSITORY_ROOT, FOLDER, folder, "profiles.yaml"), "utf8"),
      );
      const text = await readFile(join(REPOSITORY_ROOT, FOLDER, folder, "statefulset.yaml"), "utf8");
      const [, named = ""] =
        /selector: \{matchLabels: \{.*rollcall\.dev\/profile: ([-\w]+)\}\}/.exec(text) ?? [];
      assert.deepEqual([...profiles.keys()], [named]);
    });
  }

  for (const [folder, { container, env }] of Object.entries(EXPECTED)) {
    it(`get the number that the application expects: ${folder}`, async () => {
      const pods = await render(folder);
      assert.deepEqual(
        pods.map(({ metadata }) => metadata.name),
        Object.keys(env),
      );
      for (const { metadata, spec } of pods) {
        const wanted = env[metadata.name] ?? {};
        const has = spec.containers.find(({ name }) => name === container)?.env ?? [];
        for (const [name, value] of Object.entries(wanted)) {
          assert.deepEqual(
            has.filter((each) => each.name === name),
            [{ name, value }],
          );
        }
      }
    });
  }

  it("name each Kafka voter by its pod's number", async () => {
    const [pod] = await render("kafka");
    const voters = pod?.spec.containers[0]?.env.find(({ name }) => name.endsWith("QUORUM_VOTERS"))?.value;
    assert.deepEqual(
      voters?.split(","),
      [0, 1, 2].map((id) => `${id}@kafka-${id}.kafka:9093`),
    );
  });

  it("name each ZooKeeper server by its pod's number", async () => {
    const [pod] = await render("zookeeper");
    const servers = pod?.spec.containers[0]?.env.find(({ name }) => name === "ZOO_SERVERS")?.value;
    assert.deepEqual(
      servers?.split(" "),
      [1, 2, 3].map((id) => `server.${id}=zookeeper-${id - 1}.zookeeper:2888:3888;2181`),
    );
  });
});

describe("the example of a release step", () => {
  it("binds only the pods' account to the role that it needs", async () => {
    const documentsIn = async (path: string): Promise<Fields[]> =>
      parseAllDocuments(await readFile(join(REPOSITORY_ROOT, path), "utf8")).map(
        (each) => each.toJS() as Fields,
      );
    const [account, binding] = await documentsIn(`${FOLDER}/release/member.yaml`);
    const [set] = await documentsIn(`${FOLDER}/release/statefulset.yaml`);
    const role = (await documentsIn("manifests/base/rbac.yaml")).find(
      ({ metadata }) => metadata.name === "rollcall-member",
    );
    assert.deepEqual(binding?.roleRef, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "rollcall-member",
    });
    assert.deepEqual(binding?.subjects, [{ kind: "ServiceAccount", name: account?.metadata.name }]);
    assert.equal(set?.spec?.template.spec.serviceAccountName, account?.metadata.name);
    assert.deepEqual(
      role?.rules?.map(({ resources, verbs }) => [...resources, ...verbs].join(" ")),
      ["statefulsets get", "namespaces get", "leases get create update"],
    );
  });
});

interface Fields {
  metadata: { name: string };
  roleRef?: unknown;
  subjects?: unknown;
  rules?: { resources: string[]; verbs: string[] }[];
  spec?: { template: { spec: { serviceAccountName?: string } } };
}

/** The injected pods of an example. */
async function render(folder: string): Promise<Pod[]> {
  const path = `${FOLDER}/${folder}`;
  const words = ["--namespace", `${EXPECTED[folder]?.namespace ?? `rollcall-${folder}`}`, "-o", "json"];
  const observation = await runCli(["render", "-f", path, ...words]);
  assert.equal(observation.code, 0, observation.stderr);
  const [understood = "", ...others] = observation.stderr.trimEnd().split("\n");
  assert.match(understood, /^Warning: rollcall RC118 understood: /);
  const { told = [] } = EXPECTED[folder] ?? {};
  assert.equal(others.length, told.length, observation.stderr);
  for (const [index, line] of others.entries()) assert.match(line, told[index] ?? /^$/);
  return (JSON.parse(observation.stdout) as { pods: Pod[] }).pods;
}
