// What can be said of a StatefulSet before there are pods of it.
import type { Denial } from "../denials/codes.ts";

export interface SetFinding {
  readonly denial?: Denial;
  readonly warnings?: readonly string[];
}
