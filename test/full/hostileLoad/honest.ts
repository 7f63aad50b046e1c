// Twenty honest admissions a second, as dry runs: StatefulSets, each by another user, and pods by the StatefulSet
// controller.
import type { Api } from "../../e2e/harness/api.ts";
import { NAMESPACES } from "./setup.ts";

const A_SECOND = 20;

const labels = { app: "web", "rollcall.dev/profile": "demo" };
const app = {
  name: "app",
  image: "registry.test/app:1",
  env: Array.from({ length: 20 }, (_, index) => ({ name: `SETTING_${index}`, value: `value ${index}` })),
  volumeMounts: [{ name: "data", mountPath: "/data" }],
};

const pod = JSON.stringify({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-0",
    labels: { ...labels, "apps.kubernetes.io/pod-index": "0" },
    ownerReferences: [
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        name: "web",
        uid: "11111111-1111-4111-8111-111111111111",
        controller: true,
      },
    ],
  },
  spec: {
    hostname: "web-0",
    subdomain: "web",
    containers: [app],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-web-0" } }],
  },
});

const set = JSON.stringify({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "web" },
  spec: {
    replicas: 3,
    serviceName: "web",
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [app] } },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } },
      },
    ],
  },
});

const REQUESTS = [
  {
    user: "system:serviceaccount:kube-system:statefulset-controller",
    path: `/api/v1/namespaces/${NAMESPACES.honest}/pods?dryRun=All`,
    body: pod,
    expected: '"NODE_ID"',
  },
  {
    user: null,
    path: `/apis/apps/v1/namespaces/${NAMESPACES.honest}/statefulsets?dryRun=All`,
    body: set,
    expected: '"rollcall.dev/profile"',
  },
] as const;

export interface HonestTally {
  readonly milliseconds: readonly number[];
  /** for each denied request: the seconds since the start, and the message */
  readonly refused: readonly { readonly second: number; readonly why: string }[];
}

/** Sends at a fixed pace, independent of answers. @returns the results, when all are answered */
export async function sendHonest(api: Api, seconds: number, stop: AbortSignal): Promise<HonestTally> {
  const milliseconds: number[] = [];
  const refused: { second: number; why: string }[] = [];
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (let number = 0; number < seconds * A_SECOND && !stop.aborted; number += 1) {
    const due = began + (number * 1000) / A_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    const { user, path, body, expected } = REQUESTS[number % REQUESTS.length] ?? REQUESTS[0];
    const second = Math.round((performance.now() - began) / 1000);
    sent.push(
      api({ user: user ?? `honest-${number % 40}`, method: "POST", path, body }).then((reply) => {
        milliseconds.push(reply.milliseconds);
        const isAdmitted = reply.status === 201 && reply.text.includes(expected);
        if (!isAdmitted) refused.push({ second, why: `${reply.status} ${reply.text.slice(0, 300)}` });
      }),
    );
  }
  await Promise.all(sent);
  return { milliseconds, refused };
}
