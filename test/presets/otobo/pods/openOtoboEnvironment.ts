// OTOBO's own tree, from the folder in OTOBO_SRC, with MariaDB, Redis and an S3 server for the test
// (docs/research/otobo.md#running-it-on-debian). Only the signer of its requests to S3 is not OTOBO's (../signer).
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, isListening, startVersitygw } from "../../../init/world/s3/versitygw.ts";
import { needsPrograms } from "../../../requirements.ts";
import { buildImageTree, writeOtoboArchive } from "../image.ts";
import { UNPRIVILEGED_USER } from "../run.ts";
import { openBucket } from "./bucket.ts";
import { buildS3Env, type PodEnvironment, type TestedPod } from "./land.ts";
import { runIn, runPerl } from "./look.ts";
import * as programs from "./otoboPrograms.ts";
import { PASSWORD, type Servers, startServers } from "./servers.ts";

const run = promisify(execFile);
const SIGNER = fileURLToPath(new URL("../signer", import.meta.url));

/** A package that is in no repository. */
const OPM = `<?xml version="1.0" encoding="utf-8" ?>
<otobo_package version="1.1">
  <Name>RollcallTest</Name><Version>1.0.1</Version><Framework>10.1.x</Framework><Framework>11.0.x</Framework><Framework>11.1.x</Framework>
  <Vendor>Rollcall</Vendor><URL>https://rollcall.dev/</URL><License>Apache-2.0</License>
  <Description Lang="en">A package of a test.</Description>
  <BuildDate>2024-03-01 10:00:00</BuildDate><BuildHost>localhost</BuildHost>
  <Filelist><File Location="Kernel/Modules/RollcallTest/One.pm" Permission="660" Encode="Base64">${Buffer.from(
    "package Kernel::Modules::RollcallTest::One;\n1;\n",
  ).toString("base64")}</File></Filelist>
</otobo_package>
`;

export interface OtoboEnvironment extends PodEnvironment {
  sql: Servers["sql"];
}

/**
 * @param source a checkout of OTOBO
 * @param isInstalled false: the database has no tables
 */
export async function openOtoboEnvironment(
  context: Mocha.Context,
  source: string,
  { isInstalled = true } = {},
): Promise<OtoboEnvironment> {
  needsPrograms(context, ["mariadbd", "mariadb-install-db", "mariadb", "redis-server"]);
  const folder = await mkdtemp(join(tmpdir(), "rollcall-otobo-"));
  await chmod(folder, 0o777);
  const ends = [() => rm(folder, { recursive: true, force: true })];
  const end = async (): Promise<void> => {
    for (const each of ends.toReversed()) await each();
  };
  try {
    const s3 = await startVersitygw(context);
    ends.push(s3.stop);
    const servers = await startServers(folder);
    ends.push(servers.stop);
    const next = join(folder, "otobo_next");
    await buildImageTree({ source, next, owner: UNPRIVILEGED_USER });
    await prepare(next);
    await writeFile(join(folder, "password"), PASSWORD, { mode: 0o644 });
    await (isInstalled ? install({ folder, next, servers }) : createDatabase(servers));
    return buildEnvironment({ folder, next, servers, url: s3.url, end });
  } catch (error) {
    await end();
    throw error;
  }
}

interface Ready {
  folder: string;
  next: string;
  servers: Servers;
  /** URL of the S3 server */
  url: string;
  end: () => Promise<void>;
}

function buildEnvironment({ folder, next, servers, url, end }: Ready): OtoboEnvironment {
  let round = 0;
  let bucket = openBucket(url, "OTOBO-0");
  const buildEnv = async (home: string): Promise<Record<string, string>> => ({
    ...(await buildS3Env(folder, bucket)),
    HOME: home,
    PERL5LIB: SIGNER,
    STANDIN_HOME: home,
    OTOBO_DB_TYPE: "mysql",
    OTOBO_DB_HOST: "127.0.0.1",
    OTOBO_DB_PORT: String(servers.databasePort),
    OTOBO_DB_NAME: "otobo",
    OTOBO_DB_USER: "otobo",
    OTOBO_DB_PASSWORD_FILE: join(folder, "password"),
    OTOBO_REDIS_SERVER: `127.0.0.1:${servers.redisPort}`,
    OTOBO_CACHE_MODULE: "Kernel::System::Cache::Redis",
  });
  return {
    folder,
    next,
    sql: servers.sql,
    get bucket() {
      return bucket;
    },
    pod: async (ordinal) => {
      const home = join(folder, `round-${round}-${ordinal}`);
      await mkdir(home, { recursive: true });
      await chmod(home, 0o777);
      return { ordinal, home, env: { ...(await buildEnv(home)), OTOBO_NODE_ID: String(ordinal + 1) } };
    },
    receiveBadMail: async (pod, text) => {
      await runPerl(pod, programs.FAIL_MAIL, text);
    },
    reprocess: async (pod, text) => {
      await runIn(
        pod.home,
        pod.env,
        "bin/otobo.Console.pl",
        "Maint::PostMaster::SpoolMailsReprocess",
        "--no-ansi",
      );
      return Number(await servers.sql(`SELECT COUNT(*) FROM ticket WHERE title = '${text}'`));
    },
    acting: async (pod) => {
      const output = await runPerl(pod, programs.ACTING);
      const [, acl, process] = /^ACTING\|(\d)\|(\d)$/m.exec(output) ?? [];
      if (acl === undefined) throw new Error(`nothing is known of ACLs and processes: ${output}`);
      return { acl: acl === "1", process: process === "1" };
    },
    translates: async (pod) => {
      const output = await runPerl(pod, programs.TRANSLATE);
      const [, known, text = ""] = /^TRANSLATED\|(\d)\|(.*)$/m.exec(output) ?? [];
      return known === "0" ? null : text === "Rollcalls 'Wort'";
    },
    startWeb,
    makeFiles: async (pod) => {
      await runPerl(pod, programs.MAKE_FILES);
    },
    hasRebuildRow: async () => {
      const rows = await servers.sql("SELECT COUNT(*) FROM process_id WHERE process_name = 'RebuildConfig'");
      return rows.trim() !== "0";
    },
    reset: async () => {
      round += 1;
      bucket = openBucket(url, `OTOBO-${round}`);
      await servers.sql("DELETE FROM system_data WHERE data_key LIKE 'Rollcall::%'; DELETE FROM process_id");
    },
    remove: async () => {
      await end();
    },
  };
}

