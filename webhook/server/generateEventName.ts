// Names of Events: that of the object, and something that no other replica hits upon.
import { randomBytes } from "node:crypto";

/** What fits beside the dot and twelve characters into the 253 of a name. */
const LONGEST = 240;

/** @param object the name of what the Event is about */
export function generateEventName(object: string): string {
  // a name cut within would end where no part of a name may end
  const begin = object.slice(0, LONGEST).replace(/[^a-z0-9]+$/, "");
  return `${begin}.${randomBytes(6).toString("hex")}`;
}
