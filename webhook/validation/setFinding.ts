// A finding about a StatefulSet as a whole, before it has pods.
import type { Denial } from "../denials/codes.ts";

export interface SetFinding {
  readonly denial?: Denial;
  readonly warnings?: readonly string[];
}
