// Actor c, a pod without rights: sends invented reviews to the webhook's port, and keeps connections open.

import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";

const HOST = "rollcall.rollcall-system.svc";
const PORT = 443;
const KIB = 1024;
const MIB = 1024 * KIB;
/** Between two reviews of one sender. */
const PAUSE_MS = 250;
const SENDERS = 2;

const counts = {};
const count = (what) => {
  counts[what] = (counts[what] ?? 0) + 1;
};
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const entries = (bytes, entry) => {
  const found = [];
  for (let size = 0; size < bytes; size += JSON.stringify(found.at(-1)).length + 1)
    found.push(entry(found.length));
  return found;
};
const zeros = (bytes) => Array(bytes / 2).fill(0);
const env = (bytes) => entries(bytes, (index) => ({ name: `V${index}` }));
const app = { name: "app", image: "a:1", volumeMounts: [{ name: "data", mountPath: "/data" }] };
const labels = (profile) => ({ app: "ring", "rollcall.dev/profile": profile });
const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u", controller: true };
const pod = (profile, spec) => ({
  metadata: { name: "web-0", namespace: "load-honest", labels: labels(profile), ownerReferences: [owner] },
  spec: { subdomain: "web", containers: [app], volumes: [{ name: "data", emptyDir: {} }], ...spec },
});
const set = (profile, spec, podSpec) => ({
  metadata: { name: "ring", namespace: "load-ring", uid: "u" },
  spec: {
    replicas: 3,
    serviceName: "ring",
    selector: { matchLabels: labels(profile) },
    template: { metadata: { labels: labels(profile) }, spec: { containers: [app], ...podSpec } },
    volumeClaimTemplates: [{ metadata: { name: "data" } }],
    ...spec,
  },
});
const pods = {
  kind: { group: "", version: "v1", kind: "Pod" },
  resource: { group: "", version: "v1", resource: "pods" },
};
const sets = {
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
};
const ofPod = (object, more) => [
  "/mutate",
  { ...pods, namespace: "load-honest", name: "web-0", object, ...more },
];
const ofSet = (object, more) => [
  "/validate",
  { ...sets, namespace: "load-ring", name: "ring", object, ...more },
];

const REVIEWS = {
  "0.6 MiB of variables": () => ofPod(pod("demo", { containers: [{ ...app, env: env(600 * KIB) }] })),
  "1.5 MiB of variables in a set": () =>
    ofSet(set("demo", {}, { containers: [{ ...app, env: env(1.5 * MIB) }] })),
  "1 MiB of groups that are none": () =>
    ofPod(pod("demo", {}), { userInfo: { username: "x", groups: zeros(MIB) } }),
  "6 MiB of containers that are none": () => ofPod(pod("demo", { containers: zeros(6 * MIB) })),
  "1 MiB of claims that are none": () => ofSet(set("demo", { volumeClaimTemplates: zeros(MIB) })),
  "100,000 levels": () => ofPod(pod("demo", { deep: "DEEP" })),
  "a user of 3 MB": () => ofSet(set("demo", {}), { userInfo: { username: "x".repeat(3e6) } }),
  "a smaller ring": () =>
    ofSet(set("ring", { replicas: 1 }), { operation: "UPDATE", oldObject: set("ring", {}) }),
  "a ring that is deleted": () => ofSet(null, { operation: "DELETE", oldObject: set("ring", {}) }),
  "a set of a pool": () => ofSet(set("pooled", {})),
};

const post = (path, body) =>
  new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(
      {
        host: HOST,
        port: PORT,
        path: `${path}?timeout=10s`,
        method: "POST",
        headers,
        rejectUnauthorized: false,
        agent: false,
      },
      (answer) => {
        answer.resume().once("close", () => resolve(answer.statusCode));
      },
    );
    sent.setTimeout(30_000, () => sent.destroy(new Error("no answer in 30 s")));
    sent.on("error", (error) => resolve(error.code ?? error.message));
    sent.end(body);
  });

async function sendReviews() {
  for (;;) {
    for (const [what, make] of Object.entries(REVIEWS)) {
      const [path, request_] = make();
      const whole = {
        uid: "u",
        operation: "CREATE",
        userInfo: { username: "system:admin" },
        dryRun: false,
        ...request_,
      };
      const body = JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        request: whole,
      }).replace('"DEEP"', "[".repeat(100_000) + "]".repeat(100_000));
      count(`${what}: ${await post(path, body)}`);
      await pause(PAUSE_MS);
    }
  }
}

/** Idle connections: without a handshake, without a head, and with 3 of 7 MiB. */
async function holdConnections() {
  for (;;) {
    const open = [];
    for (let index = 0; index < 150; index += 1) open.push(connectTcp(PORT, HOST));
    for (let index = 0; index < 100; index += 1)
      open.push(connectTls({ host: HOST, port: PORT, rejectUnauthorized: false }));
    for (let index = 0; index < 30; index += 1) {
      const socket = connectTls({ host: HOST, port: PORT, rejectUnauthorized: false }, () => {
        socket.write(
          `POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${7 * MIB}\r\n\r\n`,
        );
        socket.write(Buffer.alloc(3 * MIB, " "));
      });
      open.push(socket);
    }
    for (const socket of open) socket.on("error", () => undefined).resume();
    await pause(20_000);
    count(
      `${open.filter(({ closed, readableEnded }) => closed || readableEnded).length} of ${open.length} connections closed after 20 s`,
    );
    for (const socket of open) socket.destroy();
  }
}

for (let sender = 0; sender < SENDERS; sender += 1) void sendReviews();
void holdConnections();
setInterval(() => console.log(JSON.stringify(counts)), 10_000);
