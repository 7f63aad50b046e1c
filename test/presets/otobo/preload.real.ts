// Settings from a real S3 server: all pages, with the times by which OTOBO recognizes unchanged files, and the package
// event last (docs/research/otobo.md#sync).
import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needsPrograms } from "../../requirements.ts";
import type { PodEnvironment } from "./pods/land.ts";
import { openStandInEnvironment } from "./pods/openStandInEnvironment.ts";
import { makeWorker, openOtoboCli, removeProgram } from "./run.ts";

/** More than one page of a listing. */
const USERS = 1_005;

describe("the preload of otobo's settings, from versitygw", function () {
  this.timeout(120_000);
  let land: PodEnvironment;
  before(async function () {
    needsPrograms(this, ["perl"]);
    await makeWorker();
    land = await openStandInEnvironment(this);
  });
  after(async () => {
    await land?.remove();
    await removeProgram();
  });
  beforeEach(() => land.reset());

  const filled = async () => {
    const pod = await land.pod(0);
    const { run, verify } = openOtoboCli(land, pod);
    for (const step of ["home", "config"]) assert.equal((await run(step)).code, 0);
    return { pod, run, verify, folder: join(pod.home, "Kernel/Config/Files") };
  };

  it("downloads every page, with S3's times, and detects later changes", async () => {
    const numbers = Array.from({ length: USERS }, (_, index) => index + 1);
    while (numbers.length > 0) {
      const some = numbers.splice(0, 50);
      await Promise.all(some.map((each) => land.bucket.put(`User/${each}.pm`, `# ${each}\n1;\n`)));
    }
    const { run, verify, folder } = await filled();
    const ran = await run("sync", "--user-files");
    assert.equal(ran.code, 0, ran.output);
    assert.equal((await readdir(join(folder, "User"))).length, USERS);
    assert.equal((await verify("sync", "--user-files")).code, 0);
    for (const line of (await land.bucket.list()).filter((each) => each.startsWith("User/"))) {
      const [name = "", size, seconds] = line.split(" ");
      const here = await stat(join(folder, name));
      assert.deepEqual([String(here.size), String(Math.floor(here.mtimeMs / 1000))], [size, seconds]);
    }
    await writeFile(join(folder, "User/7.pm"), "# changed here\n1;\n");
    assert.match((await verify("sync", "--user-files")).output, /User\/7\.pm differs from S3/);
  });

  it("writes the package event last, with S3's time", async () => {
    const { run, verify, folder } = await filled();
    assert.equal((await run("sync")).code, 0);
    await land.bucket.put("event_package.json", '{"Event":"PackageInstall"}');
    assert.match((await verify("sync")).output, /packages have changed/);
    assert.equal((await run("sync")).code, 0);
    for (const step of ["packages", "settings"]) {
      assert.equal((await run(step)).code, 0);
      assert.ok(!(await readdir(folder)).includes("event_package.json"), `it is there after ${step}`);
      assert.match((await verify("event")).output, /not in place yet/);
    }
    assert.equal((await run("event")).code, 0);
    assert.equal((await verify("event")).code, 0);
    const [line = ""] = (await land.bucket.list()).filter((each) => each.startsWith("event_"));
    const there = Number(line.split(" ")[2]);
    assert.equal(Math.floor((await stat(join(folder, "event_package.json"))).mtimeMs / 1000), there);
  });

  it("reports a denied listing instead of treating it as empty", async () => {
    const { pod } = await filled();
    const key = join(land.folder, "s3-keys/AWS_SECRET_ACCESS_KEY");
    await writeFile(key, "wrong");
    const ran = await openOtoboCli(land, pod).run("sync");
    assert.equal(ran.code, 1, ran.output);
    assert.match(ran.output, /403 SignatureDoesNotMatch/);
  });
});
