// Mails in var/spool outlive their pod: moved into the database when it ends, put back by one that starts. A pod that
// does not end in order (its node fails) takes them along, unless its home is persistent.
import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/reason.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { SPOOL, spoolAnswer } from "../probes/spool.ts";
import type { StepImplementation } from "../step.ts";

const getSpoolFolder = ({ home }: Otobo): string => join(home, "var/spool");

export const spool: StepImplementation = {
  run: async (otobo) => {
    const request = await otobo.ask(SPOOL, spoolAnswer, "restore");
    if ("why" in request) return `mails of pods that have ended could not be put back: ${request.why}`;
    const { moved, left, wrong } = request.answer;
    if (moved > 0)
      otobo.say(`${mails(moved)} of pods that have ended put back into ${getSpoolFolder(otobo)}`);
    if (left > 0) {
      otobo.say(
        `${mails(left)} that OTOBO could not process in ${getSpoolFolder(otobo)}; ` +
          "bin/otobo.Console.pl Maint::PostMaster::SpoolMailsReprocess tries them again, as the daemon does once a day",
      );
    }
    // one that is broken in the database must not keep OTOBO from running; what cannot be written is found by the proof
    for (const each of wrong) otobo.say(`a mail of a pod that has ended was not put back: ${each}`);
    return null;
  },
  verify: async (otobo) => {
    try {
      await access(getSpoolFolder(otobo), constants.W_OK | constants.X_OK);
    } catch (error) {
      return `${getSpoolFolder(otobo)} cannot be written to, so OTOBO would lose mails that it cannot process: ${describeFileError(error)}`;
    }
    const request = await otobo.ask(SPOOL, spoolAnswer, "look");
    if ("why" in request) return `mails of pods that have ended could not be counted: ${request.why}`;
    const { waiting } = request.answer;
    return waiting === 0 ? null : `${mails(waiting)} of pods that have ended still in the database`;
  },
};

/** For a pod that ends, once nothing of its daemon runs any more. */
export async function saveSpool(otobo: Otobo): Promise<WhyNot> {
  // before the installer has been through there is no database to ask
  const names = await readdir(getSpoolFolder(otobo)).catch((): string[] => []);
  if (names.length === 0) return null;
  const request = await otobo.ask(SPOOL, spoolAnswer, "save");
  if ("why" in request)
    return `the mails in ${getSpoolFolder(otobo)} could not be moved to the database: ${request.why}`;
  const { moved, wrong } = request.answer;
  if (moved > 0) otobo.say(`${mails(moved)} moved from ${getSpoolFolder(otobo)} into the database`);
  const [first] = wrong;
  return first === undefined
    ? null
    : `${mails(wrong.length)} in ${getSpoolFolder(otobo)} could not be moved to the database: ${first}`;
}

/** A pod that leaves for good takes no mail along. */
export async function checkSpoolEmpty(otobo: Otobo): Promise<WhyNot> {
  const request = await otobo.ask(SPOOL, spoolAnswer, "look");
  if ("why" in request) return `the mails in ${getSpoolFolder(otobo)} could not be counted: ${request.why}`;
  const { left } = request.answer;
  return left === 0 ? null : `${mails(left)} in ${getSpoolFolder(otobo)} would be lost with the pod`;
}

const mails = (count: number): string => (count === 1 ? "1 mail" : `${count} mails`);
