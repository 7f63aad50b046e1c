// Runs in a pod: calls the webhook without a client certificate, and prints its answers as one line of JSON.
import { request } from "node:https";

const HOST = "rollcall.rollcall-system.svc";

const ask = (method, path, body = "") =>
  new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ host: HOST, path, method, headers, rejectUnauthorized: false }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      resolve({ path, status: answer.statusCode, text: text.slice(0, 400) });
    });
    sent.on("error", reject);
    sent.end(body);
  });

const review = JSON.stringify({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: {
    uid: "u-1",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    operation: "CREATE",
    namespace: "default",
    userInfo: { username: "anybody" },
    object: { metadata: { name: "a" }, spec: { containers: [] } },
  },
});

const answers = [];
for (const path of ["/mutate", "/validate"]) answers.push(await ask("POST", path, review));
for (const path of ["/healthz", "/readyz", "/metrics"]) answers.push(await ask("GET", path));
console.log(JSON.stringify(answers));
