// `rollcall otobo adopt` on what OTOBO's own setup leaves in the volume of docker-compose, on each version with a checkout
// (OTOBO_SRC_10_1, OTOBO_SRC_11_0, OTOBO_SRC_11_1): a pod with the printed profile, the Secrets and the loaded dump is the old
// installation, with all that the command says is carried over, and without what it says is lost.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { needsRoot } from "../../../requirements.ts";
import { runCli } from "../../../webhook/cli/cli.ts";
import { loadOrThrow } from "../../../webhook/profiles/faults.ts";
import { makeProgram, removeProgram } from "../run.ts";
import type { TestedPod } from "./land.ts";
import { runPerl, tellGate } from "./look.ts";
import { type OtoboEnvironment, openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";
import { PASSWORD } from "./servers.ts";
import { makeSet } from "./start.ts";

const run = promisify(execFile);

/** What administrators add to Config.pm; not a literal, so the text itself has to be carried over. */
const ADDED = "    $Self->{'Rollcall::Adopted'} = join '-', 'kept', 'in', 'Config.pm';\n";

const LOOK = `
print join( '|', 'ADOPTED', map { $Config->Get($_) // '' }
    qw(Rollcall::Adopted DatabaseHost Database DatabaseUser FQDN SecureMode NodeID Cache::Module) ), "\\n";
`;

for (const version of ["10_1", "11_0", "11_1"]) {
  describe(`an installation that is moved with adopt, on OTOBO's own code of ${version.replace("_", ".")}`, function () {
    this.timeout(1_800_000);
    let land: OtoboEnvironment;
    let set: Awaited<ReturnType<typeof makeSet>>;
    before(async function () {
      needsRoot(this);
      const source = requireSource(this, `OTOBO_SRC_${version}`);
      await makeProgram();
      land = await openOtoboEnvironment(this, source);
      set = await makeSet(land);
    });
    after(async () => {
      await set?.close();
      await land?.remove();
      await removeProgram();
    });

    const adopt = async () => {
      const volume = join(land.folder, "first");
      await editConfig(volume, (await land.pod(0)).env["OTOBO_DB_PORT"] ?? "");
      const lost = ["Custom/Kernel/Mine.pm", "var/spool/problem-email-1"];
      for (const path of lost) {
        await mkdir(dirname(join(volume, path)), { recursive: true });
        await writeFile(join(volume, path), "1;\n");
      }
      const secrets = join(land.folder, "otobo-secrets.yaml");
      const printed = await runCli(["otobo", "adopt", volume, "-n", "desk", "--secrets", secrets]);
      assert.equal(printed.code, 0, printed.stderr);
      for (const path of lost) assert.ok(printed.stderr.includes(path), `${path}: ${printed.stderr}`);
      return { ...printed, secrets: await readSecrets(secrets) };
    };

    /** As the manual says: a dump of the old database, loaded into an empty one. */
    const moveDatabase = async ({ env }: TestedPod): Promise<void> => {
      const access = ["--no-defaults", "-h127.0.0.1", `-P${env["OTOBO_DB_PORT"]}`, "-uroot", `-p${PASSWORD}`];
      const dump = join(land.folder, "dump.sql");
      await run("mariadb-dump", [...access, `--result-file=${dump}`, "otobo"]);
      await land.sql(
        "DROP DATABASE otobo; CREATE DATABASE otobo CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        "mysql",
      );
      await run("mariadb", [...access, "otobo", "-e", `source ${dump}`]);
    };

    it("is the old one, in a pod with the printed profile, the Secrets and the dump", async () => {
      const { stdout, stderr, secrets } = await adopt();
      assert.ok(!`${stdout}${stderr}`.includes(PASSWORD), "a password is printed");
      assert.match(
        stderr,
        /Carried over from Kernel\/Config\.pm[^:]*:\n(?: {2}line .*\n)* {2}line \d+: Rollcall::Adopted/,
      );
      assert.match(stderr, /there is no S3/);

      const old = await land.pod(0);
      await moveDatabase(old);
      const profile = loadOrThrow(stdout).get("helpdesk") ?? assert.fail(stdout);
      const password = join(land.folder, "adopted-password");
      await writeFile(password, secrets.get("otobo-database")?.["password"] ?? "", { mode: 0o644 });
      const configFolder = join(land.folder, "adopted-config");
      await mkdir(configFolder);
      await writeFile(join(configFolder, "Config.pm"), secrets.get("otobo-config")?.["Config.pm"] ?? "", {
        mode: 0o644,
      });
      const { HOME = "", PERL5LIB = "", STANDIN_HOME = "" } = old.env;
      const pod: TestedPod = {
        ...old,
        env: {
          HOME,
          PERL5LIB,
          STANDIN_HOME,
          OTOBO_NODE_ID: "1",
          ...Object.fromEntries(profile.env.map(({ name, value }) => [name, String(value[0])])),
          OTOBO_DB_PASSWORD_FILE: password,
        },
      };
      const end = await set.run(pod, { work: { s3: false, configBase: true }, configFolder });
      assert.equal(end.code, 0, end.log);
      assert.equal((await tellGate(land, pod)).code, 0);
      assert.match(
        await runPerl(pod, LOOK),
        /^ADOPTED\|kept-in-Config\.pm\|127\.0\.0\.1\|otobo\|otobo\|localhost\|1\|1\|Kernel::System::Cache::Redis$/m,
      );
      assert.deepEqual(await land.acting(pod), { acl: true, process: true });
      assert.notEqual(await land.translates(pod), false);
      await access(join(pod.home, "Kernel/Modules/RollcallTest/One.pm"));
      await assert.rejects(access(join(pod.home, "Custom/Kernel/Mine.pm")));
      const packages = await land.sql("SELECT name FROM package_repository");
      assert.equal(packages.trim(), "RollcallTest");
    });
  });
}

/** The setup has no setting for the database's port; an administrator writes it into the DSN. */
async function editConfig(volume: string, port: string): Promise<void> {
  const path = join(volume, "Kernel/Config.pm");
  const text = await readFile(path, "utf8");
  const changed = text
    .replace(`= '127.0.0.1;port=${port}';`, "= '127.0.0.1';")
    .replace(/host=\$Self->\{DatabaseHost\};?/, `host=$Self->{DatabaseHost};port=${port};`)
    .replace("    return 1;", `${ADDED}    return 1;`);
  assert.ok(changed.includes(ADDED) && changed.includes(`;port=${port};`), text);
  await writeFile(path, changed);
}

async function readSecrets(path: string): Promise<Map<string, Record<string, string>>> {
  const documents = parseAllDocuments(await readFile(path, "utf8")).map(
    (each) => each.toJS() as { metadata: { name: string }; stringData: Record<string, string> },
  );
  return new Map(documents.map(({ metadata, stringData }) => [metadata.name, stringData]));
}
