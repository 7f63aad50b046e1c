// Preserves mails in var/spool: a pod that ends moves them into the database, and one that starts restores them. If a
// pod's node fails its mails are lost, unless its home is persistent.
import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/failure.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { SPOOL, spoolAnswer } from "../probes/spool.ts";
import type { StepImplementation } from "../step.ts";

const getSpoolFolder = ({ home }: Otobo): string => join(home, "var/spool");

export const spool: StepImplementation = {
  run: async (otobo) => {
    const request = await otobo.ask(SPOOL, spoolAnswer, "restore");
    if ("why" in request) return `cannot restore mails of ended pods: ${request.why}`;
    const { moved, left, wrong } = request.answer;
    if (moved > 0) otobo.say(`${formatMailCount(moved)} of ended pods restored to ${getSpoolFolder(otobo)}`);
    if (left > 0) {
      otobo.say(
        `${formatMailCount(left)} that OTOBO could not process are in ${getSpoolFolder(otobo)}; ` +
          "bin/otobo.Console.pl Maint::PostMaster::SpoolMailsReprocess retries them, as the daemon does once a day",
      );
    }
    // a mail that is corrupt in the database must not keep OTOBO from starting; verify detects a failed write
    for (const each of wrong) otobo.say(`a mail of an ended pod was not restored: ${each}`);
    return null;
  },
  verify: async (otobo) => {
    try {
      await access(getSpoolFolder(otobo), constants.W_OK | constants.X_OK);
    } catch (error) {
      return `${getSpoolFolder(otobo)} is not writable, so OTOBO would lose mails that it cannot process: ${describeFileError(error)}`;
    }
    const request = await otobo.ask(SPOOL, spoolAnswer, "look");
    if ("why" in request) return `cannot count mails of ended pods: ${request.why}`;
    const { waiting } = request.answer;
    return waiting === 0 ? null : `${formatMailCount(waiting)} of ended pods still in the database`;
  },
};

/** Moves mails into the database when a pod ends, after its daemon has stopped. */
export async function saveSpool(otobo: Otobo): Promise<WhyNot> {
  // without mails the database is not needed, which may not be installed yet
  const names = await readdir(getSpoolFolder(otobo)).catch((): string[] => []);
  if (names.length === 0) return null;
  const request = await otobo.ask(SPOOL, spoolAnswer, "save");
  if ("why" in request)
    return `cannot move the mails in ${getSpoolFolder(otobo)} to the database: ${request.why}`;
  const { moved, wrong } = request.answer;
  if (moved > 0) otobo.say(`${formatMailCount(moved)} moved from ${getSpoolFolder(otobo)} into the database`);
  const [first] = wrong;
  return first === undefined
    ? null
    : `${formatMailCount(wrong.length)} in ${getSpoolFolder(otobo)} could not be moved to the database: ${first}`;
}

/** Checks that no mails would be lost with a pod that leaves. */
export async function checkSpoolEmpty(otobo: Otobo): Promise<WhyNot> {
  const request = await otobo.ask(SPOOL, spoolAnswer, "look");
  if ("why" in request) return `cannot count the mails in ${getSpoolFolder(otobo)}: ${request.why}`;
  const { left } = request.answer;
  return left === 0
    ? null
    : `${formatMailCount(left)} in ${getSpoolFolder(otobo)} would be lost with the pod`;
}

const formatMailCount = (count: number): string => (count === 1 ? "1 mail" : `${count} mails`);
