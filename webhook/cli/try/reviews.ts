// AdmissionReviews as an API server would send them: the same bytes on the same protocol, from this machine.
import { randomUUID } from "node:crypto";
import { request } from "node:https";
import * as z from "zod";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";
import { CouldNotAsk } from "../ending.ts";

/** Where reviews go, and the CA that the server is trusted by. */
export interface Endpoint {
  port: number;
  ca: string;
}

export interface Reply {
  allowed: boolean;
  message: string | null;
  warnings: readonly string[];
  operations: z.infer<typeof operations>;
  audit: Readonly<Record<string, string>>;
}

/** The controller's own account creates pods; an admin applies StatefulSets. */
const USERS = { pods: DEFAULT_CONTROLLER_USERS[0] ?? "", statefulsets: "kubernetes-admin" } as const;

const KINDS = {
  pods: {
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
  },
  statefulsets: {
    kind: { group: "apps", version: "v1", kind: "StatefulSet" },
    resource: { group: "apps", version: "v1", resource: "statefulsets" },
  },
} as const;

/** Every operation of JSON Patch (RFC 6902, 4): whatever a webhook sends the API server applies. */
const operations = z.array(
  z.discriminatedUnion("op", [
    z.strictObject({ op: z.enum(["add", "replace", "test"]), path: z.string(), value: z.unknown() }),
    z.strictObject({ op: z.enum(["copy", "move"]), from: z.string(), path: z.string() }),
    z.strictObject({ op: z.literal("remove"), path: z.string() }),
  ]),
);

/** @param patch the base64 text of a response */
export function readPatch(patch: string): z.infer<typeof operations> {
  return operations.parse(JSON.parse(Buffer.from(patch, "base64").toString()));
}

const reply = z.object({
  response: z.looseObject({
    allowed: z.boolean(),
    status: z.looseObject({ message: z.string() }).optional(),
    warnings: z.array(z.string()).optional(),
    patch: z.string().optional(),
    auditAnnotations: z.record(z.string(), z.string()).optional(),
  }),
});

export interface Sent {
  path: "/mutate" | "/validate";
  resource: keyof typeof KINDS;
  namespace: string;
  name: string;
  object: unknown;
  /** as it was; none: it is created */
  old?: unknown;
}

/** Sends the CREATE or UPDATE of an object and reads the answer. */
export async function review(
  endpoint: Endpoint,
  { path, resource, namespace, name, object, old = null }: Sent,
): Promise<Reply> {
  const uid = randomUUID();
  const body = JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid,
      ...KINDS[resource],
      namespace,
      name,
      operation: old === null ? "CREATE" : "UPDATE",
      userInfo: { username: USERS[resource], groups: ["system:authenticated"] },
      object,
      oldObject: old,
      dryRun: false,
    },
  });
  const { response } = reply.parse(JSON.parse(await post(endpoint, path, body)));
  return {
    allowed: response.allowed,
    message: response.status?.message ?? null,
    warnings: response.warnings ?? [],
    audit: response.auditAnnotations ?? {},
    operations: response.patch === undefined ? [] : readPatch(response.patch),
  };
}

function post({ port, ca }: Endpoint, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new CouldNotAsk(`the server on port ${port} did not answer: ${error.message}`));
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sending = request(
      { host: "127.0.0.1", port, ca, path: `${path}?timeout=10s`, method: "POST", headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.once("error", fail);
        incoming.once("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (incoming.statusCode === 200) resolve(text);
          else reject(new CouldNotAsk(`the server answered ${incoming.statusCode}: ${text.trim()}`));
        });
      },
    );
    sending.once("error", fail);
    sending.end(body);
  });
}
