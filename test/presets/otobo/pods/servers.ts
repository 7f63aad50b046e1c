// MariaDB and Redis, each in a temporary folder and on a free port (docs/research/otobo.md#running-it-on-debian).
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort, isListening } from "../../../init/world/s3/versitygw.ts";

const run = promisify(execFile);

/** Password of root and otobo. */
export const PASSWORD = "for-this-test";

export interface Servers {
  databasePort: number;
  redisPort: number;
  /**
   * runs statements as root; returns their output, separated by tabs and newlines
   * @param database the current one @default otobo
   */
  sql: (text: string, database?: string) => Promise<string>;
  stop: () => Promise<void>;
}

/** Needs root, since MariaDB runs as its own user. */
export async function startServers(folder: string): Promise<Servers> {
  const [databasePort, redisPort] = [await freePort(), await freePort()];
  const data = join(folder, "mariadb");
  await mkdir(data);
  const [uid, gid] = (await Promise.all(["-u", "-g"].map((option) => run("id", [option, "mysql"])))).map(
    ({ stdout }) => Number(stdout),
  );
  await chown(data, uid ?? 0, gid ?? 0);
  await run("mariadb-install-db", [
    "--no-defaults",
    "--user=mysql",
    `--datadir=${data}/data`,
    "--auth-root-authentication-method=normal",
  ]);
  const socket = join(data, "socket");
  const started: ChildProcess[] = [];
  const start = async (port: number, program: string, ...words: readonly string[]): Promise<void> => {
    const child = spawn(program, words, { cwd: data, stdio: "ignore" });
    started.push(child);
    for (let attempt = 0; !(await isListening(port)); attempt += 1) {
      if (attempt > 300 || child.exitCode !== null) throw new Error(`${program} does not listen at ${port}`);
      await pause(100);
    }
  };
  const stop = async (): Promise<void> => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    }
  };
  const as = (...words: readonly string[]) =>
    run("mariadb", ["--no-defaults", `--socket=${socket}`, ...words]);
  try {
    const paths = [`--datadir=${data}/data`, `--socket=${socket}`, "--bind-address=127.0.0.1"];
    const sizes = [
      "--max-allowed-packet=128M",
      "--innodb-log-file-size=256M",
      "--character-set-server=utf8mb4",
    ];
    const words = ["--no-defaults", "--user=mysql", `--port=${databasePort}`, ...paths, ...sizes];
    await start(databasePort, "mariadbd", ...words);
    await start(redisPort, "redis-server", "--port", String(redisPort), "--save", "", "--bind", "127.0.0.1");
    // otherwise otobo@localhost would match the anonymous user
    await as("-uroot", "-e", "DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES");
    const roots = ["127.0.0.1", "localhost"].map((host) => `root@'${host}' IDENTIFIED BY '${PASSWORD}'`);
    await as("-uroot", "-e", `ALTER USER ${roots.join(", ")}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    databasePort,
    redisPort,
    sql: async (text, database = "otobo") => {
      const where = ["-h127.0.0.1", `-P${databasePort}`, "-uroot", `-p${PASSWORD}`, "-N", "-B"];
      return (await run("mariadb", ["--no-defaults", ...where, database, "-e", text])).stdout;
    },
    stop,
  };
}
