// Mails in var/spool outlive their pod: moved into the database when it ends, put back by one that starts. A pod that
// does not end in order (its node fails) takes them along, unless its home is persistent.
import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../../../../init/engine/reason.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { SPOOL, spoolAnswer } from "../probes/spool.ts";
import type { Step } from "../step.ts";

const folderOf = ({ home }: Otobo): string => join(home, "var/spool");

export const spool: Step = {
  run: async (otobo) => {
    const asked = await otobo.ask(SPOOL, spoolAnswer, "restore");
    if ("why" in asked) return `mails of pods that have ended could not be put back: ${asked.why}`;
    const { moved, left, wrong } = asked.answer;
    if (moved > 0) otobo.say(`${mails(moved)} of pods that have ended put back into ${folderOf(otobo)}`);
    if (left > 0) {
      otobo.say(
        `${mails(left)} that OTOBO could not process in ${folderOf(otobo)}; ` +
          "bin/otobo.Console.pl Maint::PostMaster::SpoolMailsReprocess tries them again, as the daemon does once a day",
      );
    }
    // one that is broken in the database must not keep OTOBO from running; what cannot be written is found by the proof
    for (const each of wrong) otobo.say(`a mail of a pod that has ended was not put back: ${each}`);
    return null;
  },
  verify: async (otobo) => {
    try {
      await access(folderOf(otobo), constants.W_OK | constants.X_OK);
    } catch (error) {
      return `${folderOf(otobo)} cannot be written to, so OTOBO would lose mails that it cannot process: ${reasonOf(error)}`;
    }
    const asked = await otobo.ask(SPOOL, spoolAnswer, "look");
    if ("why" in asked) return `mails of pods that have ended could not be counted: ${asked.why}`;
    const { waiting } = asked.answer;
    return waiting === 0 ? null : `${mails(waiting)} of pods that have ended still in the database`;
  },
};

/** For a pod that ends, once nothing of its daemon runs any more. */
export async function saveSpool(otobo: Otobo): Promise<WhyNot> {
  // before the installer has been through there is no database to ask
  const names = await readdir(folderOf(otobo)).catch((): string[] => []);
  if (names.length === 0) return null;
  const asked = await otobo.ask(SPOOL, spoolAnswer, "save");
  if ("why" in asked)
    return `the mails in ${folderOf(otobo)} could not be moved to the database: ${asked.why}`;
  const { moved, wrong } = asked.answer;
  if (moved > 0) otobo.say(`${mails(moved)} moved from ${folderOf(otobo)} into the database`);
  const [first] = wrong;
  return first === undefined
    ? null
    : `${mails(wrong.length)} in ${folderOf(otobo)} could not be moved to the database: ${first}`;
}

/** A pod that leaves for good takes no mail along. */
export async function whyMailsLeft(otobo: Otobo): Promise<WhyNot> {
  const asked = await otobo.ask(SPOOL, spoolAnswer, "look");
  if ("why" in asked) return `the mails in ${folderOf(otobo)} could not be counted: ${asked.why}`;
  const { left } = asked.answer;
  return left === 0 ? null : `${mails(left)} in ${folderOf(otobo)} would be lost with the pod`;
}

const mails = (count: number): string => (count === 1 ? "1 mail" : `${count} mails`);
