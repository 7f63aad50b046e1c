// The shape of a step of the preset: what is done, and what proves it.
import type { Otobo, WhyNot } from "./otobo.ts";

/** Options of the command line that steps know. */
export interface StepOptions {
  /** seconds to wait for what is not there yet */
  wait: number;
  /** a cheaper proof for what was proven before */
  quick: boolean;
  /** Kernel/Config/Files/User/*.pm are fetched from S3, too */
  userFiles: boolean;
  /** a Config.pm of the user's, to begin with instead of the image's; null: the image's */
  configBase: string | null;
}

export interface StepImplementation {
  /** does it; what it says is told, and not believed */
  run: (otobo: Otobo, options: StepOptions) => Promise<WhyNot>;
  /** proves it, for this pod or for the database, as it is now */
  verify: (otobo: Otobo, options: StepOptions) => Promise<WhyNot>;
}
