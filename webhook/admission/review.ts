// The AdmissionReview, version v1, as far as the protocol itself is read here. The objects inside stay unknown.
import * as z from "zod";

export const admissionRequest = z.looseObject({
  uid: z.string().min(1),
  kind: z.looseObject({ group: z.string(), version: z.string(), kind: z.string() }),
  resource: z.looseObject({ group: z.string(), version: z.string(), resource: z.string() }),
  subResource: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  operation: z.enum(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
  userInfo: z.looseObject({ username: z.string().default(""), groups: z.array(z.string()).optional() }),
  object: z.unknown().optional(),
  oldObject: z.unknown().optional(),
  dryRun: z.boolean().nullish(),
});

export const admissionReview = z.looseObject({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  request: admissionRequest,
});

export type AdmissionRequest = z.infer<typeof admissionRequest>;

export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  /** shown to the user where the request is denied */
  status?: { status: "Failure"; message: string; reason: string; code: number };
  patchType?: "JSONPatch";
  /** base64 of the JSON Patch */
  patch?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

/** A review that carries an answer back. */
export function reviewOf(response: AdmissionResponse): unknown {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}
