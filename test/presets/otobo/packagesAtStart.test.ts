// The start of a pod with `packages: Watch`, where a package cannot be used: an old version that the pod has is kept, and a
// pod without one does not start (docs/otobo.md#packages-at-run-time).
import assert from "node:assert/strict";
import { access, chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGES_ENV, PACKAGES_WATCHED } from "../../../presets/otobo/contract/packages.ts";
import { needsPrograms } from "../../requirements.ts";
import { assertCommandFailed, assertCommandPassed, makeWorker, openOtoboCli, removeProgram } from "./run.ts";
import { FAQ, makeOtobo, type OtoboRig, type Package } from "./tree.ts";

const OLD: Package = {
  id: 2,
  name: "Extra",
  version: "1.0.0",
  status: "installed",
  buildDate: "2024-05-01 10:00:00",
  files: [{ location: "Kernel/System/Extra.pm", content: "# old\n1;\n" }],
};
/** Its file would replace the pod's settings. */
const BROKEN: Package = {
  ...OLD,
  id: 3,
  version: "2.0.0",
  files: [
    { location: "Kernel/System/Extra.pm", content: "# broken\n1;\n" },
    { location: "Kernel/Config.pm", content: "# evil\n1;\n" },
  ],
};
const OTHER: Package = {
  ...OLD,
  id: 4,
  name: "Other",
  files: [{ location: "Kernel/System/Other.pm", content: "1;\n" }],
};
const WHY = /package Extra(?: 2\.0\.0)? cannot be used: Kernel\/Config\.pm is not a package's to write/;

/** Takes the right to write to a folder away. */
async function forbid(folder: string): Promise<{ end: () => Promise<void> }> {
  const { mode } = await stat(folder);
  await chmod(folder, 0o555);
  return { end: () => chmod(folder, mode) };
}

