// Waits with a limit for the systems that OTOBO needs: without them its own commands report success, or wait forever
// (docs/research/otobo.md#exit-codes).
import { createConnection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describeNetworkError } from "../../../../init/contract/network.ts";
import { describeFileError } from "../../../../init/engine/failure.ts";
import { FIRST_INSTALL_ENV } from "../../contract/settings.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { DATABASE, databaseAnswer, describeDatabase, describeInterrupted } from "../probes/database.ts";
import { readOtoboS3 } from "../s3.ts";
import type { StepImplementation, StepOptions } from "../step.ts";

const BETWEEN_MS = 3_000;
const REDIS_MS = 5_000;

export const wait: StepImplementation = {
  run: async (otobo, options) => {
    const { wait: seconds } = options;
    const deadline = performance.now() + seconds * 1000;
    let lastLogged = "";
    for (;;) {
      const missing = await findMissing(otobo, options);
      if (missing === null) return null;
      if (missing.forGood || performance.now() >= deadline) return missing.why;
      if (otobo.stop.aborted) return "the runner was stopped";
      if (lastLogged !== missing.why) otobo.say(`waiting: ${missing.why}`);
      lastLogged = missing.why;
      await pause(BETWEEN_MS, undefined, { signal: otobo.stop }).catch(() => undefined);
    }
  },
  verify: async (otobo, options) => (await findMissing(otobo, options))?.why ?? null,
};

/** `forGood`: waiting does not help; a person must act. */
async function findMissing(
  otobo: Otobo,
  options: StepOptions,
): Promise<{ why: string; forGood: boolean } | null> {
  const database = await checkDatabase(otobo, options);
  if (database !== null) return database;
  const why = (await checkRedis(otobo)) ?? (await checkS3(otobo));
  return why === null ? null : { why, forGood: false };
}

async function checkDatabase(
  { ask, env }: Otobo,
  { mayInstall }: StepOptions,
): Promise<{ why: string; forGood: boolean } | null> {
  const request = await ask(DATABASE, databaseAnswer);
  const where = describeDatabase(env);
  if ("why" in request) return { why: `cannot query ${where}: ${request.why}`, forGood: false };
  const { state, why } = request.answer;
  switch (state) {
    case "installed":
      return null;
    case "unreachable":
      return { why: `cannot connect to ${where}: ${why}`, forGood: false };
    case "interrupted":
      // it may still run, in a pod of another StatefulSet
      return mayInstall ? null : { why: describeInterrupted(where), forGood: false };
    case "empty":
      if (mayInstall || env[FIRST_INSTALL_ENV] === "1") return null;
      return {
        why:
          `OTOBO is not installed in ${where} (${why}), and the installer would be open to everyone; ` +
          `restore a database, or set the profile's release.firstInstall: Unattended for a new installation`,
        forGood: true,
      };
  }
}

async function checkRedis({ env }: Otobo): Promise<WhyNot> {
  const server = env["OTOBO_REDIS_SERVER"] ?? "";
  const [host = "", port = "6379"] = server.split(":");
  if (host === "") return null;
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) });
    const end = (why: WhyNot): void => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(REDIS_MS, () => end(`Redis ${server} does not answer`));
    socket.once("error", (error) => end(`Redis ${server}: ${describeNetworkError(error)}`));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (chunk: Buffer) => {
      const said = chunk.toString().trim();
      end(said.startsWith("+PONG") ? null : `Redis ${server} answers ${JSON.stringify(said.slice(0, 80))}`);
    });
    socket.once("close", () => end(`Redis ${server} closes the connection`));
  });
}

async function checkS3({ env }: Otobo): Promise<WhyNot> {
  const s3 = readOtoboS3(env);
  if (s3 === null) return null;
  try {
    const listed = await (await s3.open()).list(`${s3.prefix}Kernel/Config/Files/`);
    return "why" in listed ? listed.why : null;
  } catch (error) {
    return `S3: ${describeFileError(error)}`;
  }
}
