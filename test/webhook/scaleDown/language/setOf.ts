// Builds the StatefulSets and Scales of the cases as the API server sends them, from their notation (caseFile.ts).
import type { AdmissionRequest } from "../../../../webhook/admission/review.ts";
import type { CaseFile, SetFields } from "./caseFile.ts";

export const CASE_NAMESPACE = "shop";

/** A ring is named `om`, since its members are named like its pods. */
export const getSetName = ({ profile }: CaseFile): string => (isRing(profile) ? "om" : "web");

const isRing = (profile: string | null | undefined): boolean => profile === "ozone" || profile === "strict";

type Volume = NonNullable<SetFields["volume"]>;

/** The claims or volumes of the StatefulSet for a volume named data. */
function buildVolumes(volume: Volume): { claims: unknown[]; volumes: unknown[] } {
  if (typeof volume === "object") return { claims: [], volumes: [{ name: "data", ...volume }] };
  if (volume === "none") return { claims: [], volumes: [] };
  if (volume === "emptyDir") return { claims: [], volumes: [{ name: "data", emptyDir: {} }] };
  const spec = volume === "block" ? { spec: { volumeMode: "Block" } } : {};
  return { claims: [{ metadata: { name: "data" }, ...spec }], volumes: [] };
}

/** The mounts of the container. */
function buildMounts(volume: Volume): unknown[] {
  if (volume === "none") return [];
  const mountPath = volume === "elsewhere" ? "/elsewhere" : "/data";
  return [{ name: "data", mountPath, ...(volume === "readOnly" ? { readOnly: true } : {}) }];
}

const USUAL = {
  volume: "claim",
  image: "registry.test/app:1",
  labels: {},
  annotations: {},
  strategy: "RollingUpdate",
  whenScaled: "Retain",
  whenDeleted: "Retain",
} as const;

/** A field, unless its value is undefined. */
const field = (key: string, value: unknown): Record<string, unknown> =>
  value === undefined ? {} : { [key]: value };

function buildSet(name: string, fields: SetFields): unknown {
  const given = { ...USUAL, ...fields };
  const { profile, volume = "claim", start, maxUnavailable } = given;
  const label = profile === null ? {} : field("rollcall.dev/profile", profile);
  const container = {
    name: name === "om" ? "om" : "app",
    image: given.image,
    volumeMounts: buildMounts(volume),
  };
  const { claims, volumes } = buildVolumes(volume);
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name,
      namespace: CASE_NAMESPACE,
      uid: "5e7a1f00-0000-4000-8000-000000000001",
      labels: given.labels,
      annotations: given.annotations,
      ...field("finalizers", given.finalizers),
    },
    spec: {
      ...field("replicas", given.replicas),
      ...field("ordinals", start === undefined ? undefined : { start }),
      serviceName: name,
      selector: { matchLabels: { app: name, ...label } },
      template: { metadata: { labels: { app: name, ...label } }, spec: { containers: [container], volumes } },
      ...field("volumeClaimTemplates", claims.length === 0 ? undefined : claims),
      updateStrategy: {
        type: given.strategy,
        ...field("rollingUpdate", maxUnavailable === undefined ? undefined : { maxUnavailable }),
      },
      persistentVolumeClaimRetentionPolicy: { whenScaled: given.whenScaled, whenDeleted: given.whenDeleted },
    },
    ...field("status", given.status),
  };
}

const withPasses = (fields: SetFields, { maintenance, override }: CaseFile): SetFields => ({
  ...fields,
  annotations: {
    ...fields.annotations,
    ...(maintenance === undefined ? {} : { "rollcall.dev/maintenance": maintenance }),
    ...(override === undefined ? {} : { "rollcall.dev/override": override }),
  },
});

/** A case as a request of the API server, and the live StatefulSet at that moment. */
export function buildCaseRequest(given: CaseFile): { request: AdmissionRequest; live: unknown } {
  const { before, after, scale } = given;
  const name = getSetName(given);
  const was: SetFields = { profile: given.profile, ...before };
  const base = {
    uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
    resource: { group: "apps", version: "v1", resource: "statefulsets" },
    kind: { group: "apps", version: "v1", kind: "StatefulSet" },
    name,
    namespace: CASE_NAMESPACE,
    userInfo: { username: given.user },
    dryRun: given.dryRun,
  };
  if (scale !== undefined) {
    const request: AdmissionRequest = {
      ...base,
      kind: { group: "autoscaling", version: "v1", kind: "Scale" },
      subResource: "scale",
      operation: "UPDATE",
      object: buildScale(name, was.profile, scale),
      oldObject: buildScale(name, was.profile, before?.replicas === undefined ? 1 : before.replicas),
    };
    // a Scale has no annotations: they are the StatefulSet's
    return { request, live: buildSet(name, withPasses(was, given)) };
  }
  if (after === "deleted") {
    const live = buildSet(name, withPasses(was, given));
    const orphans = given.cascade === "orphan";
    return { request: { ...base, operation: "DELETE", object: null, oldObject: live, orphans }, live };
  }
  const object = buildSet(name, withPasses({ ...was, ...after }, given));
  if (before === undefined)
    return { request: { ...base, operation: "CREATE", object, oldObject: null }, live: null };
  const live = buildSet(name, was);
  return { request: { ...base, operation: "UPDATE", object, oldObject: live }, live };
}

const buildScale = (name: string, profile: string | null | undefined, replicas: number | null): unknown => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name, namespace: CASE_NAMESPACE },
  spec: replicas === null ? {} : { replicas },
  // the set's selector (setOf), as text
  status: { replicas: 0, selector: `app=${name}${profile ? `,rollcall.dev/profile=${profile}` : ""}` },
});
