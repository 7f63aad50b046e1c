import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ALL_ARCHITECTURES, detectArch } from "../../build/images/arch.ts";
import { attempt } from "../../build/images/command.ts";
import { makeRunnerFolder } from "../../build/images/makeRunnerFolder.ts";
import { readNodePin } from "../../build/images/pins.ts";
import { prepareRuntime, proveRuns } from "../../build/images/runtime.ts";
import { ensureRoots, PROGRAM } from "../init/roots.ts";
import { needsPrograms, needsRoot, requireFetched } from "../requirements.ts";

const LOOKUP = fileURLToPath(new URL("fixtures/lookup.mjs", import.meta.url));

const FILES = [
  "lib",
  "lib/ld.so",
  "lib/libc.so.6",
  "lib/libdl.so.2",
  "lib/libgcc_s.so.1",
  "lib/libm.so.6",
  "lib/libpthread.so.0",
  "lib/libstdc++.so.6",
  "licenses",
  "licenses/gcc.txt",
  "licenses/libc6.txt",
  "licenses/musl.txt",
  "licenses/node.txt",
  "node",
  "rollcall",
];

describe("the folder of an image", function () {
  this.timeout(120_000);
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-folder-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  for (const arch of ALL_ARCHITECTURES) {
    // that each file is of the architecture, and none lacks another, is proven before a runtime gets its name
    it(`contains node, one glibc and the program for ${arch}`, async function () {
      await requireFetched(this, () => makeRunnerFolder({ bundle: LOOKUP, arch, to: folder }));
      const files = await readdir(folder, { recursive: true });
      assert.deepEqual(files.sort(), [...FILES, "lookup.mjs"].sort());
      for (const name of ["", "lib", "lib/ld.so", "node", "rollcall"]) {
        assert.equal((await stat(join(folder, name))).mode & 0o777, 0o755, name);
      }
      assert.match(
        (await prepareRuntime(arch)).contents,
        /^node 24\.\S+, libc6 \S+, libgcc-s1 \S+, libstdc\+\+6 \S+, musl-dev \S+$/,
      );
    });
  }

  it("runs on this machine, and is rejected if its version is not the pinned one", async function () {
    const { folder: made } = await requireFetched(this, () => prepareRuntime(detectArch()));
    const { version } = await readNodePin(detectArch());
    await proveRuns(made, version);
    await assert.rejects(proveRuns(made, "1.2.3"), /did not answer v1\.2\.3 but: v24\./);
  });

  it("resolves names by /etc/hosts and by DNS in an otherwise empty root", async function () {
    needsRoot(this);
    needsPrograms(this, ["unshare", "chroot", "sh"]);
    await requireFetched(this, () => makeRunnerFolder({ bundle: LOOKUP, to: folder }));
    const made = await requireFetched(this, ensureRoots);
    await copyFile(join(made, "bare", PROGRAM), join(folder, "busybox"));
    await mkdir(join(folder, "etc"));
    await writeFile(join(folder, "etc/hosts"), "192.0.2.7 in-hosts\n");
    await writeFile(join(folder, "etc/resolv.conf"), "nameserver 127.0.0.1\n");
    // a network of its own, so that port 53 is free and nothing outside answers
    const script = `chroot "$0" /busybox ip link set lo up
      exec chroot "$0" /lib/ld.so --library-path /lib /node /lookup.mjs in-hosts in-dns.example`;
    const end = await attempt(["unshare", "--net", "sh", "-euc", script, folder], { env: process.env });
    assert.equal(end.stdout, "in-hosts 192.0.2.7\nin-dns.example 192.0.2.53\n", end.stderr);
  });
});
