// The interface of the preset's steps.
import type { Otobo, WhyNot } from "./otobo.ts";

/** Options of the command line that steps know. */
export interface StepOptions {
  /** seconds to wait for other systems */
  wait: number;
  /** a cheaper verify for a step that was already verified in full */
  quick: boolean;
  /** whether Kernel/Config/Files/User/*.pm are fetched from S3 */
  userFiles: boolean;
  /** the path of the user's Config.pm, used instead of the image's; null: the image's */
  configBase: string | null;
}

export interface StepImplementation {
  /** runs the step; its result is reported, but `verify` decides */
  run: (otobo: Otobo, options: StepOptions) => Promise<WhyNot>;
  /** verifies the current state of the pod or the database */
  verify: (otobo: Otobo, options: StepOptions) => Promise<WhyNot>;
}
