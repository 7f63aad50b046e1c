// Sends AdmissionReviews as an API server does.
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { readAnswerText, sendRequest } from "../../../init/contract/http.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";
import { UnknownAnswer } from "../ending.ts";

/** The server that gets reviews, and the CA of its certificate. */
export interface Endpoint {
  port: number;
  ca: string;
}

export interface ReviewReply {
  allowed: boolean;
  message: string | null;
  warnings: readonly string[];
  operations: z.infer<typeof operations>;
  audit: Readonly<Record<string, string>>;
}

/** Longer than the webhook takes: it answers within the review's timeout of 10 s. */
const LIMIT_MS = 60_000;

/** More than the API server accepts. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** The StatefulSet controller creates pods; an admin applies StatefulSets. */
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

/** All operations of JSON Patch (RFC 6902, section 4), since the API server accepts them all. */
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

export interface ReviewRequest {
  path: "/mutate" | "/validate";
  resource: keyof typeof KINDS;
  namespace: string;
  name: string;
  object: unknown;
  /** none: the object is created */
  old?: unknown;
}

/** Sends a review of a CREATE or UPDATE and parses the answer. */
export async function review(
  endpoint: Endpoint,
  { path, resource, namespace, name, object, old = null }: ReviewRequest,
): Promise<ReviewReply> {
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

async function post({ port, ca }: Endpoint, path: string, text: string): Promise<string> {
  const server = `https://127.0.0.1:${port}`;
  const body = { text, contentType: "application/json" };
  let answer: { status: number; text: string };
  try {
    answer = await sendRequest(
      { server, path: `${path}?timeout=10s`, method: "POST", body, ca, limitMs: LIMIT_MS },
      async (incoming) => ({
        status: incoming.statusCode ?? 0,
        text: await readAnswerText(incoming, LARGEST_BYTES),
      }),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnknownAnswer(`the server on port ${port} did not answer: ${why}`);
  }
  if (answer.status !== 200)
    throw new UnknownAnswer(`the server answered ${answer.status}: ${answer.text.trim()}`);
  return answer.text;
}
