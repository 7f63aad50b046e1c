// The example as it is, for a small cluster and its stand-ins: less cpu, a shorter end, and the volume that holds the
// state which stands for the database, mounted in MariaDB's stand-in and in OTOBO's.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../../harness/rollcall.ts";

const FOLDER = join(ROOT, "manifests/examples/otobo");
const STATE = { name: "standin", mountPath: "/standin" };

/** Where every stand-in finds the state. */
export const STATE_FILE = `${STATE.mountPath}/state.json`;

interface Container {
  name: string;
  env?: unknown[];
  resources?: unknown;
  volumeMounts?: unknown[];
}

export interface Document {
  kind: string;
  metadata: { name: string };
  spec?: {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
    volumeClaimTemplates?: unknown[];
    template?: {
      metadata: { labels: Record<string, string> };
      spec: {
        containers: Container[];
        volumes?: unknown[];
        terminationGracePeriodSeconds?: number;
      };
    };
  };
}

/** All of the example but its namespace, which is the suite's to make; and OTOBO's StatefulSet of it. */
export async function example(): Promise<{ set: Document; all: unknown[] }> {
  const skipped = ["kustomization.yaml", "profiles.yaml", "namespace.yaml"];
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".yaml") && !skipped.includes(name));
  const texts = await Promise.all(names.sort().map((name) => readFile(join(FOLDER, name), "utf8")));
  const documents = texts.flatMap((text) => parseAllDocuments(text).map((each) => each.toJS() as Document));
  const changed = documents.map(forStandIns);
  const set = changed.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "otobo");
  if (set === undefined) throw new Error(`${FOLDER} has no StatefulSet otobo`);
  return { set, all: [claim(), ...changed] };
}

/** Longer than the stand-in's daemon takes to end; the web in S3 mode takes all of it, as OTOBO's does. */
const GRACE_S = 20;

function forStandIns(document: Document): Document {
  const spec = document.spec?.template?.spec;
  if (spec === undefined) return document;
  for (const container of spec.containers) container.resources = { requests: { cpu: "20m", memory: "64Mi" } };
  if (!["otobo", "mariadb"].includes(document.metadata.name)) return document;
  for (const container of spec.containers) {
    container.env = [...(container.env ?? []), { name: "STANDIN_STATE", value: STATE_FILE }];
    container.volumeMounts = [...(container.volumeMounts ?? []), STATE];
  }
  spec.volumes = [
    ...(spec.volumes ?? []),
    { name: STATE.name, persistentVolumeClaim: { claimName: STATE.name } },
  ];
  if (document.metadata.name === "otobo") spec.terminationGracePeriodSeconds = GRACE_S;
  return document;
}

const claim = () => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: STATE.name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } },
});
