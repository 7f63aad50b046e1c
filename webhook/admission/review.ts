// The AdmissionReview v1 protocol. The objects inside a review stay `unknown` here.
import {
  anything,
  flag,
  formatShapeFault,
  list,
  matching,
  nullish,
  object,
  oneOf,
  optional,
  readShape,
  text,
} from "../../init/contract/shape.ts";

/** More than the longest name in Kubernetes (253); bounds log lines and Events. */
const LONGEST_NAME = 1024;
const name = text(LONGEST_NAME);

const OPERATIONS = ["CREATE", "UPDATE", "DELETE", "CONNECT"] as const;

const admissionReview = object({
  apiVersion: oneOf("admission.k8s.io/v1"),
  kind: oneOf("AdmissionReview"),
  request: object({
    uid: matching(/^.{1,1024}$/s, "a uid"),
    kind: object({ group: name, version: name, kind: name }),
    resource: object({ group: name, version: name, resource: name }),
    subResource: optional(name),
    name: optional(name),
    namespace: optional(name),
    operation: oneOf(...OPERATIONS),
    userInfo: object({ username: optional(text()), groups: optional(list(text())) }),
    object: anything(),
    oldObject: anything(),
    dryRun: nullish(flag()),
    options: nullish(object({ propagationPolicy: nullish(name), orphanDependents: nullish(flag()) })),
  }),
});

/** The fields of a request that decisions use. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly operation: (typeof OPERATIONS)[number];
  /** of any length; "" if the API server sends no username */
  readonly userInfo: { readonly username: string };
  readonly object?: unknown;
  readonly oldObject?: unknown;
  readonly dryRun?: boolean | null | undefined;
  /** a deletion with --cascade=orphan, which keeps the object's dependents */
  readonly orphans?: boolean;
}

/** The request of a review. @returns otherwise one line that names the field that violates the protocol */
export function readReview(json: unknown): { request: AdmissionRequest } | { wrong: string } {
  const read = readShape(admissionReview, json);
  if ("fault" in read) return { wrong: formatShapeFault(read.fault, "the body") };
  const { uid, kind, resource, subResource, name, namespace, operation, userInfo, ...rest } =
    read.value.request;
  const { object: object_, oldObject, dryRun, options } = rest;
  // orphanDependents is the form before Kubernetes 1.7, which is still accepted
  const orphans = options?.propagationPolicy === "Orphan" || options?.orphanDependents === true;
  const { username = "" } = userInfo;
  return {
    request: {
      uid,
      kind,
      resource,
      subResource,
      name,
      namespace,
      operation,
      userInfo: { username },
      object: object_,
      oldObject,
      dryRun,
      ...(operation === "DELETE" && orphans ? { orphans } : {}),
    },
  };
}

export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  /** shown to the user if the request is denied */
  status?: { status: "Failure"; message: string; reason: string; code: number };
  patchType?: "JSONPatch";
  /** base64 of the JSON Patch */
  patch?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

/** The AdmissionReview that carries a response. */
export function buildReviewResponse(response: AdmissionResponse): unknown {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}
