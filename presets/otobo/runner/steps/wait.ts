// What OTOBO needs, asked until it answers or the time is over: its own commands report success without it, or wait for
// ever (docs/research/otobo.md#exit-codes).
import { createConnection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describeNetworkError } from "../../../../init/contract/network.ts";
import { describeFileError } from "../../../../init/engine/reason.ts";
import { FIRST_INSTALL_ENV } from "../../contract/settings.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { DATABASE, databaseAnswer } from "../probes/database.ts";
import { readOtoboS3 } from "../s3.ts";
import type { StepImplementation } from "../step.ts";

const BETWEEN_MS = 3_000;
const REDIS_MS = 5_000;

export const wait: StepImplementation = {
  run: async (otobo, { wait: seconds }) => {
    const deadline = performance.now() + seconds * 1000;
    let told = "";
    for (;;) {
      const missing = await whatIsMissing(otobo);
      if (missing === null) return null;
      if (missing.forGood || performance.now() >= deadline) return missing.why;
      if (otobo.stop.aborted) return "told to stop";
      if (told !== missing.why) otobo.say(`waiting: ${missing.why}`);
      told = missing.why;
      await pause(BETWEEN_MS, undefined, { signal: otobo.stop }).catch(() => undefined);
    }
  },
  verify: async (otobo) => (await whatIsMissing(otobo))?.why ?? null,
};

/** `forGood`: waiting does not help, a person must do something. */
async function whatIsMissing(otobo: Otobo): Promise<{ why: string; forGood: boolean } | null> {
  const database = await whyNoDatabase(otobo);
  if (database !== null) return database;
  const why = (await whyNoRedis(otobo)) ?? (await whyNoS3(otobo));
  return why === null ? null : { why, forGood: false };
}

async function whyNoDatabase({ ask, env }: Otobo): Promise<{ why: string; forGood: boolean } | null> {
  const request = await ask(DATABASE, databaseAnswer);
  const where = `database ${env["OTOBO_DB_NAME"] ?? ""} at ${env["OTOBO_DB_HOST"] ?? ""}:${env["OTOBO_DB_PORT"] ?? ""}`;
  if ("why" in request) return { why: `${where} could not be asked: ${request.why}`, forGood: false };
  const { state, why } = request.answer;
  switch (state) {
    case "installed":
      return null;
    case "unreachable":
      return { why: `${where} does not let us in: ${why}`, forGood: false };
    case "empty":
      if (env[FIRST_INSTALL_ENV] === "1") return null;
      return {
        why:
          `${where} holds no OTOBO (${why}), and the installer is open to everybody who reaches it; ` +
          `load a database, or set the profile's release.firstInstall: Installer for the first pod`,
        forGood: true,
      };
  }
}

async function whyNoRedis({ env }: Otobo): Promise<WhyNot> {
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

async function whyNoS3({ env }: Otobo): Promise<WhyNot> {
  const s3 = readOtoboS3(env);
  if (s3 === null) return null;
  try {
    const listed = await (await s3.open()).list(`${s3.prefix}Kernel/Config/Files/`);
    return "why" in listed ? listed.why : null;
  } catch (error) {
    return `S3: ${describeFileError(error)}`;
  }
}
