// Names and codes of all that injection denies or warns of. A code never changes and is never used again
// (docs/architecture.md#codes); docs/codes.md is generated from here, from the presets' own tables and from
// init/contract/codes.ts.

export const INJECT_CODES = {
  "profile-not-found": { code: "RC101", says: "The label names a profile that does not exist." },
  "profile-not-allowed": { code: "RC102", says: "The profile's namespaces do not hold this one." },
  "not-a-statefulset-pod": {
    code: "RC103",
    says: "A labelled pod was not created by the StatefulSet controller.",
  },
  "ordinal-ambiguous": {
    code: "RC104",
    says: "The pod's name, owner and pod-index label do not agree on an ordinal.",
  },
  "node-id-out-of-range": {
    code: "RC105",
    says: "The ordinal's number lies outside base..max of the profile.",
  },
  "node-id-conflict": { code: "RC106", says: "The container sets the number's variable to something else." },
  "container-not-found": {
    code: "RC107",
    says: "The pod has no container of a name that the profile gives.",
  },
  "marker-volume-not-found": {
    code: "RC108",
    says: "The pod has no volume of the name that keeps the markers.",
  },
  "name-conflict": { code: "RC109", says: "The pod uses a name or mount path that is Rollcall's." },
  "plan-too-large": { code: "RC110", says: "The plan does not fit into an env variable." },
  "env-not-overridden": {
    code: "RC111",
    says: "The container sets another value for a variable of the profile; it is kept.",
  },
  "profiles-not-loaded": { code: "RC112", says: "The webhook has no profiles yet." },
  "invalid-object": { code: "RC113", says: "The object is not of the shape that the API server sends." },
  "node-id-missing": { code: "RC114", says: "After all webhooks the number is missing or wrong." },
  "runner-missing": {
    code: "RC115",
    says: "After all webhooks the init containers are missing or in the wrong order.",
  },
  "plan-missing": { code: "RC116", says: "After all webhooks the plan is missing or another pod's." },
  "warn-mode": { code: "RC117", says: "The profile is in mode Warn: this is what would have happened." },
  understood: { code: "RC118", says: "What the webhook understood of a StatefulSet, told at apply." },
  "position-not-found": {
    code: "RC119",
    says: "The profile places our init containers beside one that is not there.",
  },
  "pool-conflict": {
    code: "RC120",
    says: "Another StatefulSet has numbers of the same range in the same pool.",
  },
  "pool-unknown": { code: "RC123", says: "The StatefulSets of a pool could not be listed." },
  "label-not-in-selector": {
    code: "RC121",
    says: "The profile's label is on the pod template but not in the selector.",
  },
  "windows-pod": { code: "RC122", says: "The pod is for Windows nodes, where the runner cannot run." },
  "prestop-conflict": {
    code: "RC125",
    says: "Drop policy managed needs a preStop, and the container has one that cannot be wrapped, or can have none.",
  },
  "leave-hook-missing": {
    code: "RC126",
    says: "After all webhooks the preStop by which the pod leaves is missing.",
  },
  "grace-period-too-short": {
    code: "RC127",
    says: "The pod's terminationGracePeriodSeconds is shorter than the profile's leave may take.",
  },
  "ephemeral-storage-raised": {
    code: "RC134",
    says: "The pod has a limit of ephemeral storage, and rollcall-install a higher one, for the copy of the runner.",
  },
  "memory-limit-raised": {
    code: "RC135",
    says: "A memory limit is below what the runner needs.",
  },
  "runner-resources": {
    code: "RC136",
    says: "The profile's runner.resources change the pods' QoS class, or are not used beside spec.resources of the pod.",
  },
  "env-overridden": {
    code: "RC144",
    says: "The container sets what only the profile may say; its own values are not used.",
  },
  "pdb-missing": {
    code: "RC145",
    says: "No PodDisruptionBudget is for the members of a ring, or it is not known whether one is.",
  },
  "leave-verify-negative": {
    code: "RC146",
    says: "The profile's scaleDown.leave.verify looks for what is missing, so it holds also where nobody answers.",
  },
  "marker-volume-not-persistent": {
    code: "RC150",
    says: "The volume that keeps the markers can keep none, or keeps them no longer than the pod.",
  },
  "name-too-long": {
    code: "RC151",
    says: "A name that Kubernetes makes of the StatefulSet's is longer than Kubernetes takes.",
  },
  "placeholder-empty": {
    code: "RC152",
    says: "A placeholder of the profile stands for nothing in this StatefulSet.",
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
    says: "StatefulSets still use the RollcallProfile that would be deleted or taken from their namespace.",
  },
  "profile-changed": {
    code: "RC163",
    says: "StatefulSets use the RollcallProfile whose numbers or scaleDown were changed.",
  },
  "runs-before-volume-setup": {
    code: "RC153",
    says: "Init containers that mount what ours mount come after ours by the profile's runner.position.",
  },
} as const;

/** Names with their code and one sentence for the documentation. */
export type CodeTable = Readonly<Record<string, { readonly code: string; readonly says: string }>>;

/** A refusal, in words for the person or the Event that gets it. */
export interface Denial {
  rule: string;
  code: string;
  message: string;
  /** a StatefulSet that had this fault before may be changed in other ways: its owner is warned */
  mayStand?: true;
}

/** `deny` and `say` for the names of one table. */
export function defineCodes<const T extends CodeTable>(table: T) {
  type Name = keyof T & string;
  const getCode = (name: Name): string => table[name]?.code ?? "";
  return {
    deny: (rule: Name, message: string): Denial => ({ rule, code: getCode(rule), message }),
    /** A denial or warning as users see it. */
    say: (rule: Name, message: string): string => formatDenial({ rule, code: getCode(rule), message }),
  };
}

export const formatDenial = ({ rule, code, message }: Denial): string =>
  `rollcall ${code} ${rule}: ${message}`;

export const { deny, say } = defineCodes(INJECT_CODES);
