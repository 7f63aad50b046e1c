// Actor b, a pod with the role rollcall-member: writes invalid records and locks of its own StatefulSet, and tries
// others.
import { readFileSync } from "node:fs";
import { request } from "node:https";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const token = readFileSync(`${FOLDER}/token`, "utf8");
const ca = readFileSync(`${FOLDER}/ca.crt`);
const namespace = readFileSync(`${FOLDER}/namespace`, "utf8");
const PATH = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
const PAUSE_MS = 200;

const ask = (method, path, body = "") =>
  new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const sent = request({ host: "kubernetes.default.svc", ca, path, method, headers }, async (answer) => {
      const text = Buffer.concat(await answer.toArray().catch(() => [])).toString();
      resolve({ status: answer.statusCode, text });
    });
    sent.on("error", (error) => resolve({ status: error.code, text: "{}" }));
    sent.end(body);
  });

const RECORDS = [
  "[".repeat(100_000),
  `{"members":[${"0,".repeat(60_000)}0]}`,
  `{"schema":1,"members":{${Array.from({ length: 8_000 }, (_, index) => `"a${index}":{}`).join(",")}}}`,
  "x".repeat(200_000),
];
const counts = {};

async function write(name, record) {
  const { status: found, text } = await ask("GET", `${PATH}/${name}`);
  const resourceVersion = found === 200 ? JSON.parse(text).metadata.resourceVersion : undefined;
  const metadata = { name, namespace, resourceVersion, annotations: { "rollcall.dev/record": record } };
  const lease = JSON.stringify({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: {} });
  const { status } = await ask(
    found === 200 ? "PUT" : "POST",
    found === 200 ? `${PATH}/${name}` : PATH,
    lease,
  );
  const what = `${name}: ${status}`;
  counts[what] = (counts[what] ?? 0) + 1;
}

setInterval(() => console.log(JSON.stringify(counts)), 10_000);
for (let turn = 0; ; turn += 1) {
  const record = RECORDS[turn % RECORDS.length];
  for (const name of [
    "rollcall-record-member",
    "rollcall-record-other",
    "rollcall-lock-member",
    "rollcall-lock-other",
  ]) {
    await write(name, record);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}
