// The lower bound: node:https with the webhook's TLS settings, one JSON.parse, and a constant answer as long as the
// webhook's. No webhook in Node.js can be faster.
//   node floor.mjs BYTES   BYTES is the length of its answer
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { issueSelfSigned } from "../../webhook/tls/selfSigned.ts";

const [, , bytes = "0"] = process.argv;
const { cert, key, ca } = await issueSelfSigned(["127.0.0.1"], new Date());
const serializeReview = (uid: string, patch: string): string => {
  const response = { uid, allowed: true, patchType: "JSONPatch", patch };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
};
const patch = "A".repeat(Math.max(0, Number(bytes) - serializeReview("0".repeat(36), "").length));

const server = createServer({ cert, key, minVersion: "TLSv1.2" }, (incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    const { request } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { request: { uid: string } };
    const body = serializeReview(request.uid, patch);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    outgoing.writeHead(200, headers).end(body);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port, ca });
});
process.once("disconnect", () => process.exit(0));
