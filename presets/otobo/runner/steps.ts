// The preset's steps by name. presets/otobo/contract/steps.ts has their order and limits.
import type { OtoboStep } from "../contract/steps.ts";
import type { StepImplementation } from "./step.ts";
import { aclsAndProcesses } from "./steps/acls.ts";
import { config } from "./steps/config.ts";
import { event, gate, loader } from "./steps/gate.ts";
import { home } from "./steps/home.ts";
import { installOtobo } from "./steps/install.ts";
import { migrate } from "./steps/migrate.ts";
import { packages, reinstall, upgrade } from "./steps/packages.ts";
import { pidFiles } from "./steps/pidFiles.ts";
import { cache, rebuild } from "./steps/rebuild.ts";
import { spool } from "./steps/spool.ts";
import { sync } from "./steps/sync.ts";
import { translations } from "./steps/translations.ts";
import { wait } from "./steps/wait.ts";

export const STEPS: Readonly<Record<OtoboStep, StepImplementation>> = {
  home,
  config,
  "pid-files": pidFiles,
  wait,
  install: installOtobo,
  sync,
  migrate,
  reinstall,
  upgrade,
  packages,
  rebuild,
  cache,
  "acls-processes": aclsAndProcesses,
  translations,
  settings: sync,
  spool,
  loader,
  event,
  gate,
};

/** Steps that work without an installed database. The others do nothing until the installer has run. */
export const BEFORE_INSTALL: ReadonlySet<OtoboStep> = new Set([
  "home",
  "config",
  "pid-files",
  "wait",
  "install",
]);
