// The interface of the preset's steps.
import type { InstallSettings } from "../contract/install.ts";
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
  /** whether the database may still be empty, because the step `install` installs it */
  mayInstall: boolean;
  install: InstallOptions | null;
}

export interface InstallOptions extends InstallSettings {
  /** the file with the password of root@localhost */
  passwordFile: string;
}

export interface StepImplementation {
  /** runs the step; its result is reported, but `verify` decides */
  run: (otobo: Otobo, options: StepOptions) => Promise<WhyNot>;
  /** verifies the current state of the pod or the database */
  verify: (otobo: Otobo, options: StepOptions) => Promise<WhyNot>;
}
