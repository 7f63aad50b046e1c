// What everything of one run shares.

import type { MarkerStep } from "../../../init/contract/marker.ts";
import type { Plan } from "../../../init/contract/plan.ts";
import type { AskApi } from "../../../init/engine/ports.ts";
import type { Book } from "../../../init/engine/record/book.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { MarkerStore } from "../../../init/engine/stores/store.ts";
import type { PlanOzone } from "../contract/plan.ts";

export interface Around {
  readonly plan: Plan;
  readonly ozone: PlanOzone;
  readonly me: string;
  readonly world: RingWorld;
  readonly askApi: AskApi;
  readonly book: Book;
  readonly stores: readonly MarkerStore[];
  /** what all the markers said at the start */
  readonly marked: readonly MarkerStep[];
  /** any marker said that this member had joined */
  readonly isMarked: boolean;
  /** stores where something unreadable lies in the marker's place */
  readonly torn: Set<MarkerStore>;
  /** lines of the daemon that the termination message may show */
  readonly keep: (line: string) => void;
}
