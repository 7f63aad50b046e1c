// Actor a, authors of workloads with the role edit in one namespace: they apply objects that the API server accepts and
// that are expensive to review, and scale down a ring whose members send any answer.
import type { Api, Call } from "../../e2e/harness/api.ts";
import { NAMESPACES } from "./setup.ts";

const KIB = 1024;
/** Between two requests of one author. */
const PAUSE_MS = 400;
const AUTHORS = 3;

const variables = (bytes: number): { name: string }[] => {
  const all: { name: string }[] = [];
  for (let size = 0; size < bytes; size += JSON.stringify(all.at(-1)).length + 1)
    all.push({ name: `V${all.length}` });
  return all;
};

const app = {
  name: "app",
  image: "registry.test/app:1",
  volumeMounts: [{ name: "data", mountPath: "/data" }],
};

const set = (name: string, { profile = "demo", bytes = 0, claims = 1, volumes = 0 } = {}): string => {
  const labels = { app: name, "rollcall.dev/profile": profile };
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } };
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      replicas: 3,
      serviceName: name,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ ...app, env: variables(bytes) }],
          volumes: Array.from({ length: volumes }, (_, index) => ({ name: `v${index}`, emptyDir: {} })),
        },
      },
      volumeClaimTemplates: Array.from({ length: claims }, (_, index) => ({
        metadata: { name: index === 0 ? "data" : `data-${index}` },
        spec,
      })),
    },
  });
};

const created = (body: string): Omit<Call, "user"> => ({
  method: "POST",
  path: `/apis/apps/v1/namespaces/${NAMESPACES.tenant}/statefulsets?dryRun=All`,
  body,
});

const scaledDown = (namespace: string, name: string): Omit<Call, "user"> => ({
  method: "PATCH",
  path: `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}?dryRun=All`,
  body: JSON.stringify({ spec: { replicas: 1 } }),
});

const REQUESTS: Readonly<Record<string, Omit<Call, "user">>> = {
  "150 KiB of variables": created(set("a", { bytes: 150 * KIB })),
  "a ring scaled down": scaledDown(NAMESPACES.ring, "ring"),
  "600 KiB of variables": created(set("b", { bytes: 600 * KIB })),
  "a set of a pool": created(set("c", { profile: "pooled" })),
  "1.2 MiB of variables": created(set("d", { bytes: 1_200 * KIB })),
  "2,000 claims and volumes": created(set("e", { claims: 2_000, volumes: 2_000 })),
  "a set with a record of nonsense scaled down": scaledDown(NAMESPACES.member, "member"),
  "2.8 MiB of variables": created(set("f", { bytes: 2_800 * KIB })),
};

/** Sends one request after the other until the end. @returns how often each kind of request got each result */
export async function sendAsAuthors(api: Api, stop: AbortSignal): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const author = async (number: number): Promise<void> => {
    for (let turn = number; !stop.aborted; turn += 1) {
      const all = Object.entries(REQUESTS);
      const [what, call] = all[turn % all.length] ?? assertNever();
      const { status } = await api({ ...call, user: `author-${number}-${turn % 5}` });
      const key = `${what}: ${status}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  };
  await Promise.all(Array.from({ length: AUTHORS }, (_, number) => author(number)));
  return counts;
}

function assertNever(): never {
  throw new Error("there is no such request");
}
