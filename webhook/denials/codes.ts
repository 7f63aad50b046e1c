// Names and codes of the denials and warnings of pod mutation, validation and profiles. A code never changes and is
// never reused (docs/architecture.md#codes). docs/codes.md is generated from this table, those of the presets and
// init/contract/codes.ts.

export const INJECT_CODES = {
  "profile-not-found": { code: "RC101", says: "The label selects a profile that does not exist." },
  "profile-not-allowed": { code: "RC102", says: "The profile does not allow this namespace." },
  "not-a-statefulset-pod": {
    code: "RC103",
    says: "A labelled pod was not created by the StatefulSet controller.",
  },
  "ordinal-ambiguous": {
    code: "RC104",
    says: "The pod's name, owner and pod-index label do not give the same ordinal.",
  },
  "node-id-out-of-range": {
    code: "RC105",
    says: "The NodeID is outside the profile's range, nodeID.base to nodeID.max.",
  },
  "node-id-conflict": { code: "RC106", says: "The container sets the NodeID variable to another value." },
  "container-not-found": {
    code: "RC107",
    says: "The pod lacks a container that the profile names.",
  },
  "marker-volume-not-found": {
    code: "RC108",
    says: "The pod lacks the volume that the profile names in markers.volume.",
  },
  "name-conflict": {
    code: "RC109",
    says: "The pod uses a name or mount path that Rollcall reserves.",
  },
  "plan-too-large": { code: "RC110", says: "The plan does not fit into an environment variable." },
  "env-not-overridden": {
    code: "RC111",
    says: "The container and the profile set different values for a variable; the container's value is kept.",
  },
  "profiles-not-loaded": { code: "RC112", says: "The webhook has not loaded any profiles yet." },
  "invalid-object": {
    code: "RC113",
    says: "The object does not match the schema by which the webhook reads it.",
  },
  "node-id-missing": {
    code: "RC114",
    says: "After all mutating webhooks, the NodeID is missing or wrong.",
  },
  "runner-missing": {
    code: "RC115",
    says: "After all mutating webhooks, the runner's init containers are missing or in the wrong order.",
  },
  "plan-missing": {
    code: "RC116",
    says: "After all mutating webhooks, the plan is missing or belongs to another pod.",
  },
  "warn-mode": {
    code: "RC117",
    says: "The profile is in mode Warn: the warning says what would have been denied or changed.",
  },
  understood: {
    code: "RC118",
    says: "Summary at apply of the pods, numbers, steps and policy that a StatefulSet gets from its profile.",
  },
  "position-not-found": {
    code: "RC119",
    says: "The profile's runner.position names an init container that the pod lacks.",
  },
  "pool-conflict": {
    code: "RC120",
    says: "Another StatefulSet uses numbers of the same range and pool.",
  },
  "pool-unknown": {
    code: "RC123",
    says: "The StatefulSets of a pool cannot be listed, so their numbers cannot be compared.",
  },
  "label-not-in-selector": {
    code: "RC121",
    says: "The profile label is on the pod template, but not in the StatefulSet's selector.",
  },
  "windows-pod": { code: "RC122", says: "The pod is for Windows nodes, and the runner needs Linux." },
  "prestop-conflict": {
    code: "RC125",
    says: "The profile needs a preStop hook, and the container has one that cannot be wrapped, or cannot have one.",
  },
  "leave-hook-missing": {
    code: "RC126",
    says: "After all mutating webhooks, the preStop hook by which the pod leaves is missing.",
  },
  "grace-period-too-short": {
    code: "RC127",
    says: "The pod's terminationGracePeriodSeconds is shorter than the profile's leave timeout.",
  },
  "ephemeral-storage-raised": {
    code: "RC134",
    says: "The pod limits its ephemeral storage, and the copy of the runner needs more.",
  },
  "memory-limit-raised": {
    code: "RC135",
    says: "A memory limit is below what the runner needs.",
  },
  "runner-resources": {
    code: "RC136",
    says: "The profile's runner.resources change the pods' QoS class, or are ignored because the pod has spec.resources.",
  },
  "env-overridden": {
    code: "RC144",
    says: "The container sets a variable that only the profile may set; the container's value is ignored.",
  },
  "pdb-missing": {
    code: "RC145",
    says: "No PodDisruptionBudget covers the members of a ring, or the budgets cannot be listed.",
  },
  "leave-verify-negative": {
    code: "RC146",
    says: "The profile's scaleDown.leave.verify proves nothing: it also succeeds when its command fails, while the pod is still a member, or always.",
  },
  "marker-volume-not-persistent": {
    code: "RC150",
    says: "The marker volume cannot keep markers, loses them with the pod or the node, or is shared by all pods.",
  },
  "name-too-long": {
    code: "RC151",
    says: "A name that Kubernetes derives from the StatefulSet's name is too long.",
  },
  "placeholder-empty": {
    code: "RC152",
    says: "A placeholder of the profile has no value for this StatefulSet.",
  },
  "profile-not-active": {
    code: "RC138",
    says: "The stored profile is invalid, or its numbers overlap those of an older profile.",
  },
  "profile-invalid": { code: "RC160", says: "A RollcallProfile is invalid." },
  "profile-conflict": {
    code: "RC161",
    says: "The numbers of a RollcallProfile overlap those of an older profile in the same pool.",
  },
  "profile-in-use": {
    code: "RC162",
    says: "StatefulSets still use a RollcallProfile that would be deleted or withdrawn from their namespace.",
  },
  "profile-changed": {
    code: "RC163",
    says: "The numbers or scaleDown of a RollcallProfile were changed while StatefulSets use it.",
  },
  "min-replicas-ignored": {
    code: "RC164",
    says: "A RollcallProfile sets scaleDown.minReplicas, and its policy ignores it.",
  },
  "runs-before-volume-setup": {
    code: "RC153",
    says: "Because of the profile's runner.position, Rollcall's init containers run before others that mount the same volumes.",
  },
} as const;

/** For each name its code, and one sentence for the documentation. */
export type CodeTable = Readonly<Record<string, { readonly code: string; readonly says: string }>>;

/** A denial, for the response and for Events. */
export interface Denial {
  rule: string;
  code: string;
  /** why, and what to do; `addDeniedAction` puts before it what is denied */
  message: string;
  /** Only a warning where the StatefulSet had this fault before, so that an unrelated change is still possible. */
  toleratedIfOld?: true;
}

/** Builds `deny` and `formatWarning` for the names of one table. */
export function defineCodes<const T extends CodeTable>(table: T) {
  type Name = keyof T & string;
  const getCode = (name: Name): string => table[name]?.code ?? "";
  return {
    deny: (rule: Name, message: string): Denial => ({ rule, code: getCode(rule), message }),
    formatWarning: (rule: Name, message: string): string =>
      formatDenial({ rule, code: getCode(rule), message }),
  };
}

/** Names what is denied. @param action such as "Creating pod shop/web-0" */
export const addDeniedAction = (action: string, denial: Denial): Denial => ({
  ...denial,
  message: `${action} is denied: ${denial.message}`,
});

/** For what passes nevertheless, in mode Warn or by an override: its sentence must not say that it is denied. */
export const toConditional = <D extends { readonly message: string }>(denial: D): D => ({
  ...denial,
  message: denial.message.replace(" is denied: ", " would have been denied: "),
});

/** A denial as users read it. */

export const formatDenial = ({ rule, code, message }: Denial): string =>
  `rollcall ${code} ${rule}: ${message}`;

export const { deny, formatWarning } = defineCodes(INJECT_CODES);
