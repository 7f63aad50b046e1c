// Builds reviews as the API server sends them, and reads answers as it does.
import * as z from "zod";
import type { Reply } from "../server/serving.ts";

export const CONTROLLER_USER = "system:serviceaccount:kube-system:statefulset-controller";

const POD_REQUEST = {
  uid: "5f0c1c3e-0000-4000-8000-000000000001",
  kind: { group: "", version: "v1", kind: "Pod" },
  resource: { group: "", version: "v1", resource: "pods" },
  namespace: "shop",
  name: "web-0",
  operation: "CREATE",
  userInfo: { username: CONTROLLER_USER, groups: ["system:authenticated"] },
  object: { apiVersion: "v1", kind: "Pod", metadata: { name: "web-0" }, spec: { containers: [] } },
  oldObject: null,
  dryRun: false,
};

/** A review of the CREATE of a pod, with overrides. */
export function buildPodReviewBody(different: Readonly<Record<string, unknown>> = {}) {
  const request = { ...POD_REQUEST, ...different };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}

/** The pod that the StatefulSet controller would create for `web`, labelled with a profile. */
export function buildMemberPod(profile: string, env: readonly { name: string; value: string }[] = []) {
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u-1", controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-2", labels: { "rollcall.dev/profile": profile }, ownerReferences: [owner] },
    spec: { containers: [{ name: "app", image: "app:1", env }] },
  };
}

const answered = z.strictObject({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  response: z.strictObject({
    uid: z.string(),
    allowed: z.boolean(),
    status: z
      .strictObject({
        status: z.literal("Failure"),
        message: z.string(),
        reason: z.string(),
        code: z.number(),
      })
      .optional(),
    patchType: z.literal("JSONPatch").optional(),
    patch: z.base64().optional(),
    warnings: z.array(z.string()).optional(),
    auditAnnotations: z.record(z.string(), z.string()).optional(),
  }),
});

export type Response = z.infer<typeof answered>["response"];

/** The response in an answer; throws if the API server could not read it. */
export function parseResponse({ text }: Reply): Response {
  return answered.parse(JSON.parse(text)).response;
}

const operations = z.array(
  z.strictObject({
    op: z.enum(["add", "copy"]),
    path: z.string(),
    value: z.unknown(),
    from: z.string().optional(),
  }),
);

/** The operations of a patch; those of kind copy have no value. */
export function parseOperations({ patch = "" }: { patch?: string | undefined }) {
  return operations.parse(JSON.parse(Buffer.from(patch, "base64").toString()));
}
