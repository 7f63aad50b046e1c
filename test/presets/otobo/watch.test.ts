// Packages at run time (docs/otobo.md#packages-at-run-time): the watcher's rounds on the stand-in's tree, with the
// command line that a pod starts.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { access, chmod, cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { needsPrograms } from "../../requirements.ts";
import {
  assertCommandFailed,
  assertCommandPassed,
  changeOwner,
  makeWorker,
  openOtoboCli,
  removeProgram,
  UNPRIVILEGED_USER,
} from "./run.ts";
import { FAQ, makeOtobo, type OtoboRig, type Package, type TreeState } from "./tree.ts";

const CORE = "Kernel/Language/de.pm";

/** A round needs two readings that agree. */
const ONE_ROUND = ["watch", "--rounds", "1", "--interval", "0.02"] as const;

const makePackage = (id: number, changes: Partial<Package> = {}): Package => ({
  id,
  name: `Extra${id}`,
  version: "1.0.0",
  status: "installed",
  buildDate: "2024-05-01 10:00:00",
  files: [{ location: `Kernel/System/Extra${id}.pm`, content: `package Kernel::System::Extra${id};\n1;\n` }],
  ...changes,
});

/** A daemon that makes its children anew at SIGHUP, and writes a line for each start of them. */
const DAEMON = `
use strict; use warnings;
my @Children;
sub start { @Children = map { my $PID = fork // die; if ( !$PID ) { $SIG{$_} = 'DEFAULT' for qw(HUP TERM); sleep 60; exit 0 } $PID } 1 .. 2; note() }
sub note { open my $Log, '>>', $ARGV[0] or die; print {$Log} "started\\n"; close $Log }
my $IsDue = 0;
$SIG{TERM} = sub { kill KILL => @Children; exit 0 };
$SIG{HUP} = sub { $IsDue = 1 };
start();
while (1) {
    select undef, undef, undef, 0.05;
    next if !$IsDue;
    $IsDue = 0;
    # OTOBO's takes a second at least
    sleep 1;
    kill KILL => @Children;
    waitpid $_, 0 for @Children;
    start();
}
`;

const SETTING =
  '<otobo_config version="2.0" init="Application"><Setting Name="Extra::Item"><V/></Setting></otobo_config>\n';

