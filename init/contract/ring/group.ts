// The Raft group of a service. Its UUID is the name of the folder with a member's state; the member's bean shows the
// last digits (docs/research/ozone.md#files-on-the-volume).
import { createHash } from "node:crypto";

const VERSION_3 = 0x30;
const VARIANT = 0x80;

/** Java's UUID.nameUUIDFromBytes of the service id: the MD5 with the bits of version 3 and the variant. */
export function computeGroupUuid(serviceId: string): string {
  const bytes = createHash("md5").update(serviceId, "utf8").digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | VERSION_3;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | VARIANT;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The group's name in Ratis beans, e.g. "group-D66704EFC61C". */
export function computeGroupName(serviceId: string): string {
  return `group-${computeGroupUuid(serviceId).slice(-12).toUpperCase()}`;
}
