// Who deletes what belongs to something that is deleted: nobody asked for these sets by name, and a denial would only
// leave a namespace on its way out for ever (facts/admission.md 3.5).

/** By their own service accounts, or all controllers by one identity (facts/cluster.md). */
export const DEFAULT_COLLECTOR_USERS: readonly string[] = [
  "system:serviceaccount:kube-system:namespace-controller",
  "system:serviceaccount:kube-system:generic-garbage-collector",
  "system:kube-controller-manager",
];
