// The unattended first installation by OTOBO's own modules, on each version with a checkout: OTOBO_SRC_10_1,
// OTOBO_SRC_11_0 and OTOBO_SRC_11_1 name the folders. Checkouts are not part of this project, and CI has none; what the step
// says to a database of others is tested in install.test.ts.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { buildInstallWords } from "../../../../presets/otobo/contract/install.ts";
import { needsPrograms, needsRoot } from "../../../requirements.ts";
import { makeWorker, type OtoboCliResult, openOtoboCli, removeProgram } from "../run.ts";
import { openBucket } from "./bucket.ts";
import type { TestedPod } from "./land.ts";
import { runPerl, tellConfig } from "./look.ts";
import { type OtoboEnvironment, openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";

/** Of root@localhost; OTOBO's browsers send UTF-8. */
const SECRET = "Grüße an 7 Zwerge €";

const SETTINGS = { fqdn: "desk.example.com", httpType: "http", systemID: 47, adminEmail: null } as const;

/** Whether OTOBO's own authentication accepts a password, which is in a file. */
const AUTHENTICATE = String.raw`
use Encode ();
open my $File, '<', $ARGV[0] or die "no password: $!";
my $Secret = Encode::decode( 'UTF-8', do { local $/; <$File> } );
my $Auth   = $Kernel::OM->Get('Kernel::System::Auth');
my @Told   = map { $Auth->Auth( User => 'root@localhost', Pw => $_ ) // '' } 'root', "$Secret!", $Secret;
print join( '|', 'LOGIN', @Told ), "\n";
print join( '|', 'SET', map { $Config->Get($_) } qw(FQDN HttpType SystemID SecureMode AdminEmail) ), "\n";
my $Service = $Kernel::OM->Get('Kernel::System::GenericInterface::Webservice')->WebserviceGet( Name => 'Elasticsearch' );
print join( '|', 'ELASTICSEARCH', $Service->{ValidID} ), "\n";
`;

for (const version of ["10_1", "11_0", "11_1"]) describeInstall(version);

function describeInstall(version: string): void {
  describe(`the unattended installation, on OTOBO's own code of ${version.replace("_", ".")}`, function () {
    this.timeout(1_800_000);
    this.bail(true);
    let land: OtoboEnvironment;
    let pod: TestedPod;
    let cli: ReturnType<typeof openOtoboCli>;
    let words: string[];
    before(async function () {
      needsRoot(this);
      needsPrograms(this, ["perl", "setpriv"]);
      const source = requireSource(this, `OTOBO_SRC_${version}`);
      await makeWorker();
      land = await openOtoboEnvironment(this, source, { isInstalled: false });
      const made = await land.pod(0);
      // as in a cluster, so that this test sees what is logged
      const log = { OTOBO_LOG_MODULE: "Kernel::System::Log::File", OTOBO_LOG_FILE: "/dev/stderr" };
      pod = { ...made, env: { ...made.env, ...log } };
      cli = openOtoboCli(land, pod);
      words = [...buildInstallWords(SETTINGS), "--install-folder", join(land.folder, "secret")];
      await makeSecret("");
      for (const step of ["home", "config"]) passed(await cli.run(step));
    });
    after(async () => {
      await land?.remove();
      await removeProgram();
    });

    const makeSecret = async (text: string): Promise<void> => {
      await mkdir(join(land.folder, "secret"), { recursive: true });
      await writeFile(join(land.folder, "secret/password"), text);
    };
    const install = (): Promise<OtoboCliResult> => cli.run("install", ...words);
    const verify = (): Promise<OtoboCliResult> => cli.verify("install", ...words);
    const listTables = async (): Promise<string[]> =>
      (await land.sql("SHOW TABLES")).split("\n").filter((line) => line !== "");

    it("leaves tables of others as they are", async () => {
      await land.sql("CREATE TABLE of_others (a INT); INSERT INTO of_others VALUES (7)");
      failed(
        await install(),
        /has tables, but no complete installation of OTOBO \(of_others\), and was left/,
      );
      failed(await verify(), /of_others/);
      assert.deepEqual(await listTables(), ["of_others"]);
      assert.equal((await land.sql("SELECT a FROM of_others")).trim(), "7");
      await land.sql("DROP TABLE of_others");
    });

    it("needs a password, a database for UTF-8, and no settings of an earlier installation", async () => {
      failed(await install(), /secret\/password is empty/);
      await land.sql("ALTER DATABASE otobo CHARACTER SET latin1");
      failed(await install(), /its character set is latin1, not utf8mb4: run ALTER DATABASE/);
      await land.sql("ALTER DATABASE otobo CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
      await openBucket(land.bucket.url, "OLD").put("event_package.json", "{}");
      const old = { ...pod, env: { ...pod.env, OTOBO_S3_HOME_PREFIX: "OLD" } };
      failed(
        await openOtoboCli(land, old).run("install", ...words),
        /is empty, but .*event_package\.json in S3 is of an earlier installation/,
      );
      assert.deepEqual(await listTables(), []);
    });

    it("begins anew after a kill in the middle, but not once others have written to the database", async () => {
      await makeSecret(`${SECRET}\n`);
      const running = install();
      const hasEnded = running.then(() => true);
      while ((await listTables()).length < 40)
        if (await Promise.race([hasEnded, pause(20, false)])) assert.fail((await running).output);
      const killed = await killInstallation(pod);
      failed(await running, /could not be installed/);
      assert.ok(!killed.includes(SECRET), "the password is in the command line");
      failed(await verify(), /the installation in database otobo at .* has not completed/);

      await land.sql("INSERT INTO acl_sync VALUES ('1', 'added', NOW(), NOW())");
      failed(
        await install(),
        /since then others have written to tables \(acl_sync\), and it was left as it is/,
      );
      await land.sql("DELETE FROM acl_sync; CREATE TABLE of_others (a INT)");
      const before = await listTables();
      failed(await install(), /since then others have created tables \(of_others\)/);
      assert.deepEqual(await listTables(), before);
      await land.sql("DROP TABLE of_others");

      const done = await install();
      passed(done);
      assert.match(done.output, /removing the tables of an interrupted installation/);
      assert.ok(!done.output.includes(SECRET), done.output);
      passed(await verify());
      assert.ok(!(await listTables()).includes("rollcall_install"));

      // as after a kill just before the end: all that an installation writes is its own
      await land.sql(
        "CREATE TABLE rollcall_install (begun INT PRIMARY KEY); INSERT INTO rollcall_install VALUES (1)",
      );
      failed(await verify(), /the installation in database otobo at .* has not completed/);
      await land.sql("DROP TABLE rollcall_install");
    });

    it("does nothing a second time, also without the password", async () => {
      const look = () =>
        land.sql(
          "SELECT pw FROM users; SELECT COUNT(*) FROM sysconfig_deployment; SELECT COUNT(*) FROM acl_sync",
        );
      const before = await look();
      await makeSecret("");
      const again = await install();
      passed(again);
      assert.match(again.output, /OTOBO was installed in .* before: nothing to do/);
      assert.equal(await look(), before);
      await makeSecret(SECRET);
    });

    it("leaves an OTOBO with the settings of the profile, a closed installer and the password", async () => {
      passed(await cli.run("wait", "--wait", "20"));
      passed(await cli.run("sync", "--user-files"));
      passed(await cli.verify("sync", "--user-files"));
      const told = await runPerl(pod, AUTHENTICATE, join(land.folder, "secret/password"));
      assert.match(told, /^LOGIN\|\|\|root@localhost$/m);
      assert.match(told, /^SET\|desk\.example\.com\|http\|47\|1\|support@desk\.example\.com$/m);
      assert.match(told, /^ELASTICSEARCH\|2$/m);
      assert.equal((await tellConfig(pod)).secureMode, "1");
    });

    it("serves the login, and no installer", async () => {
      const web = (await land.startWeb?.(pod)) ?? assert.fail("OTOBO has a web server");
      try {
        const url = `http://127.0.0.1:${web.port}/otobo`;
        assert.equal((await fetch(`${url}/installer.pl`)).status, 403);
        const form = { Action: "Login", User: "root@localhost" };
        const login = (Password: string) =>
          fetch(`${url}/index.pl`, {
            method: "POST",
            redirect: "manual",
            body: new URLSearchParams({ ...form, Password }),
          });
        const [wrong, right] = [await login("root"), await login(SECRET)];
        assert.equal(wrong.status, 200);
        assert.equal(right.status, 302, await right.text());
        assert.match(right.headers.get("set-cookie") ?? "", /OTOBOAgentInterface=\w/);
      } finally {
        await web.stop();
      }
    });
  });
}

const passed = ({ code, output }: OtoboCliResult): void => assert.equal(code, 0, output);
const failed = ({ code, output }: OtoboCliResult, says: RegExp): void => {
  assert.equal(code, 1, output);
  assert.match(output, says);
};

/** Kills OTOBO's Perl, as the kernel does with a container's processes. @returns its command line */
async function killInstallation({ home }: TestedPod): Promise<string> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (!words.startsWith("perl\0") || !words.includes(`${home}\0`) || !words.includes("rollcall_install"))
      continue;
    process.kill(Number(name), "SIGKILL");
    return words;
  }
  return assert.fail("no installation runs");
}