describe("packages at run time", function () {
  this.timeout(180_000);
  let rig: OtoboRig;
  /** the home of a pod that has started with its packages */
  let started = "";
  let clean: TreeState;
  let pods = 0;
  before(async function () {
    needsPrograms(this, ["perl"]);
    await makeWorker();
    rig = await makeOtobo();
    await writeFile(join(rig.next, CORE), "# the image's\n1;\n", { mode: 0o644 });
    await writeFile(join(rig.next, "ARCHIVE"), `0::${CORE}\n`, { flag: "a" });
    const pod = await rig.pod(1, "started");
    const { run } = openOtoboCli(rig, pod);
    for (const step of ["home", "config", "sync", "packages"]) assertCommandPassed(await run(step));
    started = pod.home;
    clean = await rig.state();
  });
  after(async () => {
    await rig?.remove();
    await removeProgram();
  });

  /** A pod that has started with its packages. */
  const ready = async () => {
    await rig.change(clean);
    pods += 1;
    const pod = await rig.pod(1, `home-${pods}`);
    await cp(started, pod.home, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    if ("uid" in UNPRIVILEGED_USER) await changeOwner(pod.home, UNPRIVILEGED_USER.uid);
    const { run, verify } = openOtoboCli(rig, pod);
    const watch = () => run(...ONE_ROUND);
    const at = (path: string) => join(pod.home, path);
    const has = (path: string) =>
      access(at(path)).then(
        () => true,
        () => false,
      );
    return { pod, run, verify, watch, at, has, text: (path: string) => readFile(at(path), "utf8") };
  };
  const setPackages = (...packages: Package[]) => rig.change({ packages: [{ ...FAQ, id: 1 }, ...packages] });

  it("puts the files of a new package into place, with the times and modes of the start", async () => {
    const { watch, verify, text, at } = await ready();
    assertCommandPassed(await watch());
    await setPackages(
      makePackage(2, { files: [{ location: "bin/extra.pl", content: "1;\n", mode: "770" }] }),
    );
    assertCommandFailed(await verify("packages"), /bin\/extra\.pl is missing/);
    const watched = await watch();
    assertCommandPassed(watched);
    assert.match(watched.output, /package Extra2 1\.0\.0: 1 of 1 files put into place/);
    assert.equal(await text("bin/extra.pl"), "1;\n");
    const { mode, mtimeMs } = await stat(at("bin/extra.pl"));
    assert.deepEqual([mode & 0o777, new Date(mtimeMs).toISOString()], [0o770, "2024-05-01T10:00:00.000Z"]);
    assertCommandPassed(await verify("packages"));
    assert.doesNotMatch((await watch()).output, /put into place/);
  });

  it("upgrades: files that the new version lacks go, others stay untouched", async () => {
    const { watch, verify, text, has, at } = await ready();
    const files = [
      { location: "Kernel/A.pm", content: "# a\n1;\n" },
      { location: "Kernel/Gone/B.pm", content: "# b\n1;\n" },
    ];
    await setPackages(makePackage(2, { files }));
    assertCommandPassed(await watch());
    const { ino } = await stat(at("Kernel/A.pm"));
    const [first] = files;
    assert.ok(first);
    await setPackages(
      makePackage(3, {
        name: "Extra2",
        version: "2.0.0",
        files: [first, { location: "Kernel/C.pm", content: "# c\n1;\n" }],
      }),
    );
    assertCommandPassed(await watch());
    assert.equal(await text("Kernel/C.pm"), "# c\n1;\n");
    assert.equal(await has("Kernel/Gone"), false);
    assert.equal((await stat(at("Kernel/A.pm"))).ino, ino);
    assertCommandPassed(await verify("packages"));
  });

  it("removes a removed package's files, and restores the image's that it had replaced", async () => {
    const { watch, verify, text, has, at } = await ready();
    const before = await stat(at(CORE));
    const own = { location: "Kernel/Extra/Own.pm", content: "1;\n" };
    await setPackages(makePackage(2, { files: [{ location: CORE, content: "# the package's\n1;\n" }, own] }));
    assertCommandPassed(await watch());
    assert.equal(await text(CORE), "# the package's\n1;\n");
    assert.equal(await text(`${CORE}.save`), "# the image's\n1;\n");
    await setPackages();
    const watched = await watch();
    assertCommandPassed(watched);
    assert.match(watched.output, /restored from the image: Kernel\/Language\/de\.pm/);
    assert.equal(await text(CORE), "# the image's\n1;\n");
    const after = await stat(at(CORE));
    assert.deepEqual(
      [after.mode, Math.floor(after.mtimeMs / 1000)],
      [before.mode, Math.floor(before.mtimeMs / 1000)],
    );
    assert.deepEqual([await has(`${CORE}.save`), await has("Kernel/Extra")], [false, false]);
    assertCommandPassed(await verify("home"));
    assertCommandPassed(await verify("packages"));
  });

  it("removes files of packages that were installed before it has run for the first time", async () => {
    const { watch, has } = await ready();
    await rig.change({ packages: [] });
    assertCommandPassed(await watch());
    assert.equal(await has("Kernel/Modules/FAQ.pm"), false);
  });

  it("keeps a file that somebody has changed beside a removed package", async () => {
    const { watch, text, has, at } = await ready();
    await setPackages(makePackage(2));
    assertCommandPassed(await watch());
    await writeFile(at("Kernel/System/Extra2.pm"), "# by hand\n");
    await setPackages();
    assertCommandPassed(await watch());
    assert.equal(await has("Kernel/System/Extra2.pm"), false);
    assert.equal(await text("Kernel/System/Extra2.pm.custom_backup"), "# by hand\n");
  });

  it("takes two packages at once, and moves a file from a removed package to another", async () => {
    const { watch, verify, text } = await ready();
    const shared = { location: "Kernel/Shared.pm", content: "# two\n1;\n" };
    await setPackages(makePackage(2, { files: [shared] }), makePackage(3));
    assertCommandPassed(await watch());
    await setPackages(makePackage(4, { files: [{ ...shared, content: "# four\n1;\n" }] }), makePackage(5));
    assertCommandPassed(await watch());
    assert.equal(await text("Kernel/Shared.pm"), "# four\n1;\n");
    assert.match(await text("Kernel/System/Extra5.pm"), /Extra5/);
    assertCommandPassed(await verify("packages"));
  });

  it("keeps a file that an upgraded package has taken over from a removed one", async () => {
    const { watch, text, has } = await ready();
    const shared = { location: "Kernel/System/Shared.pm", content: "# old\n1;\n" };
    await setPackages(makePackage(2), makePackage(3, { files: [shared] }));
    assertCommandPassed(await watch());
    const files = [{ ...shared, content: "# new\n1;\n" }];
    await setPackages(makePackage(4, { name: "Extra2", version: "2.0.0", files }));
    assertCommandPassed(await watch());
    assert.equal(await text("Kernel/System/Shared.pm"), "# new\n1;\n");
    assert.equal(await has("Kernel/System/Shared.pm.custom_backup"), false);
  });

  it("leaves what OTOBO is installing or upgrading as it is", async () => {
    const { watch, text, has } = await ready();
    await setPackages(makePackage(2));
    assertCommandPassed(await watch());
    await setPackages(
      makePackage(3, { name: "Extra2", version: "2.0.0", status: "not installed", files: [] }),
      makePackage(4, { status: "not installed" }),
    );
    assertCommandPassed(await watch());
    assert.match(await text("Kernel/System/Extra2.pm"), /Extra2/);
    assert.equal(await has("Kernel/System/Extra4.pm"), false);
  });

  const broken: readonly [string, Partial<Package>, RegExp][] = [
    ["whose content is not a package", { content: "{" }, /its content is not a package/],
    [
      "whose content names another",
      { content: JSON.stringify(makePackage(9)) },
      /names another Name than the database/,
    ],
    [
      "that is too large",
      { bytes: 17 * 1024 * 1024 },
      /takes 17825792 bytes in the database, and at most 16777216 are allowed in a pod that runs\. A start takes packages of up to 64 MiB .* restart the StatefulSet/,
    ],
    [
      "whose parser takes more memory than the watcher has",
      { hungry: 5 },
      /Out of memory.* in a pod that runs\. A start takes/,
    ],
    [
      "with a path above the tree",
      { files: [{ location: "Kernel/../../evil", content: "x" }] },
      /not a plain path/,
    ],
    [
      "with a path to Config.pm",
      { files: [{ location: "Kernel/Config.pm", content: "x" }] },
      /not a package's to write/,
    ],
    [
      "with a Config.pm in Custom",
      { files: [{ location: "Custom/Kernel/Config.pm", content: "x" }] },
      /not a package's to write/,
    ],
    [
      "with the watcher's own files",
      { files: [{ location: ".rollcall-packages/0", content: "x" }] },
      /not a package's to write/,
    ],
    [
      "with a line break in a path",
      { files: [{ location: "Kernel/a\nb", content: "x" }] },
      /has control characters/,
    ],
    [
      "with a path as long as a text",
      { files: [{ location: "a/".repeat(4000), content: "x" }] },
      /a path has 8000 characters/,
    ],
    [
      "with a file in the place of a folder",
      { files: [{ location: "Kernel/System", content: "x" }] },
      /Kernel\/System is a folder/,
    ],
    ["with a file below a file", { files: [{ location: "RELEASE/x", content: "x" }] }, /RELEASE is a file/],
    [
      "with one file twice",
      { files: [1, 2].map(() => ({ location: "Kernel/X.pm", content: "x" })) },
      /two files Kernel\/X\.pm/,
    ],
    [
      "with a file of another package",
      { files: [{ location: "Kernel/Modules/FAQ.pm", content: "x" }] },
      /package FAQ has a file/,
    ],
    ["with a tab in its name", { name: "a\tb" }, /its name or version has other characters/],
  ];
  it("leaves the old version of a package that cannot be used, and takes the others", async () => {
    const { watch, text, at } = await ready();
    const old = { location: "Kernel/System/Old.pm", content: "# old\n1;\n" };
    await setPackages(makePackage(2, { files: [old] }));
    assertCommandPassed(await watch());
    for (const [index, [which, changes, says]] of broken.entries()) {
      const good = makePackage(100 + index);
      const next = { name: "Extra2", version: "2.0.0", files: [], ...changes };
      await setPackages(makePackage(200 + index, next), good);
      const { code, output } = await watch();
      assert.equal(code, 1, `a package ${which}: ${output}`);
      assert.match(output, says, which);
      if (changes.name === undefined) assert.equal(await text("Kernel/System/Old.pm"), "# old\n1;\n", which);
      assert.match(await text(`Kernel/System/${good.name}.pm`), new RegExp(good.name), which);
      await assert.rejects(stat(at(".rollcall-packages")), which);
      assert.deepEqual((await readdir(join(rig.folder))).includes("evil"), false, which);
    }
  });

  it("writes through no link that leads out of the tree", async () => {
    const { watch, at } = await ready();
    const outside = join(rig.folder, "outside");
    await mkdir(outside, { mode: 0o777 });
    await symlink(outside, at("Kernel/Linked"));
    await setPackages(makePackage(2, { files: [{ location: "Kernel/Linked/a/X.pm", content: "x" }] }));
    assertCommandFailed(await watch(), /Kernel\/Linked is a link that leads out of/);
    assert.deepEqual(await readdir(outside), []);
  });

  it("puts all files of a package into place or none", async () => {
    const { watch, text, at, has } = await ready();
    const files = [1, 2].map((index) => ({ location: `Kernel/Part${index}.pm`, content: "# old\n" }));
    await setPackages(makePackage(2, { files }));
    assertCommandPassed(await watch());
    // a name that exists as a folder only at the last moment: beside the image's file that is kept
    await mkdir(at(`${CORE}.save/x`), { recursive: true });
    const next = [
      ...files.map((file) => ({ ...file, content: "# new\n" })),
      { location: CORE, content: "# new\n" },
      { location: "Kernel/Part3.pm", content: "x" },
    ];
    await setPackages(makePackage(3, { name: "Extra2", version: "2.0.0", files: next }));
    assertCommandFailed(await watch(), /its files cannot be put into place/);
    assert.deepEqual(await Promise.all(files.map(({ location }) => text(location))), ["# old\n", "# old\n"]);
    assert.equal(await has("Kernel/Part3.pm"), false);
    await rm(at(`${CORE}.save`), { recursive: true });
    assertCommandPassed(await watch());
    assert.equal(await text(CORE), "# new\n");
  });

  it("repairs files that were changed, and its own notes", async () => {
    const { watch, text, at } = await ready();
    await setPackages(makePackage(2));
    assertCommandPassed(await watch());
    await writeFile(at("Kernel/System/Extra2.pm"), "half");
    assertCommandPassed(await watch());
    assert.match(await text("Kernel/System/Extra2.pm"), /^package/);
    await writeFile(at("var/rollcall-packages.json"), "{");
    await writeFile(at("var/rollcall-packages"), "");
    await rm(at("Kernel/System/Extra2.pm"));
    assertCommandPassed(await watch());
    assert.match(await text("Kernel/System/Extra2.pm"), /^package/);
    assert.match(await text("var/rollcall-packages"), /Extra2\.pm\tExtra2=1\.0\.0/);
  });

  it("keeps OTOBO from telling other pods to install packages, also if its settings say so", async () => {
    const { pod, at } = await ready();
    const install = async (env: Record<string, string>): Promise<number | null> => {
      await rm(at("Kernel/Modules/FAQ.pm"));
      return spawnSync("bin/otobo.Console.pl", ["Admin::Package::ReinstallAll"], {
        cwd: pod.home,
        env: { PATH: process.env["PATH"] ?? "", ...pod.env, ...env },
        ...UNPRIVILEGED_USER,
      }).status;
    };
    assert.equal(await install({ OTOBO_PACKAGES: "watch" }), 0);
    assert.equal((await rig.state()).events, 0);
    // without the watcher it would
    assert.equal(await install({}), 0);
    assert.ok((await rig.state()).events > 0);
  });

  it("takes the newest of two rows of one package", async () => {
    const { watch, text } = await ready();
    const location = "Kernel/System/Extra.pm";
    const rows = [2, 3].map((id) =>
      makePackage(id, { name: "Extra", version: `${id}.0.0`, files: [{ location, content: `# ${id}\n` }] }),
    );
    await setPackages(...rows);
    assertCommandPassed(await watch());
    assert.equal(await text(location), "# 3\n");
    const again = await watch();
    assertCommandPassed(again);
    assert.doesNotMatch(again.output, /put into place/);
    assert.equal(await text(location), "# 3\n");
  });

  it("reads files whose mode in the package lets nobody read them", async () => {
    const { watch, at, text } = await ready();
    const files = [{ location: "bin/hidden.pl", content: "1;\n", mode: "000" }];
    await setPackages(makePackage(2, { files }), makePackage(3));
    assertCommandPassed(await watch());
    assertCommandPassed(await watch());
    assert.equal((await stat(at("bin/hidden.pl"))).mode & 0o777, 0o400);
    assert.match(await text("Kernel/System/Extra3.pm"), /Extra3/);
  });

  it("takes the other packages if a file of one cannot be read", async () => {
    const { watch, at, text } = await ready();
    await setPackages(makePackage(2, { files: [{ location: "Kernel/Dir/A.pm", content: "1;\n" }] }));
    assertCommandPassed(await watch());
    await rm(at("Kernel/Dir"), { recursive: true });
    await symlink("Dir", at("Kernel/Dir"));
    await setPackages(
      makePackage(2, { files: [{ location: "Kernel/Dir/A.pm", content: "1;\n" }] }),
      makePackage(3),
    );
    assertCommandFailed(await watch(), /package Extra2: .*ELOOP/);
    assert.match(await text("Kernel/System/Extra3.pm"), /Extra3/);
  });

  it("postpones a package that has ended the watcher", async () => {
    const { run, watch, at, has } = await ready();
    assertCommandPassed(await watch());
    const read = async () => JSON.parse(await readFile(at("var/rollcall-packages.json"), "utf8"));
    const before = await read();
    assert.deepEqual(before.attempts, []);
    await setPackages(makePackage(2), makePackage(3));
    const attempts = [{ name: "Extra2", id: 2, tries: 3 }];
    await writeFile(at("var/rollcall-packages.json"), JSON.stringify({ ...before, attempts }));
    assertCommandFailed(
      await watch(),
      /package Extra2: the watcher ended while it read the package \(3 times so far\)/,
    );
    assert.deepEqual(
      [await has("Kernel/System/Extra2.pm"), await has("Kernel/System/Extra3.pm")],
      [false, true],
    );
    // also the next watcher, until the package was tried
    assertCommandFailed(await watch(), /3 times so far/);
    assert.deepEqual((await read()).attempts, attempts);
    // another row is tried at once
    await setPackages(makePackage(4, { name: "Extra2" }), makePackage(3));
    assertCommandPassed(await run(...ONE_ROUND));
    assert.deepEqual((await read()).attempts, []);
  });

  it("notes that it reads a package before it does", async () => {
    const { run, at } = await ready();
    await setPackages(makePackage(2, { hangs: 1 }));
    const over = run(...ONE_ROUND);
    const deadline = performance.now() + 60_000;
    let text = "";
    while (!text.includes("Extra2")) {
      assert.ok(performance.now() < deadline, text);
      text = await readFile(at("var/rollcall-packages.json"), "utf8").catch(() => "");
    }
    assert.deepEqual(JSON.parse(text).attempts, [{ name: "Extra2", id: 2, tries: 1 }]);
    assertCommandPassed(await over);
    assert.deepEqual(JSON.parse(await readFile(at("var/rollcall-packages.json"), "utf8")).attempts, []);
  });

  it("changes the time of the module that a file in Custom/ overrides, so that a web server reads it", async () => {
    const { watch, at } = await ready();
    const { mtimeMs } = await stat(at("Kernel/Config/Defaults.pm"));
    await setPackages(
      makePackage(2, { files: [{ location: "Custom/Kernel/Config/Defaults.pm", content: "1;\n" }] }),
    );
    assertCommandPassed(await watch());
    assert.notEqual((await stat(at("Kernel/Config/Defaults.pm"))).mtimeMs, mtimeMs);
  });

  it("makes the daemon read the settings of a package, too, if they are deployed after its files are in place", async () => {
    const { run, watch, at, pod } = await ready();
    for (const step of ["reinstall", "rebuild", "settings"]) assertCommandPassed(await run(step));
    await writeFile(at("bin/otobo.Daemon.pl"), DAEMON);
    const log = at("var/tmp/starts");
    await mkdir(at("var/tmp"), { recursive: true });
    await chmod(at("var/tmp"), 0o777);
    const daemon = spawn("perl", [join(pod.home, "bin/otobo.Daemon.pl"), log], {
      ...UNPRIVILEGED_USER,
      stdio: "ignore",
    });
    const starts = async () => (await readFile(log, "utf8").catch(() => "")).split("\n").length - 1;
    try {
      while ((await starts()) === 0) await pause(20);
      assertCommandPassed(await watch());
      const before = await starts();
      await setPackages(
        makePackage(2, { files: [{ location: "Kernel/Config/Files/XML/Extra2.xml", content: SETTING }] }),
      );
      assertCommandFailed(await watch(), /settings are not deployed yet: .*: Extra::Item/);
      assert.equal(await starts(), before + 1);
      // as OTOBO does at the end of an installation
      assertCommandPassed(await run("rebuild"));
      assertCommandPassed(await watch());
      assert.equal(await starts(), before + 2);
      assertCommandPassed(await watch());
      assert.equal(await starts(), before + 2);
    } finally {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
    }
  });

  it("removes the PID files of a daemon that was killed with its container, but not those of one that runs", async () => {
    const { watch, at, has, pod } = await ready();
    const files = ["var/run/Daemon-NodeID-2.pid", "var/run/Daemon/Scheduler/Worker-NodeID-2.pid"];
    await mkdir(at("var/run/Daemon/Scheduler"), { recursive: true });
    // another process has the PID now
    for (const file of files) await writeFile(at(file), String(process.pid));
    const watched = await watch();
    assertCommandPassed(watched);
    assert.match(watched.output, /removed the PID files of a daemon that was killed/);
    for (const file of files) assert.equal(await has(file), false, file);

    const daemon = spawn(
      "perl",
      ["-e", "sleep 60", join(pod.home, "bin/otobo.Daemon.pl")],
      UNPRIVILEGED_USER,
    );
    try {
      await writeFile(at("var/run/Daemon-NodeID-2.pid"), String(daemon.pid));
      assert.doesNotMatch((await watch()).output, /PID files/);
      assert.equal(await has("var/run/Daemon-NodeID-2.pid"), true);
    } finally {
      daemon.kill("SIGKILL");
    }
  });

  it("does nothing while the database does not answer, or is empty", async () => {
    const { run, has } = await ready();
    await rig.change({ up: false });
    const child = run(...ONE_ROUND);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.equal(await has("Kernel/Modules/FAQ.pm"), true);
    await rig.change({ up: true });
    const { output } = await child;
    assert.match(output, /the packages in the database cannot be read: .*MySQL server/);
  });
});
