// The StatefulSet that the processes of a place stand for, and the addresses of its pods.
export const PLACE_NAMESPACE = "ozone";
export const RING_SET = "om";

/** The DNS name of a member's pod. */
export const formatMemberName = (ordinal: number): string =>
  `${RING_SET}-${ordinal}.${RING_SET}.${PLACE_NAMESPACE}.svc.cluster.local`;

/** The DNS name of a Service for one member. */
export const formatServiceName = (ordinal: number): string =>
  `${RING_SET}-${ordinal}.${PLACE_NAMESPACE}.svc.cluster.local`;

/** Members that share a port, as in a cluster, have an address each. */
export const formatMemberAddress = (ordinal: number): string => `127.0.0.${ordinal + 2}`;
