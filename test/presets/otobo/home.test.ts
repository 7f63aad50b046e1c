// The step `home` on a tree with the image's layout: its verify must detect everything that a copy can lack. A missing
// folder matters: OTOBO deletes a mail from its mailbox even if it could not save it to var/spool.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { needsPrograms, needsRoot } from "../../requirements.ts";
import { writeOtoboArchive } from "./image.ts";
import {
  assertCommandFailed,
  assertCommandPassed,
  makeWorker,
  openOtoboCli,
  removeProgram,
  UNPRIVILEGED_USER,
} from "./run.ts";
import { makeOtobo, type OtoboRig } from "./tree.ts";

const EMPTY = ["article", "log", "packages", "sessions", "spool", "stats", "tmp"];

describe("the home of otobo", function () {
  this.timeout(60_000);
  let rig: OtoboRig;
  before(makeWorker);
  beforeEach(async () => {
    rig = await makeOtobo();
  });
  afterEach(() => rig.remove());
  after(removeProgram);

  const make = async () => {
    const pod = await rig.pod(0);
    return { home: pod.home, ...openOtoboCli(rig, pod) };
  };
  const filled = async () => {
    const made = await make();
    assertCommandPassed(await made.run("home"));
    assertCommandPassed(await made.verify("home"));
    return made;
  };

  it("has each empty folder of the image, and verify detects a missing one", async () => {
    const { home, run, verify } = await filled();
    for (const name of EMPTY) {
      const folder = join(home, "var", name);
      assert.deepEqual(await readdir(folder), []);
      await rmdir(folder);
      assertCommandFailed(await verify("home"), new RegExp(`lacks the folder var/${name}$`, "m"));
      assertCommandPassed(await run("home"));
    }
    assertCommandPassed(await verify("home"));
  });

  it("has the image's modes, links and unusual names, and verify detects differences", async () => {
    const { next } = rig;
    const odd = ["a\nnewline", "-rf", " blank ", "ümlaut", "x".repeat(255)];
    for (const name of odd) await writeFile(join(next, "Custom", name), name);
    const bytes = Buffer.concat([Buffer.from(`${next}/Custom/`), Buffer.from([0xff, 0xfe])]);
    await writeFile(bytes, "no UTF-8");
    await mkdir(join(next, "Custom/closed"));
    await writeFile(join(next, "Custom/closed/file"), "");
    await chmod(join(next, "Custom/closed"), 0o555);
    await writeFile(join(next, "Custom/late"), "in the last half of a millisecond of its second");
    execFileSync("touch", ["-d", "2024-03-01 10:00:00.9999997", join(next, "Custom/late")]);
    await symlink("../nowhere", join(next, "Custom/dangling"));
    await link(join(next, "RELEASE"), join(next, "Custom/hard"));
    await writeFile(join(next, "Custom/secret"), "");
    await chmod(join(next, "Custom/secret"), 0o604);
    if (UNPRIVILEGED_USER.uid !== undefined)
      await chown(join(next, "Custom/secret"), UNPRIVILEGED_USER.uid, UNPRIVILEGED_USER.gid);

    const { home, run, verify } = await filled();
    const custom = join(home, "Custom");
    for (const name of odd) assert.equal(await readFile(join(custom, name), "utf8"), name);
    const inHome = Buffer.concat([Buffer.from(`${custom}/`), Buffer.from([0xff, 0xfe])]);
    assert.equal(await readFile(inHome, "utf8"), "no UTF-8");
    assert.equal(await readlink(join(custom, "dangling")), "../nowhere");
    assert.equal((await stat(join(custom, "hard"))).ino, (await stat(join(home, "RELEASE"))).ino);
    const readMode = async (path: string) => (await lstat(join(home, path))).mode & 0o7777;
    assert.deepEqual(
      [await readMode("Custom/closed"), await readMode("Custom/secret"), await readMode("var/spool")],
      [0o555, 0o604, 0o2775],
    );
    assert.equal(await readMode("bin/otobo.Console.pl"), 0o770);

    const faults: [() => Promise<unknown>, RegExp][] = [
      [
        () => chmod(join(home, "bin/otobo.Console.pl"), 0o660),
        /otobo\.Console\.pl has mode 0660, but 0770 in the image/,
      ],
      [() => chmod(join(home, "var/tmp"), 0o700), /var\/tmp has mode 0700, but 2775 in the image/],
      [() => writeFile(join(custom, "-rf"), "-r"), /Custom\/-rf differs from the image's file/],
      [() => unlink(inHome), /lacks "Custom\/.*"/],
      [
        () => replace(join(custom, "dangling"), (path) => symlink("elsewhere", path)),
        /is a link to another target/,
      ],
      [() => replace(join(custom, "dangling"), (path) => writeFile(path, "")), /dangling is not a link/],
      [() => replace(join(custom, "secret"), (path) => symlink("hard", path)), /secret is not a file/],
      [
        () => replace(join(home, "var/log"), (path) => writeFile(path, "")),
        /var\/log is a file, but a folder in the image/,
      ],
      [() => unlink(join(custom, "a\nnewline")), /lacks "Custom\/a\\nnewline"/],
    ];
    for (const [spoil, says] of faults) {
      await spoil();
      assertCommandFailed(await verify("home"), says);
      assertCommandPassed(await run("home"));
      assertCommandPassed(await verify("home"));
    }
    execFileSync("cp", ["--preserve=all", join(home, "RELEASE"), join(home, "copy")]);
    await replace(join(custom, "hard"), (path) => link(join(home, "copy"), path));
    assertCommandFailed(await verify("home"), /is a copy, but a hard link in the image/);
  });

  it("keeps a volume that is mounted at var/spool, and reports one that is not writable", async function () {
    needsRoot(this);
    needsPrograms(this, ["perl"]);
    const { home } = await filled();
    const pod = await rig.pod(0);
    const { run, verify } = openOtoboCli(rig, pod, { isOwned: false });
    const spool = join(home, "var/spool");
    await chown(spool, 0, 0);
    for (const mode of [0o777, 0o2777]) {
      await chmod(spool, mode);
      assertCommandPassed(await run("home"));
      assertCommandPassed(await verify("home"));
      assert.equal((await stat(spool)).mode & 0o7777, mode);
    }
    await chmod(spool, 0o755);
    assertCommandPassed(await run("home"));
    assertCommandFailed(
      await verify("home"),
      /var\/spool is not writable by user \d+: its owner is 0, its mode 0755/,
    );
  });

  it("is filled again if an older version filled it without empty folders", async () => {
    const { home, run, verify } = await filled();
    const stamp = join(home, ".rollcall-tree");
    const text = await readFile(stamp, "utf8");
    await writeFile(stamp, text.replace(" with all folders", ""));
    await rmdir(join(home, "var/spool"));
    assertCommandFailed(
      await verify("home", "--quick"),
      /filled by a version of Rollcall that omitted empty folders/,
    );
    assertCommandPassed(await run("home"));
    assertCommandPassed(await verify("home", "--quick"));
    assert.deepEqual(await readdir(join(home, "var/spool")), []);
  });

  it("follows an image in which a file has become a folder, and keeps a folder that the user has replaced by a link", async () => {
    const { home, run, verify } = await filled();
    await rmdir(join(home, "var/article"));
    await mkdir(join(home, "elsewhere"));
    await symlink("../elsewhere", join(home, "var/article"));
    await rm(join(rig.next, "git-repo.txt"));
    await mkdir(join(rig.next, "git-repo.txt"));
    await writeOtoboArchive(rig.next);
    assertCommandPassed(await run("home"));
    assertCommandPassed(await verify("home"));
    assert.ok((await stat(join(home, "git-repo.txt"))).isDirectory());
    assert.equal(await readlink(join(home, "var/article")), "../elsewhere");
  });

  it("rejects special files with a message instead of waiting for them", async () => {
    execFileSync("mkfifo", [join(rig.next, "Custom/pipe")]);
    const { run } = await make();
    assertCommandFailed(await run("home"), /Custom\/pipe is neither a folder, a file nor a link/);
  });
});

async function replace(path: string, make: (path: string) => Promise<unknown>): Promise<void> {
  await rm(path, { recursive: true });
  await make(path);
}
