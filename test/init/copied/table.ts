// The runner in foreign images: copied by `install`, it runs a step in any root file system
// (docs/research/runner.md#nodejs-in-any-image). One table for every architecture.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arch } from "../../../build/images/arch.ts";
import { buildEntrypoint } from "../../../build/images/image.ts";
import { makeRunnerFolder } from "../../../build/images/makeRunnerFolder.ts";
import { EXIT } from "../../../init/contract/exit.ts";
import { readMarker } from "../../../init/contract/marker.ts";
import {
  buildRunnerCommand,
  INSTALL_MOUNT,
  MARKER_MOUNT,
  PLAN_ENV,
  POD_UID_ENV,
  RUNNER_MOUNT,
} from "../../../init/contract/places.ts";
import type { Plan } from "../../../init/contract/plan.ts";
import { COPY_MIB } from "../../../webhook/mutation/copyStorage.ts";
import { needsPrograms, needsRoot, requireFetched } from "../../requirements.ts";
import { bundleRunner } from "../bundleRunner.ts";
import { CONTAINER_PROGRAMS, type ContainerEnd, type Mount, runContainer } from "../container.ts";
import { buildLaunchPlan } from "../launched.ts";
import { ensureRoots, makeInitImageMountPoints, PROGRAM, placeRoot, ROOTS, type RootName } from "../roots.ts";

/** The environment of the application's container; the last two would mislead a program that uses this root's libc. */
const APPLICATION_ENV = {
  PATH: "/bin",
  SETTING: `a b=c $HOME 'single' "double"`,
  EMPTY: "",
  LD_LIBRARY_PATH: "/lib:/nowhere",
  LD_BIND_NOW: "1",
};

const PLAN: Plan = {
  ...buildLaunchPlan([]),
  steps: [
    {
      name: "env",
      scope: "pod",
      run: [PROGRAM, "env"],
      // proves that the root is read-only
      verify: [PROGRAM, "grep", "-q", "^[^ ]* / [^ ]* ro", "/proc/mounts"],
      timeoutSeconds: 20,
      retries: 0,
    },
    {
      name: "write",
      scope: "pod",
      run: [PROGRAM, "touch", "/data/written"],
      verify: [PROGRAM, "test", "-f", "/data/written"],
      timeoutSeconds: 20,
      retries: 0,
    },
  ],
};

/** The user of the init image. */
const INSTALL_USER = 65532;
/** An arbitrary number, as OpenShift assigns to each namespace. */
const APPLICATION_USER = randomInt(1_000_000_000, 2_000_000_000);

export interface CopiedInput {
  arch: Arch;
  roots: readonly RootName[];
  /** requirements of an emulated architecture */
  needs?: (context: Mocha.Context) => Promise<void>;
  minutes: number;
}

