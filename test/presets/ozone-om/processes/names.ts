// The StatefulSet that the processes of a place stand for, and the addresses of its pods.
export const PLACE_NAMESPACE = "ozone";
export const RING_SET = "om";

/** Each member over HTTPS has an address of its own, since the guard asks all of them at one port. */
export const formatMemberAddress = (ordinal: number): string => `127.0.0.${ordinal + 2}`;
