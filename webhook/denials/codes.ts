// Names and codes of the denials and warnings of pod mutation, validation and profiles. A code never changes and is
// never reused (docs/architecture.md#codes). The list in the documentation is generated from this table, those of the
// presets and init/contract/codes.ts.

export const INJECT_CODES = {
  "profile-not-found": { code: "RC101", says: "The label selects a profile that does not exist." },
  "profile-not-allowed": { code: "RC102", says: "The profile does not allow this namespace." },
  "not-a-statefulset-pod": {
    code: "RC103",
    says: "A labelled pod was not created by the StatefulSet controller.",
  },
  "ordinal-ambiguous": {
    code: "RC104",
    says: "The pod's name, owner and pod-index label disagree about the ordinal.",
  },
  "node-id-out-of-range": {
    code: "RC105",
    says: "The NodeID is outside of the profile's range, nodeID.base to nodeID.max.",
  },
  "node-id-conflict": { code: "RC106", says: "The container sets the NodeID's variable to another value." },
  "container-not-found": {
    code: "RC107",
    says: "The pod has no container of a name in the profile.",
  },
  "marker-volume-not-found": {
    code: "RC108",
    says: "The pod has no volume of the name in the profile's markers.volume.",
  },
  "name-conflict": {
    code: "RC109",
    says: "The pod uses a name or mount path that is reserved for Rollcall.",
  },
  "plan-too-large": { code: "RC110", says: "The plan does not fit into an env variable." },
  "env-not-overridden": {
    code: "RC111",
    says: "The container sets another value for a variable of the profile; the container's value is kept.",
  },
  "profiles-not-loaded": { code: "RC112", says: "The webhook has not loaded any profiles yet." },
  "invalid-object": { code: "RC113", says: "The object does not have the shape that the API server sends." },
  "node-id-missing": { code: "RC114", says: "After all webhooks the NodeID is missing or wrong." },
  "runner-missing": {
    code: "RC115",
    says: "After all webhooks the init containers are missing or in the wrong order.",
  },
  "plan-missing": { code: "RC116", says: "After all webhooks the plan is missing or another pod's." },
  "warn-mode": {
    code: "RC117",
    says: "The profile is in mode Warn: the warning says what would have been denied or changed.",
  },
  understood: { code: "RC118", says: "How the webhook understands a StatefulSet, reported at apply." },
  "position-not-found": {
    code: "RC119",
    says: "The profile positions the init containers next to one that does not exist.",
  },
  "pool-conflict": {
    code: "RC120",
    says: "Another StatefulSet uses numbers of the same range in the same pool.",
  },
  "pool-unknown": { code: "RC123", says: "The StatefulSets of a pool cannot be listed." },
  "label-not-in-selector": {
    code: "RC121",
    says: "The profile label is on the pod template but not in the selector.",
  },
  "windows-pod": { code: "RC122", says: "The pod is for Windows nodes, where the runner cannot run." },
  "prestop-conflict": {
    code: "RC125",
    says: "scaleDown.policy Managed needs a preStop hook, and the container has one that cannot be wrapped, or cannot have one.",
  },
  "leave-hook-missing": {
    code: "RC126",
    says: "After all webhooks the preStop hook by which the pod leaves is missing.",
  },
  "grace-period-too-short": {
    code: "RC127",
    says: "The pod's terminationGracePeriodSeconds is shorter than the profile's leave timeout.",
  },
  "ephemeral-storage-raised": {
    code: "RC134",
    says: "The pod limits its ephemeral storage, and rollcall-install gets a higher limit, for the copy of the runner.",
  },
  "memory-limit-raised": {
    code: "RC135",
    says: "A memory limit is below what the runner needs.",
  },
  "runner-resources": {
    code: "RC136",
    says: "The profile's runner.resources change the pods' QoS class, or are ignored since the pod has spec.resources.",
  },
  "env-overridden": {
    code: "RC144",
    says: "The container sets a variable that only the profile may set; the container's value is ignored.",
  },
  "pdb-missing": {
    code: "RC145",
    says: "No PodDisruptionBudget covers the members of a ring, or that is unknown.",
  },
  "leave-verify-negative": {
    code: "RC146",
    says: "The profile's scaleDown.leave.verify checks that something is absent, so it also succeeds if nothing answers.",
  },
  "marker-volume-not-persistent": {
    code: "RC150",
    says: "The marker volume cannot keep markers, or keeps them no longer than the pod.",
  },
  "name-too-long": {
    code: "RC151",
    says: "A name that Kubernetes derives from the StatefulSet's name is too long.",
  },
  "placeholder-empty": {
    code: "RC152",
    says: "A placeholder of the profile is empty for this StatefulSet.",
  },
  "profile-not-active": {
    code: "RC138",
    says: "The stored profile is invalid, or its numbers overlap those of an older one.",
  },
  "profile-invalid": { code: "RC160", says: "A RollcallProfile is invalid." },
  "profile-conflict": {
    code: "RC161",
    says: "The numbers of a RollcallProfile overlap those of an older one in the same pool.",
  },
  "profile-in-use": {
    code: "RC162",
    says: "StatefulSets still use the RollcallProfile that would be deleted or withdrawn from their namespace.",
  },
  "profile-changed": {
    code: "RC163",
    says: "The numbers or scaleDown of a RollcallProfile were changed while StatefulSets use it.",
  },
  "runs-before-volume-setup": {
    code: "RC153",
    says: "Init containers that mount the same volumes run after Rollcall's, because of the profile's runner.position.",
  },
} as const;

/** Names, each with its code and one sentence for the documentation. */
export type CodeTable = Readonly<Record<string, { readonly code: string; readonly says: string }>>;

/** A denial, for the response and for Events. */
export interface Denial {
  rule: string;
  code: string;
  message: string;
  /** only warns about a StatefulSet that had this fault before, so that it can be changed in other ways */
  mayStand?: true;
}

/** Builds `deny` and `formatWarning` for the names of one table. */
export function defineCodes<const T extends CodeTable>(table: T) {
  type Name = keyof T & string;
  const getCode = (name: Name): string => table[name]?.code ?? "";
  return {
    deny: (rule: Name, message: string): Denial => ({ rule, code: getCode(rule), message }),
    /** A denial or warning as users read it. */
    say: (rule: Name, message: string): string => formatDenial({ rule, code: getCode(rule), message }),
  };
}

export const formatDenial = ({ rule, code, message }: Denial): string =>
  `rollcall ${code} ${rule}: ${message}`;

export const { deny, say: formatWarning } = defineCodes(INJECT_CODES);