export function describeCopied(input: CopiedInput): void {
  describe(`the copied runner for ${input.arch}`, function () {
    this.timeout(input.minutes * 60_000);
    const { arch } = input;
    let work = "";
    let image = "";

    before(async function () {
      needsRoot(this);
      needsPrograms(this, CONTAINER_PROGRAMS);
      await input.needs?.(this);
      work = await mkdtemp(join(tmpdir(), "rollcall-copied-"));
      image = join(work, "image");
      await mkdir(image);
      const bundle = await bundleRunner(join(work, "bundles"));
      await requireFetched(this, () => makeRunnerFolder({ bundle, arch, to: image }));
      await requireFetched(this, () => ensureRoots(arch));
      await makeInitImageMountPoints(image);
    });

    after(() => (work === "" ? undefined : rm(work, { recursive: true, force: true })));

    const install = (target: Mount): Promise<ContainerEnd> =>
      runContainer({
        root: image,
        arch,
        mounts: [target],
        user: INSTALL_USER,
        env: { PATH: "/bin" },
        argv: [...buildEntrypoint("init"), "install"],
      });

    for (const name of input.roots) {
      it(`runs a step in a read-only root with ${ROOTS[name]}, as user ${APPLICATION_USER}`, async () => {
        const pod = await makePod(join(work, name), name, arch);
        const installed = await install({ at: INSTALL_MOUNT, folder: pod.runner });
        assert.equal(installed.code, EXIT.done, installed.output);

        const first = await pod.run();
        assert.equal(first.code, EXIT.done, first.output);
        assert.match(first.terminationMessage, /^done: pod db-2, NodeID 3; env done in .*, write done in /);
        assert.deepEqual(environmentIn(first.output), APPLICATION_ENV);
        const marker = readMarker(await readFile(join(pod.markers, ".rollcall/db-2.json"), "utf8"));
        assert.equal(marker.is === "whole" ? marker.marker.result : marker.is, "complete");
        const written = await stat(join(pod.data, "written"));
        assert.equal(written.uid, APPLICATION_USER);
        assert.equal(written.mode & 0o777, 0o600, "the step runs under the container's umask");

        const second = await pod.run();
        assert.equal(second.code, EXIT.done, second.output);
        assert.match(second.terminationMessage, /env already done, write already done/);
        assert.equal((await stat(join(pod.data, "written"))).mtimeMs, written.mtimeMs);
      });
    }

    it("takes no more ephemeral storage than the webhook requests", async () => {
      const folder = join(work, "measured");
      await mkdir(folder, { mode: 0o777 });
      await chmod(folder, 0o777);
      const installed = await install({ at: INSTALL_MOUNT, folder });
      assert.equal(installed.code, EXIT.done, installed.output);
      const files = await readdir(folder, { recursive: true });
      const sizes = await Promise.all(
        files.map(async (file) => (await stat(join(folder, file))).blocks * 512),
      );
      const taken = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(taken <= COPY_MIB * 2 ** 20, `it takes ${taken} bytes`);
      assert.ok(taken > (COPY_MIB / 2) * 2 ** 20, `COPY_MIB is more than is needed: it takes ${taken} bytes`);
    });

    it("has no shell in any of the roots", async () => {
      for (const name of input.roots) {
        const files = await readdir(join(await ensureRoots(arch), name), { recursive: true });
        assert.deepEqual(
          files.filter((file) => /(^|\/)(sh|ash|bash|dash)$/.test(file)),
          [],
          name,
        );
      }
    });

    it("reports a noexec target", async () => {
      const end = await install({ at: INSTALL_MOUNT, tmpfs: "mode=0777,noexec" });
      assert.equal(end.code, EXIT.failed, end.output);
      assert.match(end.terminationMessage, /install-failed: .*\/runner.*noexec/);
      assert.match(end.output, /noexec/);
    });

    it("reports a full target with needed and free space", async () => {
      const end = await install({ at: INSTALL_MOUNT, tmpfs: "mode=0777,size=64m" });
      assert.equal(end.code, EXIT.failed, end.output);
      assert.match(
        end.terminationMessage,
        /install-failed: .*\/runner.*full.*takes \d+ MiB, and \d+ MiB are free/,
      );
    });

    it("reports a target that is not writable", async () => {
      const end = await install({ at: INSTALL_MOUNT, tmpfs: "mode=0755" });
      assert.equal(end.code, EXIT.failed, end.output);
      assert.match(end.terminationMessage, /install-failed: .*\/runner.*no permission to write/);
    });
  });
}

interface Pod {
  runner: string;
  data: string;
  markers: string;
  /** starts the application's init container */
  run: () => Promise<ContainerEnd>;
}

/** A pod's volumes as folders, and its application's root. */
async function makePod(folder: string, root: RootName, arch: Arch): Promise<Pod> {
  const place = join(folder, "root");
  await mkdir(place, { recursive: true });
  await placeRoot(root, place, arch);
  const volumes = {
    runner: join(folder, "runner"),
    data: join(folder, "data"),
    markers: join(folder, "markers"),
  };
  for (const volume of Object.values(volumes)) {
    await mkdir(volume);
    // as the kubelet creates an emptyDir
    await chmod(volume, 0o777);
  }
  const run = (): Promise<ContainerEnd> =>
    runContainer({
      root: place,
      arch,
      mounts: [
        { at: RUNNER_MOUNT, folder: volumes.runner },
        { at: "/data", folder: volumes.data },
        { at: MARKER_MOUNT, folder: volumes.markers },
      ],
      user: APPLICATION_USER,
      env: { ...APPLICATION_ENV, [PLAN_ENV]: JSON.stringify(PLAN), [POD_UID_ENV]: "uid-1" },
      argv: buildRunnerCommand(RUNNER_MOUNT, "run"),
    });
  return { ...volumes, run };
}

/** The output of the step `env` in the runner's log. */
function environmentIn(output: string): Record<string, string> {
  const printed = output.matchAll(/\[env\] ([^=\n]+)=(.*)$/gm);
  return Object.fromEntries([...printed].map(([, name = "", value = ""]) => [name, value]));
}
