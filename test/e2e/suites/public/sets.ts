// The StatefulSets of this folder and the expected pods: numbers, variables that refer to them, order of init
// containers.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export type Runner = "copy" | "image";

export interface PublicSet {
  /** sets/FILE.yaml */
  file: string;
  /** pods and their numbers */
  numbers: Readonly<Record<string, string>>;
  /** the containers that have the number */
  containers: readonly string[];
  /** the variable with the number */
  variable: string;
  /** more of the expected environment */
  env: (pod: string, number: string, namespace: string) => Readonly<Record<string, string>>;
  /** the pod's init containers; OURS marks the place of ours */
  inits: readonly string[];
}

const OURS = "(ours)";

/** The names of a set's init containers with a runner. */
export function listInitNames({ inits }: PublicSet, runner: Runner): string[] {
  const ours = runner === "copy" ? ["rollcall-install", "rollcall-init"] : ["rollcall-init"];
  return inits.flatMap((name) => (name === OURS ? ours : [name]));
}

/** The documents of a StatefulSet. The files contain `-copy`; the image variant has another profile name. */
export async function readSetDocuments({ file }: PublicSet, runner: Runner): Promise<string> {
  const text = await readFile(join(import.meta.dirname, "sets", `${file}.yaml`), "utf8");
  return text.replaceAll(/(rollcall\.dev\/profile: [a-z-]+)-copy/g, `$1-${runner}`);
}

export const SETS: readonly PublicSet[] = [
  {
    file: "zookeeper",
    numbers: { "zookeeper-0": "1", "zookeeper-1": "2" },
    containers: ["zookeeper"],
    variable: "ZOO_MY_ID",
    env: (pod, number) => ({ SELF: `${pod} is server.${number}, not $(ZOO_MY_ID)` }),
    inits: [OURS],
  },
  {
    file: "kafka",
    numbers: { "kafka-broker-3": "3" },
    containers: ["kafka"],
    variable: "KAFKA_NODE_ID",
    env: (_pod, number) => ({ KAFKA_BROKER_RACK: `rack-${number}`, KAFKA_PROCESS_ROLES: "broker" }),
    inits: ["wait-for-controllers", OURS],
  },
  {
    file: "rabbitmq",
    numbers: { "rabbitmq-server-0": "1" },
    containers: ["rabbitmq"],
    variable: "RABBITMQ_NODE_NUMBER",
    env: (pod, number, namespace) => ({
      RABBITMQ_DIST_PORT: `2567${number}`,
      RABBITMQ_MEMBER: `${pod}.rabbitmq-nodes.${namespace}`,
      // the container's own source takes precedence over the profile's
      RABBITMQ_SITE: "own",
      RABBITMQ_USE_LONGNAME: "true",
    }),
    inits: ["setup-container"],
  },
  {
    file: "postgres",
    numbers: { "postgres-0": "100" },
    containers: ["postgres"],
    variable: "PG_MEMBER",
    env: (_pod, number) => ({
      APPLICATION_NAME: `member_${number}`,
      AWS_SECRET_ACCESS_KEY: "secret-of-postgres",
      ROLLCALL_S3_BUCKET: "wal-archive",
      WALG_PREFIX: "",
    }),
    inits: ["prepare-data", OURS, "check-scripts"],
  },
  {
    file: "otobo",
    numbers: { "otobo-0": "1" },
    containers: ["daemon", "web"],
    variable: "OTOBO_NODE_ID",
    env: (pod, number, namespace) => ({
      LOG_PREFIX: `otobo-${number}`,
      OTOBO_FQDN: `${pod}.otobo.${namespace}.svc`,
      OTOBO_SITE: "rollcall",
    }),
    inits: ["db-proxy", OURS, "permissions"],
  },
];