describe("a start with packages that are watched", function () {
  this.timeout(120_000);
  let rig: OtoboRig;
  before(async function () {
    needsPrograms(this, ["perl"]);
    await makeWorker();
  });
  afterEach(() => rig.remove());
  after(removeProgram);

  const makePod = async (...packages: Package[]) => {
    rig = await makeOtobo({ packages: [{ ...FAQ, id: 1 }, ...packages] });
    const pod = await rig.pod(1);
    const watched = { ...pod, env: { ...pod.env, [PACKAGES_ENV]: PACKAGES_WATCHED } };
    const { run, verify } = openOtoboCli(rig, watched);
    for (const step of ["home", "config", "sync"]) assertCommandPassed(await run(step));
    const text = (path: string) => readFile(join(pod.home, path), "utf8");
    const setPackages = (...more: Package[]) => rig.change({ packages: [{ ...FAQ, id: 1 }, ...more] });
    return { run, verify, text, setPackages, home: pod.home };
  };

  it("keeps the old version of a package that cannot be used, takes the others, and says why", async () => {
    const { run, verify, text, setPackages, home } = await makePod(OLD);
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await run(step));
    await setPackages(BROKEN, OTHER);
    // as on a claim, or after a restart of the node
    for (const step of ["home", "config", "sync"]) assertCommandPassed(await run(step));
    const reinstalled = await run("reinstall");
    assertCommandPassed(reinstalled);
    assert.match(
      reinstalled.output,
      /ReinstallAll is left out, since it would replace the old version of Extra/,
    );
    const written = await run("packages");
    assertCommandPassed(written);
    assert.match(written.output, WHY);
    assert.match(written.output, /this pod keeps version 1\.0\.0/);
    for (const step of ["reinstall", "packages", "config", "home"]) assertCommandPassed(await verify(step));
    assert.equal(await text("Kernel/System/Extra.pm"), "# old\n1;\n");
    assert.match((await rig.state()).systemData["Rollcall::ReinstallOwed"] ?? "", /packages:3:/);
    assert.equal(await text("Kernel/System/Other.pm"), "1;\n");

    // the old version must be whole
    await writeFile(join(home, "Kernel/System/Extra.pm"), "# by hand\n");
    assertCommandFailed(await verify("packages"), /package Extra: Kernel\/System\/Extra\.pm is different/);
    assertCommandFailed(await run("packages"), /this pod has no older version of it/);
  });

  it("takes a corrected version", async () => {
    const { run, verify, text, setPackages } = await makePod(OLD);
    assertCommandPassed(await run("packages"));
    await setPackages(BROKEN);
    assertCommandPassed(await run("packages"));
    const [file] = BROKEN.files;
    assert.ok(file);
    await setPackages({ ...BROKEN, id: 5, version: "2.0.1", files: [file] });
    assertCommandFailed(await verify("packages"), /package Extra: Kernel\/System\/Extra\.pm is different/);
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await run(step));
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await verify(step));
    assert.equal(await text("Kernel/System/Extra.pm"), "# broken\n1;\n");
  });

  it("makes up for ReinstallAll once the package can be used, also without a new set", async () => {
    const { run, verify, text } = await makePod(OTHER);
    const count = async () =>
      (await rig.state()).ran.filter((each) => each.endsWith(" Admin::Package::ReinstallAll")).length;
    const owed = async () => (await rig.state()).systemData["Rollcall::ReinstallOwed"];
    assertCommandPassed(await run("reinstall"));
    const [before, never] = [await count(), await owed()];
    assert.equal(never, undefined);
    const broken = {
      ...OTHER,
      id: 9,
      version: "3.0.0",
      files: [{ location: "Kernel/Config.pm", content: "1;\n" }],
    };
    await rig.change({ packages: [{ ...FAQ, id: 1 }, broken] });
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await run(step));
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await verify(step));
    assert.equal(await count(), before);
    assert.match((await owed()) ?? "", /packages:2:/);
    // the fault goes, the set stays
    await rig.change({
      packages: [
        { ...FAQ, id: 1 },
        { ...OTHER, id: 9, version: "3.0.0" },
      ],
    });
    assertCommandPassed(await run("packages"));
    assertCommandFailed(await verify("reinstall"), /ReinstallAll was left out .* and is owed/);
    assertCommandPassed(await run("reinstall"));
    assertCommandPassed(await verify("reinstall"));
    assert.equal(await count(), before + 1);
    assert.equal(await owed(), "no");
    assert.equal(await text("Kernel/System/Other.pm"), "1;\n");
  });

  it("does not go on without an old version, and says what to do", async () => {
    const { run, verify, setPackages, home } = await makePod(BROKEN, OTHER);
    for (const step of ["reinstall", "packages"]) {
      const ran = await run(step);
      assertCommandFailed(ran, WHY);
      assert.match(
        ran.output,
        /no older version of it\. Uninstall the package.*which leaves the package's tables and settings behind: DELETE FROM package_repository WHERE id = 3/,
      );
      assertCommandFailed(await verify(step), /./);
    }
    assertCommandPassed(await verify("config"));
    await assert.rejects(access(join(home, "Kernel/System/Extra.pm")));
    await setPackages(OTHER);
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await run(step));
    for (const step of ["reinstall", "packages"]) assertCommandPassed(await verify(step));
  });

  const passing: readonly [string, (home: string) => Promise<{ end: () => Promise<void> }>, RegExp][] = [
    [
      "a database that drops while the package is read",
      async () => {
        await rig.change({
          packages: [
            { ...FAQ, id: 1 },
            { ...OTHER, drops: true },
          ],
        });
        return { end: () => rig.change({ packages: [{ ...FAQ, id: 1 }, OTHER] }) };
      },
      /the database does not answer/,
    ],
    [
      "a folder that the pod may not write to",
      (home) => forbid(join(home, "Kernel/System")),
      /is not writable/,
    ],
    ["a volume on which nothing can be staged", forbid, /no permission to write there \(EACCES\)/],
  ];
  for (const [title, begin, says] of passing)
    it(`blames no package for ${title}, and goes on after it`, async () => {
      const { run, text, home } = await makePod(OTHER);
      const { end } = await begin(home);
      const ran = await run("packages");
      await end();
      assertCommandFailed(ran, says);
      assert.match(ran.output, /package (?:Other|FAQ) cannot be taken now: .*this will be tried again/);
      assert.doesNotMatch(ran.output, /DELETE|cannot be used|ninstall/);
      assert.deepEqual(JSON.parse(await text("var/rollcall-packages.json")).refused, []);
      assertCommandPassed(await run("packages"));
    });

  it("takes a package that is too large for a pod that runs", async () => {
    const { run, verify } = await makePod({ ...OLD, bytes: 17 * 1024 * 1024, hungry: 5 });
    assertCommandPassed(await run("packages"));
    assertCommandPassed(await verify("packages"));
    // and the watcher leaves it alone
    assertCommandPassed(await run("watch", "--rounds", "1", "--interval", "0.02"));
  });
});
