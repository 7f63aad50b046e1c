// Applies StatefulSets, and returns the answers.
import assert from "node:assert/strict";
import type { AdmissionAnswer } from "../../../webhook/admission/answer.ts";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { readSetReview } from "../../../webhook/kubernetes/statefulSetReview.ts";
import { denyOrWarn } from "../../../webhook/mutation/reviewPod.ts";
import type { LiveSet } from "../../../webhook/validation/numberPool.ts";
import { type ApplyPorts, validateStatefulSet } from "../../../webhook/validation/validateStatefulSet.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { loadActiveConfig } from "../mutation/pod.ts";

export const ASK_PROFILES = [
  renderGenericYaml("demo", "nodeID: {base: 1, max: 4}"),
  renderGenericYaml("strict", "", "selectorLabel: Require"),
  renderGenericYaml("watched", "", "mode: Warn, namespaces: [elsewhere]"),
  renderGenericYaml("db-a", "nodeID: {base: 1, max: 999, size: 10, pool: db}"),
  renderGenericYaml("db-b", "nodeID: {base: 11, max: 999, size: 10, pool: db}"),
].join("");

interface SetInput {
  profile?: string | null;
  replicas?: number;
  start?: number;
  inSelector?: boolean;
  env?: unknown[];
  deleted?: boolean;
}

export function buildAppliedSet({
  profile = "demo",
  replicas = 3,
  start,
  inSelector = true,
  env = [],
  deleted = false,
}: SetInput) {
  const labels = { app: "web", ...(profile === null ? {} : { "rollcall.dev/profile": profile }) };
  return {
    metadata: { name: "web", ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
    spec: {
      replicas,
      ...(start === undefined ? {} : { ordinals: { start } }),
      selector: { matchLabels: inSelector ? labels : { app: "web" } },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "i", env }] } },
    },
  };
}

export function ask(
  object: unknown,
  given: {
    old?: unknown;
    live?: readonly LiveSet[] | Error;
    profiles?: string;
    budgets?: ApplyPorts["budgets"];
    rights?: ApplyPorts["rights"];
  } = {},
): Promise<AdmissionAnswer> {
  const request: AdmissionRequest = {
    uid: "u",
    kind: { group: "apps", version: "v1", kind: "StatefulSet" },
    resource: { group: "apps", version: "v1", resource: "statefulsets" },
    namespace: "shop",
    operation: given.old === undefined ? "CREATE" : "UPDATE",
    userInfo: { username: "someone" },
    object,
    oldObject: given.old ?? null,
  };
  const { live = [] } = given;
  const review = readSetReview(request);
  if ("rule" in review) return Promise.resolve(denyOrWarn(review, "enforce"));
  return validateStatefulSet(review, loadActiveConfig(given.profiles ?? ASK_PROFILES), {
    liveSets: () => (live instanceof Error ? Promise.reject(live) : Promise.resolve(live)),
    budgets: given.budgets ?? null,
    rights: given.rights ?? null,
    pauseBeforeRetry: () => Promise.resolve(),
  });
}

export const expectWarnings = ({ allowed, warnings = [] }: AdmissionAnswer): string => {
  assert.equal(allowed, true);
  return warnings.join("\n");
};

export const expectDenial = ({ allowed, status }: AdmissionAnswer): string => {
  assert.equal(allowed, false);
  return status?.message ?? "";
};
