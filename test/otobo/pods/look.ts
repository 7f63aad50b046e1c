// What OTOBO itself would make of a pod's tree, loaded as its web server loads it; and the gate, asked once more.
import { spawn } from "node:child_process";
import { otoboOn, USER } from "../run.ts";
import type { Land, Pod } from "./land.ts";

export interface SeenConfig {
  secureMode: string;
  deployment: string;
  nodeId: string;
}

const LOOK = `
use Kernel::System::ObjectManager ();
local $Kernel::OM = Kernel::System::ObjectManager->new();
my $Config = $Kernel::OM->Get('Kernel::Config');
print join( '|', 'SEEN', $Config->Get('SecureMode') || 0, $Config->Get('CurrentDeploymentID') // '', $Config->Get('NodeID') ), "\\n";
`;

export async function tellConfig({ home, env }: Pod): Promise<SeenConfig> {
  const folders = [home, `${home}/Kernel/cpan-lib`, `${home}/Custom`].flatMap((folder) => ["-I", folder]);
  const child = spawn("perl", [...folders, "-e", LOOK], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...USER,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await new Promise((done) => child.once("close", done));
  const [, secureMode, deployment, nodeId] = /^SEEN\|(.*)\|(.*)\|(.*)$/m.exec(output) ?? [];
  if (secureMode === undefined || deployment === undefined || nodeId === undefined)
    throw new Error(`OTOBO's settings do not load: ${output}`);
  return { secureMode, deployment, nodeId };
}

export const tellGate = (land: Land, pod: Pod) => otoboOn(land, pod).verify("gate");