/** As in the image, but with Plack's own server. */
async function startWeb({ home, env }: TestedPod): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort();
  const words = [
    "--env",
    "deployment",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "bin/psgi-bin/otobo.psgi",
  ];
  const child = spawn("plackup", words, {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: "ignore",
    ...UNPRIVILEGED_USER,
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  };
  for (let attempt = 0; !(await isListening(port)); attempt += 1) {
    if (attempt > 1200 || child.exitCode !== null) {
      await stop();
      throw new Error(`OTOBO's web server does not listen at ${port}`);
    }
    await pause(100);
  }
  return { port, stop };
}

const EVENT =
  "    $Self->{'Package::EventModulePost'}{'9000-SyncWithS3'} = { Module => 'Kernel::System::Package::Event::SyncWithS3', " +
  "Event => '(PackageInstall|PackageReinstall|PackageUpgrade|PackageUninstall)', Transaction => 1 };\n";

/** The image's Config.pm with the pod's home, and with OTOBO's own package event enabled, which pods must suppress. */
async function prepare(next: string): Promise<void> {
  const dist = join(next, "Kernel/Config.pm.docker.dist");
  const text = await readFile(dist, "utf8");
  const changed = text
    .replace("'/opt/otobo';", "$ENV{STANDIN_HOME} // '/opt/otobo';")
    .replace("'/opt/otobo/var/log/otobo.log'", '"$Self->{Home}/var/log/otobo.log"')
    .replace(/\{'RedisFast'\} *= 1/, "{'RedisFast'} = 0")
    .replace("    return 1;", `${EVENT}    return 1;`);
  await writeFile(dist, changed);
  // too large for the tests' copies, and not needed
  const audit = join(next, "Kernel/cpan-lib/CPAN/Audit/DB.pm");
  await mkdir(join(audit, ".."), { recursive: true });
  await writeFile(audit, "package CPAN::Audit::DB;\nsub db { return {} }\n1;\n", { flag: "a" });
  await writeOtoboArchive(next, UNPRIVILEGED_USER);
}

/** As an administrator creates it for an installation. */
async function createDatabase({ sql }: Servers): Promise<void> {
  const statements = [
    "CREATE DATABASE otobo CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    `CREATE USER otobo@'%' IDENTIFIED BY '${PASSWORD}'`,
    "GRANT ALL PRIVILEGES ON otobo.* TO otobo@'%'",
  ];
  await sql(statements.join(";"), "mysql");
}

interface InstallContext {
  folder: string;
  next: string;
  servers: Servers;
}

/** Like OTOBO's own quick setup, in a separate tree without S3, plus a package. */
async function install({ folder, next, servers }: InstallContext): Promise<void> {
  const home = join(folder, "first");
  await cp(next, home, { recursive: true, preserveTimestamps: true });
  const dist = await readFile(join(home, "Kernel/Config.pm.docker.dist"), "utf8");
  const config = dist
    .replace(EVENT, "")
    // the setup has no setting for the port
    .replace("= 'db';", `= '127.0.0.1;port=${servers.databasePort}';`)
    .replaceAll("'redis:6379'", `'127.0.0.1:${servers.redisPort}'`)
    .replace("'otobo-docker-databasepw'", `'${PASSWORD}'`);
  await writeFile(join(home, "Kernel/Config.pm"), config);
  const opm = join(folder, "RollcallTest-1.0.1.opm");
  await writeFile(opm, OPM, { mode: 0o644 });
  await run("chown", ["-R", `${UNPRIVILEGED_USER.uid}:${UNPRIVILEGED_USER.gid}`, home]);
  const start = async (program: string, ...words: readonly string[]): Promise<string> => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, PERL5LIB: SIGNER, STANDIN_HOME: home };
    const options = { cwd: home, env, maxBuffer: 64 * 1024 * 1024, ...UNPRIVILEGED_USER };
    const { stdout, stderr } = await run(join(home, program), words, options);
    return `${stdout}${stderr}`;
  };
  const told = await start(
    "bin/docker/quick_setup.pl",
    ...["--db-password", PASSWORD, "--http-type", "http", "--fqdn", "localhost"],
  );
  // its exit code is always 0
  const modes = await servers
    .sql("SELECT COUNT(*) FROM sysconfig_modified WHERE name = 'SecureMode'")
    .catch(() => "0");
  if (modes.trim() === "0") throw new Error(`OTOBO's quick setup did not come to its end:\n${told}`);
  await start("bin/otobo.Console.pl", "Admin::Package::Install", opm, "--no-ansi");
  const env = { HOME: home, PERL5LIB: SIGNER, STANDIN_HOME: home };
  await runPerl({ ordinal: 0, home, env }, programs.ADD_ACL_AND_PROCESS);
  await runPerl({ ordinal: 0, home, env }, programs.ADD_TRANSLATION);
}
