// Another mutating webhook, like that of a service mesh or a registry mirror: it adds a sidecar to every pod, a mount
// and a variable to every container, and changes the registry of every image. It runs from a ConfigMap and needs only
// Node.js; MEDDLER is part of the names that it adds, so that two of them can be distinguished.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const name = process.env.MEDDLER;
const folder = "/program";

/** JSON Patch that replaces whole lists, as careless webhooks do; ours must cope with it. */
function meddle({ spec }) {
  const change = (container) => ({
    ...container,
    image: container.image.replace(/^[^/]+\//, "mirror.test/"),
    env: with_(container.env, { name: `MEDDLED_${name}`, value: "yes" }, "name"),
    volumeMounts: with_(
      container.volumeMounts,
      { name: `meddler-${name}`, mountPath: `/meddler-${name}` },
      "mountPath",
    ),
  });
  const sidecar = {
    name: `meddler-${name}`,
    image: spec.containers[0].image,
    command: ["sleep", "1000000"],
    securityContext: spec.containers[0].securityContext,
  };
  const containers = with_(spec.containers, sidecar, "name").map(change);
  const initContainers = (spec.initContainers ?? []).map(change);
  const volumes = with_(spec.volumes, { name: `meddler-${name}`, emptyDir: {} }, "name");
  return [
    { op: "add", path: "/spec/containers", value: containers },
    ...(initContainers.length > 0
      ? [{ op: "add", path: "/spec/initContainers", value: initContainers }]
      : []),
    { op: "add", path: "/spec/volumes", value: volumes },
  ];
}

function with_(list = [], item, key) {
  return list.some((each) => each[key] === item[key]) ? list : [...list, item];
}

createServer(
  {
    cert: readFileSync(`${folder}/tls.crt`),
    key: readFileSync(`${folder}/tls.key`),
    keepAliveTimeout: 120_000,
  },
  async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { uid, object } = JSON.parse(text).request;
    const patch = Buffer.from(JSON.stringify(meddle(object))).toString("base64");
    const answer = { uid, allowed: true, patchType: "JSONPatch", patch };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }),
    );
  },
).listen(8443);
process.on("SIGTERM", () => process.exit(0));
