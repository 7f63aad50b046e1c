// How people make the StatefulSet controller ask the brake at once. After each refusal it waits twice as long, up to 1,000
// seconds, and nothing tells it that the ring has changed meanwhile; any change of its StatefulSet does.

/** A shell's line. The time, since an annotation that has the value already would be no change. */
export const formatRetryCommand = (namespace: string, statefulSet: string): string =>
  `kubectl -n ${namespace} annotate --overwrite statefulset ${statefulSet} "rollcall.dev/ask-again=$(date +%s)"`;
