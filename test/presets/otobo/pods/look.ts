// Loads a pod's tree like OTOBO's web server does, to see the effective settings; and runs the gate once more.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openOtoboCli, UNPRIVILEGED_USER } from "../run.ts";
import type { PodEnvironment, TestedPod } from "./land.ts";

export interface SeenConfig {
  secureMode: string;
  deployment: string;
  nodeId: string;
}

/** With OTOBO's objects, as in its console. */
const OBJECTS = `
use strict; use warnings; use utf8;
use Kernel::System::ObjectManager ();
local $Kernel::OM = Kernel::System::ObjectManager->new();
my $Config = $Kernel::OM->Get('Kernel::Config');
`;

/** Runs Perl in a pod's tree; resolves with its output, or rejects with it unless it exits with 0. */
export async function runPerl(
  { home, env }: TestedPod,
  text: string,
  ...words: readonly string[]
): Promise<string> {
  const folders = [home, `${home}/Kernel/cpan-lib`, `${home}/Custom`].flatMap((folder) => ["-I", folder]);
  return runIn(home, env, "perl", ...folders, "-e", `${OBJECTS}${text}`, "--", ...words);
}

/** Runs a program in a pod's tree, by a path relative to the tree. */
export async function runIn(
  home: string,
  env: Record<string, string>,
  program: string,
  ...words: readonly string[]
): Promise<string> {
  const child = spawn(program, words, {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...UNPRIVILEGED_USER,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} exited ${code}: ${output}`);
  return output;
}

const LOOK = `
print join( '|', 'SEEN', $Config->Get('SecureMode') || 0, $Config->Get('CurrentDeploymentID') // '', $Config->Get('NodeID') ), "\\n";
`;

export async function tellConfig(pod: TestedPod): Promise<SeenConfig> {
  const output = await runPerl(pod, LOOK);
  const [, secureMode, deployment, nodeId] = /^SEEN\|(.*)\|(.*)\|(.*)$/m.exec(output) ?? [];
  if (secureMode === undefined || deployment === undefined || nodeId === undefined)
    throw new Error(`OTOBO's settings do not load: ${output}`);
  return { secureMode, deployment, nodeId };
}

export const tellGate = (land: PodEnvironment, pod: TestedPod) => openOtoboCli(land, pod).verify("gate");
