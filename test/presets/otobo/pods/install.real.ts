// The unattended first installation by OTOBO's own modules, on each version with a checkout: OTOBO_SRC_10_1,
// OTOBO_SRC_11_0 and OTOBO_SRC_11_1 name the folders. Checkouts are not part of this project, and CI has none; what the step
// says to a database of others is tested in install.test.ts.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { buildInstallWords } from "../../../../presets/otobo/contract/install.ts";
import { needsPrograms, needsRoot } from "../../../requirements.ts";
import {
  assertCommandFailed,
  assertCommandPassed,
  makeWorker,
  type OtoboCliResult,
  openOtoboCli,
  removeProgram,
} from "../run.ts";
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

/** What somebody may leave in tables that an installation also writes, and its removal. */
const SOMEBODYS: readonly [table: string, insert: string, remove: string][] = [
  [
    "sysconfig_modified",
    `INSERT INTO sysconfig_modified (sysconfig_default_id, name, is_valid, user_modification_active, effective_value,
       is_dirty, reset_to_default, create_time, create_by, change_time, change_by)
     SELECT id, name, 1, 0, '--- Us', 0, 0, NOW(), 1, NOW(), 1 FROM sysconfig_default WHERE name = 'Organization'`,
    "DELETE FROM sysconfig_modified WHERE name = 'Organization'",
  ],
  [
    "gi_webservice_config",
    `INSERT INTO gi_webservice_config (name, config, valid_id, create_time, create_by, change_time, change_by)
     VALUES ('Ours', '---', 1, NOW(), 1, NOW(), 1)`,
    "DELETE FROM gi_webservice_config WHERE name = 'Ours'",
  ],
  [
    "virtual_fs",
    "INSERT INTO virtual_fs (filename, backend, backend_key, create_time) VALUES ('a', 'DB', 'a', NOW())",
    "DELETE FROM virtual_fs",
  ],
  [
    "user_preferences",
    "INSERT INTO user_preferences (user_id, preferences_key, preferences_value) VALUES (1, 'UserLastLogin', '1')",
    "DELETE FROM user_preferences WHERE preferences_key = 'UserLastLogin'",
  ],
];

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
      for (const step of ["home", "config"]) assertCommandPassed(await cli.run(step));
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

    const readPassword = async (): Promise<string> =>
      (await land.sql("SELECT pw FROM users WHERE login = 'root@localhost'")).trim();

    /** The password of root@localhost when the installer was seen to be closed first. */
    const readFirstClosed = async (hasEnded: Promise<true>): Promise<string> => {
      for (;;) {
        const isOver = await Promise.race([hasEnded, pause(50, false)]);
        const closed = await land
          .sql(
            "SELECT pw FROM users WHERE login = 'root@localhost' AND EXISTS (SELECT 1 FROM sysconfig_modified WHERE name = 'SecureMode')",
          )
          // tables are removed and created meanwhile
          .catch(() => "");
        if (closed.trim() !== "" || isOver) return closed.trim();
      }
    };

    it("leaves tables of others as they are", async () => {
      await land.sql("CREATE TABLE of_others (a INT); INSERT INTO of_others VALUES (7)");
      assertCommandFailed(
        await install(),
        /has tables, but no complete installation of OTOBO \(of_others\), and was left/,
      );
      assertCommandFailed(await verify(), /of_others/);
      assert.deepEqual(await listTables(), ["of_others"]);
      assert.equal((await land.sql("SELECT a FROM of_others")).trim(), "7");
      await land.sql("DROP TABLE of_others");
    });

    it("needs a password, a database for UTF-8, and no settings of an earlier installation", async () => {
      assertCommandFailed(await install(), /secret\/password is empty/);
      await land.sql("ALTER DATABASE otobo CHARACTER SET latin1");
      assertCommandFailed(await install(), /its character set is latin1, not utf8mb4: run ALTER DATABASE/);
      await land.sql("ALTER DATABASE otobo CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
      await openBucket(land.bucket.url, "OLD").put("event_package.json", "{}");
      const old = { ...pod, env: { ...pod.env, OTOBO_S3_HOME_PREFIX: "OLD" } };
      assertCommandFailed(
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
      assertCommandFailed(await running, /could not be installed/);
      assert.ok(!killed.includes(SECRET), "the password is in the command line");
      assertCommandFailed(await verify(), /the installation in database otobo at .* has not completed/);

      await land.sql("INSERT INTO acl_sync VALUES ('1', 'added', NOW(), NOW())");
      assertCommandFailed(
        await install(),
        /since then others have written to tables \(acl_sync\), and it was left as it is/,
      );
      await land.sql("DELETE FROM acl_sync; CREATE TABLE of_others (a INT)");
      const before = await listTables();
      assertCommandFailed(await install(), /since then others have created tables \(of_others\)/);
      assert.deepEqual(await listTables(), before);
      await land.sql("DROP TABLE of_others");

      const again = install();
      const closed = await readFirstClosed(again.then(() => true));
      const done = await again;
      assertCommandPassed(done);
      assert.equal(closed, await readPassword(), "the installer was closed before the password was set");
      assert.match(done.output, /removing the tables of an interrupted installation/);
      assert.ok(!done.output.includes(SECRET), done.output);
      assertCommandPassed(await verify());
      assert.ok(!(await listTables()).includes("rollcall_install"));
    });

    it("lets nobody serve after a kill just before the end, and keeps what somebody has written since", async () => {
      // all that an installation writes is its own
      await land.sql(
        "CREATE TABLE rollcall_install (begun INT PRIMARY KEY); INSERT INTO rollcall_install VALUES (1)",
      );
      assertCommandFailed(await verify(), /the installation in database otobo at .* has not completed/);
      for (const step of ["wait", "gate"])
        assertCommandFailed(await cli.verify(step), /an unattended installation in .* has not completed/);

      for (const [table, insert, remove] of SOMEBODYS) {
        await land.sql(insert);
        assertCommandFailed(await install(), new RegExp(`others have written to tables \\(${table}\\)`));
        await land.sql(remove);
      }
      assertCommandFailed(await verify(), /the installation in database otobo at .* has not completed/);
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
      assertCommandPassed(again);
      assert.match(again.output, /OTOBO was installed in .* before: nothing to do/);
      assert.equal(await look(), before);
      await makeSecret(SECRET);
    });

    it("leaves an OTOBO with the settings of the profile, a closed installer and the password", async () => {
      assertCommandPassed(await cli.run("wait", "--wait", "20"));
      assertCommandPassed(await cli.run("sync", "--user-files"));
      assertCommandPassed(await cli.verify("sync", "--user-files"));
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
