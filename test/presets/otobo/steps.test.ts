// Each step of the preset, run with the plan's command line on the stand-in's tree (docs/research/otobo.md#exit-codes).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { needsPrograms } from "../../requirements.ts";
import {
  assertCommandFailed,
  assertCommandPassed,
  makeWorker,
  openOtoboCli,
  removeProgram,
  UNPRIVILEGED_USER,
} from "./run.ts";
import { FAQ, makeOtobo, type OtoboRig, type TreeState } from "./tree.ts";

describe("the steps of otobo", function () {
  this.timeout(60_000);
  let rig: OtoboRig;
  before(async function () {
    needsPrograms(this, ["perl"]);
    await makeWorker();
  });
  afterEach(() => rig.remove());
  after(removeProgram);

  const make = async (changes: Partial<TreeState> = {}) => {
    rig = await makeOtobo(changes);
    const pod = await rig.pod(1);
    return { pod, ...openOtoboCli(rig, pod) };
  };
  /** A pod whose home is ready for OTOBO's commands. */
  const ready = async (changes: Partial<TreeState> = {}) => {
    const made = await make(changes);
    for (const step of ["home", "config", "sync"]) assertCommandPassed(await made.run(step));
    return made;
  };

  it("home: is filled, and an interrupted copy does not count as complete", async () => {
    const { pod, run, verify } = await make();
    assertCommandFailed(await verify("home"), /was filled from nothing/);
    assertCommandPassed(await run("home"));
    assertCommandPassed(await verify("home"));
    assertCommandPassed(await verify("home", "--quick"));
    await assert.rejects(stat(join(pod.home, "docker_firsttime")));
    await rm(join(pod.home, "RELEASE"));
    assertCommandFailed(await verify("home"), /lacks RELEASE/);
    await rm(join(pod.home, ".copy_otobo_next_finished"));
    assertCommandFailed(await verify("home", "--quick"), /is incomplete/);
    assertCommandPassed(await run("home"));
    assertCommandPassed(await verify("home"));
  });

  it("home: a new image removes its predecessor's files, and keeps files that are not the image's", async () => {
    const { pod, run, verify } = await make();
    assertCommandPassed(await run("home"));
    await writeFile(join(pod.home, "Custom/Mine.pm"), "1;\n");
    await rm(join(rig.next, "scripts/DBUpdateTo11_0.pm"));
    const archive = await readFile(join(rig.next, "ARCHIVE"), "utf8");
    await writeFile(join(rig.next, "ARCHIVE"), archive.replace(/.*DBUpdateTo11_0.*\n/, ""));
    assertCommandFailed(await verify("home", "--quick"), /the image is 11\.0\.5/);
    assertCommandPassed(await run("home"));
    await assert.rejects(stat(join(pod.home, "scripts/DBUpdateTo11_0.pm")));
    await stat(join(pod.home, "Custom/Mine.pm"));
  });

  it("config: the block survives a second run unchanged, and every value is compared", async () => {
    const { pod, run, verify } = await make();
    assertCommandPassed(await run("home"));
    assertCommandPassed(await run("config"));
    assertCommandPassed(await verify("config"));
    const path = join(pod.home, "Kernel/Config.pm");
    const first = [await readFile(path, "utf8"), (await stat(path)).mtimeMs];
    assertCommandPassed(await run("config"));
    assert.deepEqual([await readFile(path, "utf8"), (await stat(path)).mtimeMs], first);
    // a base with other values
    const dist = join(pod.home, "Kernel/Config.pm.docker.dist");
    const text = await readFile(dist, "utf8");
    await rm(path);
    await writeFile(dist, text.replace("sub Load", "sub Get { return 'other' }\n\nsub Load"));
    assertCommandPassed(await run("config"));
    assertCommandFailed(
      await verify("config"),
      /loaded settings differ from the environment: NodeID \(OTOBO_NODE_ID\).*DatabasePw/,
    );
  });

  it("config: rejects a file with __END__, and an invalid NodeID", async () => {
    const { pod, run, verify } = await make();
    assertCommandPassed(await run("home"));
    const dist = join(pod.home, "Kernel/Config.pm.docker.dist");
    const text = await readFile(dist, "utf8");
    await writeFile(dist, `${text}__END__\nnotes\n`);
    assertCommandFailed(await run("config"), /it contains __END__/);
    await writeFile(dist, text);
    assertCommandPassed(await run("config"));
    assertCommandFailed(
      await openOtoboCli(rig, { ...pod, env: { ...pod.env, OTOBO_NODE_ID: "pod-3" } }).verify("config"),
      /'pod-3', not a number from 1 to 999/,
    );
    assertCommandPassed(await verify("config"));
  });

  it("config: starts from the user's Config.pm", async () => {
    const { pod, run, verify } = await make();
    assertCommandPassed(await run("home"));
    const folder = join(rig.folder, "config");
    await mkdir(folder);
    assertCommandFailed(
      await run("config", "--config-base", "--config-folder", folder),
      /does not exist: check that the profile's config names an object with this key/,
    );
    const text = await readFile(join(pod.home, "Kernel/Config.pm.docker.dist"), "utf8");
    await writeFile(
      join(folder, "Config.pm"),
      text.replace("return 1;", "$Self->{CheckMXRecord} = 0;\n    return 1;"),
    );
    assertCommandPassed(await run("config", "--config-base", "--config-folder", folder));
    assertCommandPassed(await verify("config"));
    assert.match(
      await readFile(join(pod.home, "Kernel/Config.pm"), "utf8"),
      /CheckMXRecord[\s\S]*BEGIN rollcall/,
    );
  });

  it("pid-files: removes only this node's", async () => {
    const { pod, run, verify } = await make();
    const folder = join(pod.home, "var/run/Daemon/Scheduler");
    await mkdir(folder, { recursive: true });
    const [mine, worker, others] = [
      join(pod.home, "var/run/Daemon-NodeID-2.pid"),
      join(folder, "Worker-NodeID-2.pid"),
      join(pod.home, "var/run/Daemon-NodeID-22.pid"),
    ];
    for (const path of [mine, worker, others]) await writeFile(path, "1");
    assertCommandFailed(await verify("pid-files"), /Daemon-NodeID-2\.pid exists/);
    assertCommandPassed(await run("pid-files"));
    assertCommandPassed(await verify("pid-files"));
    await stat(others);
  });

  it("wait: names what is missing, and times out", async () => {
    const { pod, run, verify } = await ready();
    assertCommandPassed(await run("wait", "--wait", "1"));
    await rig.change({ password: "another" });
    assertCommandFailed(
      await run("wait", "--wait", "1"),
      /cannot connect to database otobo at db\.test:3306: Access denied/,
    );
    await rig.change({ password: "right", up: false });
    assertCommandFailed(await verify("wait"), /Can't connect/);
    await rig.change({ up: true });
    const nobody = { ...pod, env: { ...pod.env, OTOBO_REDIS_SERVER: "127.0.0.1:1" } };
    assertCommandFailed(
      await openOtoboCli(rig, nobody).verify("wait"),
      /Redis 127\.0\.0\.1:1: connection refused/,
    );
  });

  it("wait: uses OTOBO's driver, of which 11.1 brings only DBD::MariaDB, and its decryption of the password", async () => {
    const { verify } = await ready({ driver: "MariaDB" });
    assertCommandPassed(await verify("wait"));
    await writeFile(join(rig.folder, "password"), "{thgir}\n");
    assertCommandPassed(await verify("wait"));
    await writeFile(join(rig.folder, "password"), "{gnorw}\n");
    assertCommandFailed(
      await verify("wait"),
      /cannot connect to database otobo at db\.test:3306: Access denied/,
    );
  });

  it("wait: rejects an empty database at once, unless this pod may run the installer", async () => {
    const { pod, run } = await ready();
    await rig.change({ valid: 0, finished: 0 });
    assertCommandFailed(
      await run("wait", "--wait", "600"),
      /OTOBO is not installed in .* installer would be open to everyone/,
    );
    const first = openOtoboCli(rig, { ...pod, env: { ...pod.env, OTOBO_FIRST_INSTALL: "1" } });
    assertCommandPassed(await first.run("wait", "--wait", "1"));
    assertCommandPassed(await first.verify("gate"));
    // after the installation the same setting opens nothing
    await rig.change({ valid: 3, finished: 1, secureMode: 0, deployments: [8] });
    assertCommandPassed(await first.run("settings"));
    assertCommandFailed(await first.verify("gate"), /SecureMode is not 1/);
  });

  it("sync: fetches the last deployment in the database", async () => {
    const { run, verify } = await ready();
    assertCommandPassed(await verify("sync"));
    await rig.change({ deployments: [7, 9] });
    assertCommandFailed(await verify("sync"), /this pod has deployment 7, but the last in the database is 9/);
    assertCommandPassed(await run("sync"));
    assertCommandPassed(await verify("sync"));
  });

  it("reinstall: detects a wrong exit code, and notes nothing", async () => {
    const { pod, run, verify } = await ready();
    const blocked = join(pod.home, "Kernel/Modules");
    await writeFile(blocked, "a file where a folder is to be");
    assertCommandFailed(await run("reinstall"), /FAQ: Kernel\/Modules\/FAQ\.pm could not be written/);
    assertCommandFailed(await verify("reinstall"), /installed was last verified for no release/);
    await rm(blocked);
    assertCommandPassed(await run("reinstall"));
    assertCommandPassed(await verify("reinstall"));
    assert.equal((await rig.state()).events, 0, "no package event may be written");
    await rig.change({ packages: [] });
    assertCommandFailed(await verify("reinstall"), /packages:1:.* not .*packages:0:/);
  });

  it("reinstall: rejects a database with another article storage, and says how to convert it", async () => {
    const { pod, run } = await ready({ articleStorage: "ArticleStorageFS" });
    const refused = await run("reinstall");
    assertCommandFailed(
      refused,
      /this database's articles are in ArticleStorageFS, but the profile sets ArticleStorageDB/,
    );
    assertCommandFailed(
      refused,
      /StorageSwitch --target ArticleStorageDB.*; or set the profile's articles: FileSystem, with home:/,
    );
    assert.deepEqual(
      (await rig.state()).ran.filter((line) => line.includes("Reinstall")),
      [],
    );
    await rig.change({ articleStorage: "" });
    assertCommandPassed(await run("reinstall"));
    await rig.change({ articleStorage: "ArticleStorageFS", packages: [] });
    const told = await run("reinstall");
    assertCommandPassed(told);
    assert.match(told.output, /WARNING: this database's articles are in ArticleStorageFS/);

    const inS3 = { ...pod, env: { ...pod.env, OTOBO_ARTICLE_STORAGE: "X::ArticleStorageS3" } };
    await rig.change({ articleStorage: "", articleRows: 3, systemData: {} });
    assertCommandFailed(
      await openOtoboCli(rig, inS3).run("reinstall"),
      /articles are in ArticleStorageDB, .*; or set the profile's articles: Database$/m,
    );
    await rig.change({ articleRows: 0 });
    assertCommandPassed(await openOtoboCli(rig, inS3).run("reinstall"));
  });

  it("packages: each pod writes the files with the same modification times", async () => {
    const { pod, run, verify } = await ready();
    assertCommandFailed(await verify("packages"), /FAQ\.pm is missing/);
    assertCommandPassed(await run("packages"));
    assertCommandPassed(await verify("packages"));
    const file = join(pod.home, "Kernel/Modules/FAQ.pm");
    assert.equal((await stat(file)).mtime.toISOString(), "2024-03-01T10:00:00.000Z");
    await writeFile(file, FAQ.files[0]?.content ?? "");
    assertCommandFailed(await verify("packages"), /has a time of its own/);
    await rig.change({ packages: [] });
    const ran = await run("packages");
    assertCommandPassed(ran);
    assert.match(ran.output, /left over .*Kernel\/Modules\/FAQ\.pm \(of FAQ=11\.0\.1\)/);
  });

  it("packages: on a persistent home, restores image files that a removed package had replaced", async () => {
    const location = "var/httpd/htdocs/index.html";
    const other = { location, content: "<p>the package's</p>\n" };
    const { pod, run, verify } = await ready({ packages: [{ ...FAQ, files: [...FAQ.files, other] }] });
    const [file, image] = [join(pod.home, location), join(rig.next, location)];
    const asImage = async () => assert.equal(await readFile(file, "utf8"), await readFile(image, "utf8"));
    assertCommandPassed(await run("packages"));
    assert.equal(await readFile(file, "utf8"), other.content);
    assertCommandPassed(await verify("home"));
    // a newer image has another version, which a removal must restore
    await writeFile(image, "<p>the newer image's</p>\n");
    assertCommandPassed(await run("home"));
    assertCommandPassed(await run("packages"));
    assert.equal(await readFile(file, "utf8"), other.content);
    assert.equal(await readFile(`${file}.save`, "utf8"), "<p>the newer image's</p>\n");
    await rig.change({ packages: [FAQ] });
    assertCommandFailed(
      await verify("packages"),
      /index\.html is not the image's but that of package FAQ=11\.0\.1, which is removed/,
    );
    const ran = await run("packages");
    assertCommandPassed(ran);
    assert.match(
      ran.output,
      /restored from the image, because the package was removed: var\/httpd\/htdocs\/index\.html/,
    );
    await asImage();
    await assert.rejects(stat(`${file}.save`));
    assertCommandPassed(await verify("packages"));
    assertCommandPassed(await verify("home"));
  });

  it("upgrade: fails if no repository is reachable", async () => {
    const { run, verify } = await ready();
    assertCommandPassed(await run("reinstall"));
    assertCommandFailed(
      await run("upgrade"),
      /UpgradeAll.* exited 1: check that the repositories are reachable/,
    );
    assertCommandFailed(await verify("upgrade"), /upgraded was last verified for no release/);
    await rig.change({ online: true, newer: "11.0.2" });
    assertCommandPassed(await run("upgrade"));
    assertCommandPassed(await verify("upgrade"));
    assertCommandPassed(await verify("reinstall"));
  });

  it("rebuild: removes the row of a killed rebuild, and is verified by the settings in the database", async () => {
    const { run, verify } = await ready({ rebuildRow: 4711 });
    assertCommandFailed(
      await verify("rebuild"),
      /settings differ between the database and this tree: ProductName, SecureMode/,
    );
    assertCommandPassed(await run("rebuild"));
    assertCommandPassed(await verify("rebuild"));
    // killed when it had nothing left to write
    await rig.change({ rebuildRow: 4711 });
    assertCommandFailed(
      await verify("rebuild"),
      /a rebuild has not completed: its row RebuildConfig still exists/,
    );
    await rig.change({ rebuildRow: 0, dirty: 2 });
    assertCommandFailed(await verify("rebuild"), /2 settings are changed and not deployed/);
  });

  it("cache: detects exit 0 with a full cache", async () => {
    const { run, verify } = await ready({ cacheStuck: true });
    assertCommandPassed(await run("reinstall"));
    assertCommandPassed(await run("cache"));
    assertCommandFailed(await verify("cache"), /the cache still holds/);
    await rig.change({ cacheStuck: false });
    assertCommandPassed(await run("cache"));
    assertCommandPassed(await verify("cache"));
  });

  it("acls-processes: are generated from the database, and replace an outdated file", async () => {
    const { pod, run, verify } = await ready();
    const [acl, process] = ["ZZZACL.pm", "ZZZProcessManagement.pm"].map((name) =>
      join(pod.home, "Kernel/Config/Files", name),
    ) as [string, string];
    assertCommandFailed(
      await verify("acls-processes"),
      /ZZZACL\.pm is missing, so none of the 1 ACLs in the database is active/,
    );
    const ran = await run("acls-processes");
    assertCommandPassed(ran);
    assert.match(ran.output, /ACLs: 1 deployed from the database into ZZZACL\.pm$/m);
    assertCommandPassed(await verify("acls-processes"));
    assert.match(await readFile(acl, "utf8"), /\{'TicketAcl'\}\{'Ärger bleibt zu'\}/);
    assert.match(await readFile(process, "utf8"), /\{'Process'\}\{'Urlaub'\}/);
    // the same file, so that no web server reloads it
    const before = (await stat(acl)).mtimeMs;
    assertCommandPassed(await run("acls-processes"));
    assert.equal((await stat(acl)).mtimeMs, before);
    await rig.change({ processes: ["Urlaub", "Reise"] });
    assertCommandFailed(
      await verify("acls-processes"),
      /ZZZProcessManagement\.pm differs from the processes/,
    );
    assertCommandPassed(await run("acls-processes"));
    assert.match(await readFile(process, "utf8"), /Reise/);
  });

  it("acls-processes: a restart does not deploy drafts, unless no file exists", async () => {
    const { pod, run, verify } = await ready();
    assertCommandPassed(await run("acls-processes"));
    await rig.change({ acls: ["Ärger bleibt zu", "half"], aclDrafts: 2 });
    const kept = await run("acls-processes");
    assertCommandPassed(kept);
    assert.match(
      kept.output,
      /2 changes in the database are not deployed, so ZZZACL\.pm is unchanged; deploy them with "Deploy ACLs"/,
    );
    const acl = join(pod.home, "Kernel/Config/Files/ZZZACL.pm");
    assert.doesNotMatch(await readFile(acl, "utf8"), /half/);
    assertCommandPassed(await verify("acls-processes"));
    await rm(acl);
    const made = await run("acls-processes");
    assert.match(made.output, /ACLs: 2 deployed .*, including 2 pending changes/);
    assert.equal((await rig.state()).aclDrafts, 0);
  });

  it("acls-processes: keeps a file of another origin if the database has none", async () => {
    const { pod, run, verify } = await ready({ acls: [] });
    const acl = join(pod.home, "Kernel/Config/Files/ZZZACL.pm");
    await writeFile(acl, "package Kernel::Config::Files::ZZZACL;\nsub Load { 1 }\n1;\n");
    const ran = await run("acls-processes");
    assertCommandPassed(ran);
    assert.match(ran.output, /the database holds none, so ZZZACL\.pm of another origin is unchanged/);
    assert.match(await readFile(acl, "utf8"), /sub Load \{ 1 \}/);
    assertCommandPassed(await verify("acls-processes"));
  });

  it("translations: are generated from the database, as OTOBO reads them", async () => {
    const rows: [string, string, string][] = [
      ["de", "It's a \\ text", "Das 'ist' ein \\ Text: ä"],
      ["de", "line\nbreak", ""],
      ["pt_BR", "Queue", "Fila"],
    ];
    const { pod, run, verify } = await ready({ translations: rows });
    assertCommandFailed(
      await verify("translations"),
      /Kernel\/Language\/de_ZZZAAuto\.pm is missing, so none of the 2 translations/,
    );
    await rm(join(pod.home, "Kernel/Language"), { recursive: true, force: true });
    assertCommandFailed(
      await run("translations"),
      /de_ZZZAAuto\.pm could not be written: No such file or directory/,
    );
    await mkdir(join(pod.home, "Kernel/Language"));
    const ran = await run("translations");
    assertCommandPassed(ran);
    assert.match(ran.output, /2 of language de deployed from the database\n.*1 of language pt_BR deployed/);
    assertCommandPassed(await verify("translations"));
    const file = join(pod.home, "Kernel/Language/de_ZZZAAuto.pm");
    const before = (await stat(file)).mtimeMs;
    assertCommandPassed(await run("translations"));
    assert.equal((await stat(file)).mtimeMs, before, "a web server would read it again");
    await rig.change({ translations: [...rows, ["../../evil", "a", "b"]] });
    assertCommandFailed(await run("translations"), /a language of translations has no valid name/);
    await rig.change({ translations: [["de", "Queue", "Schlange"]] });
    assertCommandFailed(
      await verify("translations"),
      /de_ZZZAAuto\.pm differs from the translations in the database/,
    );
    // 10.1 without the package has no table
    await rig.change({ tables: ["valid", "ticket"] });
    assertCommandPassed(await verify("translations"));
  });

  it("migrate: is verified by the module's result and the tables", async () => {
    const { pod, run, verify } = await ready({ tables: ["valid", "ticket"], migrationFails: true });
    assertCommandFailed(
      await run("reinstall"),
      /lacks 1 table of this release: translation_item; if this is an update to 11\.0/,
    );
    assertCommandFailed(await run("migrate"), /the migration to 11\.0 did not succeed/);
    assertCommandFailed(await verify("migrate"), /was migrated to nothing yet/);
    await rig.change({ migrationFails: false });
    assertCommandPassed(await run("migrate"));
    assertCommandPassed(await verify("migrate"));
    // it has commented out the cache in Config.pm, but not in the managed block
    const text = await readFile(join(pod.home, "Kernel/Config.pm"), "utf8");
    assert.match(text.split("# BEGIN rollcall")[0] ?? "", /^# by the update: .*'Cache::Redis'/m);
    assert.doesNotMatch(text.split("# BEGIN rollcall")[1] ?? "", /by the update/);
    assertCommandPassed(await verify("config"));
  });

  it("gate: passes if everything is in place, and names what is not", async () => {
    const { run, verify } = await ready();
    assertCommandFailed(await verify("gate"), /FAQ\.pm is missing/);
    for (const step of ["packages", "rebuild"]) assertCommandPassed(await run(step));
    assertCommandFailed(await verify("gate"), /ZZZACL\.pm is missing/);
    for (const step of ["acls-processes", "settings", "loader"]) assertCommandPassed(await run(step));
    assertCommandPassed(await verify("loader"));
    assertCommandPassed(await verify("gate"));
    await rig.change({ up: false });
    assertCommandFailed(await verify("gate"), /cannot connect to database otobo at/);
  });

  it("drift: lists what is neither the image's nor a package's, by kind, and not what is made anew", async () => {
    const { pod, run } = await ready();
    assertCommandPassed(await run("packages"));
    const clean = await run("drift");
    assertCommandPassed(clean);
    assert.match(clean.output, /has no files that would be lost with this pod/);
    for (const [path, text] of [
      ["Custom/Kernel/Mine.pm", "1;\n"],
      ["var/spool/problem-email-1", "mail"],
      ["var/article/2026/1/1/1/plain.txt", "mail"],
      ["var/certs/otobo.key", "key"],
      ["Kernel/Config/Files/Mine.pm", "1;\n"],
      ["var/log/otobo.log", "log"],
      ["Kernel/Language/de_ZZZAAuto.pm", "1;\n"],
      ["bin/mine.sh", "true\n"],
      ["var/httpd/htdocs/index.html", "changed\n"],
    ] as const) {
      await mkdir(join(pod.home, path, ".."), { recursive: true });
      await writeFile(join(pod.home, path), text);
    }
    const listed = await run("drift");
    assertCommandPassed(listed);
    assert.deepEqual(
      listed.output.split("\n").filter((line) => line.startsWith("  ")),
      [
        "var/article/2026/1/1/1/plain.txt",
        "var/spool/problem-email-1",
        "var/certs/otobo.key",
        "Custom/Kernel/Mine.pm",
        "Kernel/Config/Files/Mine.pm",
        "bin/mine.sh",
        "var/httpd/htdocs/index.html (changed)",
      ].map((name) => `  ${name}`),
    );
    assert.match(listed.output, /^keys and certificates: 1; put them into a Secret/m);
    await rm(join(pod.home, "RELEASE"));
    assertCommandFailed(await run("drift"), /is not OTOBO's tree: it has no RELEASE/);
  });

  it("release: the tree's version, commit and archive, and the packages", async () => {
    const { run } = await ready();
    const first = (await run("release")).output.trim();
    assert.match(first, /^11\.0\.5\+abcdef012345\+[0-9a-f]{12} packages:1:[0-9a-f]{12}$/);
    await rig.change({ packages: [] });
    assert.notEqual((await run("release")).output.trim(), first);
  });

  const console = (pod: { home: string; env: Record<string, string> }, command: string) => {
    const env = { PATH: process.env["PATH"] ?? "", ...pod.env };
    return spawnSync("bin/otobo.Console.pl", [command], {
      cwd: pod.home,
      env,
      encoding: "utf8",
      ...UNPRIVILEGED_USER,
    });
  };
  const listSpool = ({ home }: { home: string }): Promise<string[]> => readdir(join(home, "var/spool"));

  for (const [end, way] of [
    ["stop", "stops"],
    ["leave", "leaves for good"],
  ] as const) {
    it(`spool: a mail that cannot be processed survives a pod that ${way}, and is processed by another`, async () => {
      const { pod, run } = await ready({ mailbox: ["a good mail", "a bad mail: \u00e4\u0000\n"] });
      assert.equal(console(pod, "Maint::PostMaster::MailAccountFetch").status, 0);
      assert.deepEqual((await rig.state()).mailbox, []);
      const [name = ""] = await listSpool(pod);
      assert.match(name, /^problem-email-[0-9a-f]{32}$/, "it is nowhere but in the spool");
      const before = await readFile(join(pod.home, "var/spool", name));
      await mkdir(join(pod.home, "var/spool/lost+found"));
      const ended = await run(end, "--wait", "5");
      assertCommandPassed(ended);
      assert.match(ended.output, /1 mail moved from .*var\/spool into the database/);
      await rm(pod.home, { recursive: true });

      // one of those that start takes it
      const others = await Promise.all([rig.pod(4), rig.pod(5)]);
      for (const other of others) {
        const { run: runThere, verify } = openOtoboCli(rig, other);
        for (const step of ["home", "config", "sync", "spool"]) assertCommandPassed(await runThere(step));
        assertCommandPassed(await verify("spool"));
      }
      const [one, two] = others;
      assert.deepEqual([await listSpool(one), await listSpool(two)], [[name], []]);
      assert.deepEqual(await readFile(join(one.home, "var/spool", name)), before);
      assert.deepEqual((await rig.state()).virtualFs, {});
      assert.equal(console(one, "Maint::PostMaster::SpoolMailsReprocess").status, 1);
      await rig.change({ badMails: false });
      assert.equal(console(one, "Maint::PostMaster::SpoolMailsReprocess").status, 0);
      assert.equal((await rig.state()).tickets.length, 2);
    });
  }

  it("spool: the next start restores mails of a killed one, and reports mails that cannot be moved", async () => {
    const taken = "rollcall-spool/node-2/9-1-1-1/problem-email-1";
    const old = "rollcall-spool/saving/9-1-1-1/problem-email-2";
    const now = `rollcall-spool/saving/9-${Math.floor(Date.now() / 1000)}-1-1/problem-email-3`;
    const broken = "rollcall-spool/free/9-1-1-1/problem-email-4";
    const mail = Buffer.from("mail").toString("base64");
    const { pod, run, verify } = await ready({
      virtualFs: { [taken]: mail, [old]: mail, [now]: mail, [broken]: "TMP" },
    });
    // also on a persistent home, whose marker says that the step was done
    assertCommandFailed(await verify("spool"), /3 mails of ended pods still in the database/);
    const ran = await run("spool");
    assertCommandPassed(ran);
    assert.match(
      ran.output,
      /not restored: rollcall-spool\/broken\/9-1-1-1\/problem-email-4 in the table virtual_fs/,
    );
    assertCommandPassed(await verify("spool"));
    assert.deepEqual(Object.keys((await rig.state()).virtualFs).sort(), [
      "rollcall-spool/broken/9-1-1-1/problem-email-4",
      now,
    ]);
    assert.deepEqual(await listSpool(pod), ["problem-email-1", "problem-email-2"]);
    await rm(join(pod.home, "var/spool/problem-email-2"));
    await rig.change({ up: false });
    assertCommandFailed(
      await run("stop", "--wait", "1"),
      /cannot move the mails in .*var\/spool to the database: /,
    );
    assert.deepEqual(await listSpool(pod), ["problem-email-1"]);
    await rig.change({ up: true });
    assertCommandFailed(await verify("leave"), /1 mail in .*var\/spool would be lost with the pod/);
    await rm(join(pod.home, "var/spool"), { recursive: true });
    assertCommandFailed(await verify("spool"), /var\/spool is not writable, so OTOBO would lose mails/);
  });

  it("leave: waits for the entrypoint's daemon, and hands back only this node's future tasks", async () => {
    const { pod, run, verify } = await ready({
      scheduler_future_task: [0, 100_300_000_042, 100_100_000_007],
      scheduler_task: [],
    });
    // like the image's entrypoint: from the home, with a relative path
    const started = spawnSync("bin/otobo.Daemon.pl", ["start"], {
      cwd: pod.home,
      env: { PATH: process.env["PATH"] ?? "", ...pod.env },
      // the daemon keeps these open
      stdio: "ignore",
      ...UNPRIVILEGED_USER,
    });
    assert.equal(started.status, 0);
    await waitUntilPasses(async () =>
      assert.match(String((await rig.state()).scheduler_future_task[0]), /^1002\d{8}$/),
    );
    assertCommandFailed(await verify("leave"), /the daemon is still running \(processes \d+\)/);
    assertCommandPassed(await run("leave", "--wait", "20"));
    assertCommandPassed(await verify("leave"));
    await assert.rejects(stat(join(pod.home, ".copy_otobo_next_finished")));
    assert.deepEqual((await rig.state()).scheduler_future_task, [0, 100_300_000_042, 100_100_000_007]);
  });
});
