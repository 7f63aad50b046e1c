// Makes the StatefulSet controller retry a denied pod deletion at once. Its backoff doubles after each denial, up to
// 1,000 seconds, and a change in the ring does not reset it; a change of the StatefulSet triggers a new attempt.

/** A shell command. It sets the current time, because an unchanged annotation would be no change of the StatefulSet. */
export const formatRetryCommand = (namespace: string, statefulSet: string): string =>
  `kubectl -n ${namespace} annotate --overwrite statefulset ${statefulSet} "rollcall.dev/ask-again=$(date +%s)"`;
