// A real S3 server, versitygw, on a temporary folder. It comes from the cluster's cache; nothing is built here.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findBuiltTool } from "../../../e2e/cluster/provider.ts";
import { needs } from "../../../requirements.ts";
import { KEYS } from "./place.ts";
import type { S3Server } from "./table.ts";

/** Skips if it is not built. Its keys are KEYS, its bucket is boot. */
export async function startVersitygw(context: Mocha.Context): Promise<S3Server> {
  const program = await findBuiltTool("versitygw");
  needs(context, program !== null, "versitygw, which `npm run cluster -- image` builds");
  const folder = await mkdtemp(join(tmpdir(), "rollcall-versitygw-"));
  // a folder is a bucket
  await mkdir(join(folder, "boot"));
  const port = await freePort();
  const child = spawn(program ?? "", ["--quiet", "--port", `127.0.0.1:${port}`, "posix", folder], {
    env: { ROOT_ACCESS_KEY_ID: KEYS.accessKeyId, ROOT_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await isListening(port)) return { url: `http://127.0.0.1:${port}`, bucket: "boot", stop };
    if (child.exitCode !== null) break;
    await pause(100);
  }
  await stop();
  throw new Error(`versitygw does not listen: ${complaint}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
