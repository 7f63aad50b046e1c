// Runs a step's command line as the plan does, as a user other than root, which OTOBO refuses.
import { spawn } from "node:child_process";
import { chmod, lchown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROGRAMS } from "../../build/images/image.ts";
import { runnerBundle } from "../init/bundle.ts";
import type { OtoboRig } from "./tree.ts";

let folder = "";

/** The runner as it ships; as a bundle it starts much faster. */
export async function makeProgram(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "rollcall-runner-"));
  await chmod(folder, 0o755);
  await runnerBundle(folder);
}

export const removeProgram = (): Promise<void> => rm(folder, { recursive: true, force: true });

export const program = (): string => join(folder, PROGRAMS.init);

/** Whoever runs the test, or nobody instead of root. */
export const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export interface Ran {
  code: number | null;
  output: string;
}

interface Pod {
  home: string;
  env: Record<string, string>;
}

export function otoboOn(rig: OtoboRig, pod: Pod) {
  const start = async (...words: readonly string[]): Promise<Ran> => {
    // what the test has put there is the pod's own, as on its volume
    if ("uid" in USER) await own(pod.home, USER.uid);
    const places = ["--home", pod.home, "--next", rig.next];
    const child = spawn(process.execPath, [program(), "otobo", ...words, ...places], {
      env: { PATH: process.env["PATH"] ?? "", ...pod.env },
      stdio: ["ignore", "pipe", "pipe"],
      ...USER,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
  };
  return {
    run: start,
    verify: (step: string, ...words: readonly string[]) => start("verify", step, ...words),
  };
}

async function own(home: string, uid: number): Promise<void> {
  for (const name of await readdir(home, { recursive: true })) await lchown(join(home, name), uid, uid);
}
