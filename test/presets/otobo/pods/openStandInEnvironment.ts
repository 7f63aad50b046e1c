// The stand-in's tree and its state, with a real S3 server.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startVersitygw } from "../../../init/world/s3/versitygw.ts";
import { FAQ, makeOtobo } from "../tree.ts";
import { openBucket } from "./bucket.ts";
import { buildS3Env, type PodEnvironment } from "./land.ts";
import { runIn, runPerl } from "./look.ts";

/** The package with a file that a test blocks. */
const PACKAGE = {
  ...FAQ,
  name: "RollcallTest",
  files: [
    {
      location: "Kernel/Modules/RollcallTest/One.pm",
      content: "package Kernel::Modules::RollcallTest::One;\n1;\n",
    },
  ],
};

export async function openStandInEnvironment(context: Mocha.Context): Promise<PodEnvironment> {
  const server = await startVersitygw(context);
  const rig = await makeOtobo();
  const first = await rig.state();
  let round = 0;
  let bucket = openBucket(server.url, "OTOBO-0");
  return {
    folder: rig.folder,
    next: rig.next,
    get bucket() {
      return bucket;
    },
    pod: async (ordinal) => {
      const { home, env } = await rig.pod(ordinal, `round-${round}`);
      return { ordinal, home, env: { ...env, ...(await buildS3Env(rig.folder, bucket)) } };
    },
    receiveBadMail: async (pod, text) => {
      await rig.change({ mailbox: [`bad: ${text}`], badMails: true });
      await runIn(pod.home, pod.env, "bin/otobo.Console.pl", "Maint::PostMaster::MailAccountFetch");
    },
    reprocess: async (pod, text) => {
      await rig.change({ badMails: false });
      await runIn(pod.home, pod.env, "bin/otobo.Console.pl", "Maint::PostMaster::SpoolMailsReprocess");
      return (await rig.state()).tickets.filter((ticket) => ticket.includes(text)).length;
    },
    acting: async (pod) => {
      const output = await runPerl(
        pod,
        "print join '|', map { scalar keys %{ $Config->Get($_) || {} } } qw(TicketAcl Process);",
      );
      const [acls = "", processes = ""] = output.split("|");
      return { acl: acls === "1", process: processes === "1" };
    },
    translates: async (pod) => {
      const text = await readFile(join(pod.home, "Kernel/Language/de_ZZZAAuto.pm"), "utf8").catch(() => "");
      return text.includes("Rollcalls Wort");
    },
    makeFiles: async (pod) => {
      await runPerl(pod, 'use File::Temp (); File::Temp->new( DIR => "$ENV{STANDIN_HOME}/var/tmp" );');
      await writeFile(join(pod.home, "var/article/attachment"), "");
    },
    hasRebuildRow: async () => (await rig.state()).rebuildRow !== 0,
    reset: async ({ rebuildSeconds = 0 } = {}) => {
      round += 1;
      bucket = openBucket(server.url, `OTOBO-${round}`);
      const translations: [string, string, string][] = [["de", "Rollcall's word", "Rollcalls Wort"]];
      await rig.change({ ...first, packages: [FAQ, PACKAGE], translations, rebuildSeconds });
    },
    remove: async () => {
      await rig.remove();
      await server.stop();
    },
  };
}
