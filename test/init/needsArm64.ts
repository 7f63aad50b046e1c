// Requirements of tests that run arm64 programs on amd64.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectArch } from "../../build/images/arch.ts";
import { needs, needsPrograms, requireFetched } from "../requirements.ts";
import { type ContainerEnd, runContainer } from "./container.ts";
import { EMULATOR } from "./emulator.ts";
import { PROGRAM, placeRoot } from "./roots.ts";

/** Skips the test if arm64 programs cannot run. */
export async function needsArm64(context: Mocha.Context): Promise<void> {
  needs(context, detectArch() === "amd64", "an amd64 machine: what is shown is its emulation of arm64");
  needsPrograms(context, [EMULATOR]);
  const work = await mkdtemp(join(tmpdir(), "rollcall-emulator-"));
  try {
    const end = await requireFetched(context, () => tryProgram(work));
    needs(
      context,
      end.code === 0,
      "a kernel on which a user namespace can have an emulator of its own (Linux 6.7 or later, binfmt_misc), so that " +
        `only the ELF files say that the runner is whole on arm64: ${end.output.trim()}`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function tryProgram(work: string): Promise<ContainerEnd> {
  await placeRoot("bare", work, "arm64");
  return runContainer({ root: work, arch: "arm64", mounts: [], user: 0, env: {}, argv: [PROGRAM, "true"] });
}
