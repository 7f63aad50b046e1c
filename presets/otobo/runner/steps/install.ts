// Installs OTOBO in an empty database, without a person and without the open installer: no web server runs yet. It touches
// no database with tables of others. verify does not compare the settings, because an administrator may change them later.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import type { Otobo, WhyNot } from "../otobo.ts";
import { EVENT, FILES, isRelevant } from "../preload.ts";
import { describeDatabase } from "../probes/database.ts";
import { INSTALL, type InstallSetting, installAnswer } from "../probes/install.ts";
import { readOtoboS3 } from "../s3.ts";
import type { InstallOptions, StepImplementation } from "../step.ts";

type InstallAnswer = z.infer<typeof installAnswer>;

/** The settings of the last deployment, by which OTOBO counts as installed. */
const DEPLOYED = "ZZZAAuto.pm";

export const installOtobo: StepImplementation = {
  run: async (otobo, { install: options }) => {
    if (options === null)
      return "install needs --fqdn and --system-id, which the profile's release.install sets";
    const where = describeDatabase(otobo.env);
    const looked = await otobo.ask(INSTALL, installAnswer, "look");
    if ("why" in looked) return `cannot look at ${where}: ${looked.why}`;
    const refused =
      explainInstallRefusal(looked.answer, where) ??
      (looked.answer.state === "empty" ? await findLeftovers(otobo) : null);
    if (refused !== null) return refused;
    const ran = await otobo.ask(
      INSTALL,
      installAnswer,
      "run",
      options.passwordFile,
      ...listSettings(options),
    );
    if ("why" in ran) return `OTOBO could not be installed in ${where}: ${ran.why}`;
    if (ran.answer.did) otobo.say(`OTOBO is installed in ${where}; log in as root@localhost`);
    else if (ran.answer.state === "installed")
      otobo.say(`OTOBO was installed in ${where} before: nothing to do`);
    return explainInstallRefusal(ran.answer, where);
  },
  verify: async ({ ask, env }) => {
    const where = describeDatabase(env);
    const request = await ask(INSTALL, installAnswer, "look");
    if ("why" in request) return `cannot look at ${where}: ${request.why}`;
    switch (request.answer.state) {
      case "installed":
        return null;
      case "empty":
        return `${where} is empty: OTOBO is not installed in it`;
      case "interrupted":
        return (
          explainInstallRefusal(request.answer, where) ?? `the installation in ${where} has not completed`
        );
      case "foreign":
        return explainInstallRefusal(request.answer, where);
    }
  },
};

function listSettings({ fqdn, httpType, systemID, adminEmail }: InstallOptions): string[] {
  const settings = {
    FQDN: fqdn,
    HttpType: httpType,
    SystemID: String(systemID),
    // closes the installer
    SecureMode: "1",
    ...(adminEmail === null ? {} : { AdminEmail: adminEmail }),
  } satisfies Partial<Record<InstallSetting, string>>;
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}

/** Explains why a database must be left as it is; null: it is installed, or may be. */
export function explainInstallRefusal(
  { state, tables, surplus, unfit, busy }: InstallAnswer,
  where: string,
): WhyNot {
  if (busy) return `another process is installing OTOBO in ${where}`;
  if (unfit !== "") return `OTOBO cannot be installed in ${where}: ${unfit}`;
  if (state === "foreign") {
    return (
      `${where} has tables, but no complete installation of OTOBO (${tables.join(", ")}), and was left as it is; ` +
      "for a new installation set database.name to an empty database; to use an old one, load its whole dump"
    );
  }
  const others = tables.length > 0 ? tables : surplus;
  if (state === "interrupted" && others.length > 0) {
    return (
      `an installation in ${where} was interrupted, but since then others have ` +
      `${tables.length > 0 ? "created tables" : "written to tables"} (${others.join(", ")}), and it was left as it is; ` +
      "if you have loaded a whole dump, drop the table rollcall_install; otherwise empty the database"
    );
  }
  return null;
}

/** An empty database beside settings of an installation has lost its tables, and must not be replaced by a new one. */
async function findLeftovers(otobo: Otobo): Promise<WhyNot> {
  const found = (await findInHome(otobo)) ?? (await findInBucket(otobo));
  if (found === null) return null;
  if ("why" in found) return found.why;
  return (
    `${describeDatabase(otobo.env)} is empty, but ${found.place} is of an earlier installation; restore its database, or, ` +
    "if it is not needed any more, remove that file and all others beside it"
  );
}

async function findInHome({ home }: Otobo): Promise<{ place: string } | null> {
  const names = await readdir(join(home, FILES)).catch((): string[] => []);
  return names.includes(DEPLOYED) ? { place: join(home, FILES, DEPLOYED) } : null;
}

async function findInBucket({ env }: Otobo): Promise<{ place: string } | { why: string } | null> {
  const s3 = readOtoboS3(env);
  if (s3 === null) return null;
  const prefix = `${s3.prefix}${FILES}/`;
  const listed = await (await s3.open()).list(prefix);
  if ("why" in listed) return listed;
  const first = listed.objects.find(({ key }) => {
    const path = key.slice(prefix.length);
    return path === EVENT || isRelevant(path, true);
  });
  return first === undefined ? null : { place: `${first.key} in S3` };
}
