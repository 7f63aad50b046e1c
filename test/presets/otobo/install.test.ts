// The step `install`: what it does with each state of a database, and what it says. That OTOBO's own modules then install
// it is shown on OTOBO's own code (pods/install.real.ts).
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import type { Otobo, ProbeAnswer } from "../../../presets/otobo/runner/otobo.ts";
import type { installAnswer } from "../../../presets/otobo/runner/probes/install.ts";
import type { StepOptions } from "../../../presets/otobo/runner/step.ts";
import { installOtobo } from "../../../presets/otobo/runner/steps/install.ts";
import { needsPrograms } from "../../requirements.ts";
import { makeWorker, openOtoboCli, removeProgram } from "./run.ts";
import { makeOtobo, type OtoboRig } from "./tree.ts";

type InstallAnswer = z.infer<typeof installAnswer>;

const EMPTY: InstallAnswer = {
  state: "empty",
  tables: [],
  surplus: [],
  unfit: "",
  busy: false,
  did: false,
};

const OPTIONS: StepOptions = {
  wait: 1,
  quick: false,
  userFiles: true,
  configBase: null,
  mayInstall: true,
  install: {
    fqdn: "desk.example.com",
    httpType: "https",
    systemID: 47,
    adminEmail: "admin@example.com",
    passwordFile: "/secret/password",
  },
};

/** An OTOBO whose probe answers one after the other. */
function openWith(home: string, ...answers: ProbeAnswer<InstallAnswer>[]) {
  const asked: string[][] = [];
  const said: string[] = [];
  const otobo = {
    home,
    env: { OTOBO_DB_NAME: "otobo", OTOBO_DB_HOST: "db", OTOBO_DB_PORT: "3306" },
    say: (line: string) => said.push(line),
    ask: async (_probe: string, _shape: unknown, ...words: string[]) => {
      asked.push(words);
      return answers.shift() ?? assert.fail("asked too often");
    },
  } as unknown as Otobo;
  return { otobo, asked, said };
}

const answer = (changes: Partial<InstallAnswer>): ProbeAnswer<InstallAnswer> => ({
  answer: { ...EMPTY, ...changes },
});

describe("the step install of otobo", function () {
  this.timeout(60_000);
  let rig: OtoboRig;
  before(async function () {
    needsPrograms(this, ["perl"]);
    await makeWorker();
  });
  beforeEach(async () => {
    rig = await makeOtobo({ valid: 0, finished: 0, tables: [], packages: [] });
  });
  afterEach(() => rig.remove());
  after(removeProgram);

  it("installs in an empty database, with the profile's settings and the password's file", async () => {
    const { otobo, asked, said } = openWith(
      rig.folder,
      answer({}),
      answer({ state: "installed", did: true }),
    );
    assert.equal(await installOtobo.run(otobo, OPTIONS), null);
    const settings = ["FQDN=desk.example.com", "HttpType=https", "SystemID=47", "SecureMode=1"];
    assert.deepEqual(asked, [
      ["look"],
      ["run", "/secret/password", ...settings, "AdminEmail=admin@example.com"],
    ]);
    assert.match(said.join(), /^OTOBO is installed in database otobo at db:3306; log in as root@localhost$/);
  });

  it("continues an installation of its own that was interrupted, also beside settings that this one deployed", async () => {
    await mkdir(join(rig.folder, "Kernel/Config/Files"), { recursive: true });
    await writeFile(join(rig.folder, "Kernel/Config/Files/ZZZAAuto.pm"), "1;\n");
    const done = answer({ state: "installed", did: true });
    const { otobo } = openWith(rig.folder, answer({ state: "interrupted" }), done);
    assert.equal(await installOtobo.run(otobo, OPTIONS), null);
    const { otobo: verified } = openWith(rig.folder, answer({ state: "interrupted" }));
    assert.match((await installOtobo.verify(verified, OPTIONS)) ?? "", /has not completed$/);
  });

  it("does nothing in an installed database", async () => {
    const installed = answer({ state: "installed" });
    const { otobo, said } = openWith(rig.folder, installed, installed, installed);
    assert.equal(await installOtobo.run(otobo, OPTIONS), null);
    assert.match(said.join(), /before: nothing to do/);
    assert.equal(await installOtobo.verify(otobo, OPTIONS), null);
  });

  const REFUSED: [what: string, state: Partial<InstallAnswer>, says: RegExp][] = [
    [
      "tables of others",
      { state: "foreign", tables: ["wiki"] },
      /^database otobo at db:3306 has tables, but no complete installation of OTOBO \(wiki\), and was left as it is; for/,
    ],
    [
      "an interrupted installation beside tables of others",
      { state: "interrupted", tables: ["wiki"] },
      /was interrupted, but since then others have created tables \(wiki\), and it was left as it is; if you have/,
    ],
    [
      "an interrupted installation over which a dump was loaded",
      { state: "interrupted", surplus: ["ticket", "users"] },
      /others have written to tables \(ticket, users\), .* drop the table rollcall_install; otherwise empty/,
    ],
    [
      "a database that cannot hold all characters",
      { unfit: "its character set is latin1" },
      /^OTOBO cannot be installed in database otobo at db:3306: its character set is latin1$/,
    ],
  ];
  for (const [what, state, says] of REFUSED) {
    it(`leaves ${what} as it is, and says why`, async () => {
      const { otobo, asked } = openWith(rig.folder, answer(state));
      assert.match((await installOtobo.run(otobo, OPTIONS)) ?? "", says);
      assert.deepEqual(asked, [["look"]]);
      const { otobo: verified } = openWith(rig.folder, answer(state));
      assert.notEqual(await installOtobo.verify(verified, OPTIONS), null);
    });
  }

  it("does not replace an installation whose database has lost its tables", async () => {
    await mkdir(join(rig.folder, "Kernel/Config/Files"), { recursive: true });
    await writeFile(join(rig.folder, "Kernel/Config/Files/ZZZAAuto.pm"), "1;\n");
    const { otobo, asked } = openWith(rig.folder, answer({}));
    assert.match(
      (await installOtobo.run(otobo, OPTIONS)) ?? "",
      /is empty, but .*ZZZAAuto\.pm is of an earlier installation; restore its database, or,/,
    );
    assert.deepEqual(asked, [["look"]]);
  });

  it("reports a process that has lost the release's lock and still installs", async () => {
    const { otobo } = openWith(rig.folder, answer({}), answer({ busy: true }));
    assert.match(
      (await installOtobo.run(otobo, OPTIONS)) ?? "",
      /^another process is installing OTOBO in database/,
    );
  });

  it("reports why a probe failed", async () => {
    const { otobo } = openWith(rig.folder, answer({}), { why: "/secret/password is empty" });
    assert.equal(
      await installOtobo.run(otobo, OPTIONS),
      "OTOBO could not be installed in database otobo at db:3306: /secret/password is empty",
    );
  });

  it("lets wait pass an empty database, and leaves the release's id as it will be after the installation", async () => {
    const cli = openOtoboCli(rig, await rig.pod(1));
    for (const step of ["home", "config"]) assert.equal((await cli.run(step)).code, 0);
    assert.equal((await cli.run("wait", "--wait", "1")).code, 1);
    const waited = await cli.run("wait", "--wait", "1", "--may-install");
    assert.equal(waited.code, 0, waited.output);
    const first = await cli.run("release", "--may-install");
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /^11\.0\.5\S* packages:0:\w+$/m);
    await rig.change({ valid: 3, finished: 1, tables: ["valid"] });
    assert.equal((await cli.run("release", "--may-install")).output, first.output);
    assert.equal((await cli.run("release")).output, first.output);
    await rig.change({ up: false });
    assert.match((await cli.run("release", "--may-install")).output, /cannot connect to database otobo at/);
  });

  // a kill may leave the last deployment and a closed installer, but the password of OTOBO's first rows
  it("lets no other profile serve a database whose installation was killed, also with SecureMode set", async function () {
    this.timeout(300_000);
    const pod = await rig.pod(1);
    const cli = openOtoboCli(rig, pod);
    const refused = ({ code, output }: { code: number | null; output: string }, says: RegExp) => {
      assert.equal(code, 1, output);
      assert.match(output, says);
    };
    for (const step of ["home", "config"]) assert.equal((await cli.run(step)).code, 0);
    await rig.change({ valid: 3, finished: 1, tables: ["valid", "ticket", "translation_item"], marker: 1 });
    const started = await cli.run("wait", "--wait", "1");
    refused(
      started,
      /an unattended installation in database otobo at .* has not completed, .* default password/,
    );
    assert.match(started.output, /firstInstall: Unattended/);
    refused(await cli.verify("wait"), /has not completed/);
    refused(await cli.verify("gate"), /has not completed/);
    const first = openOtoboCli(rig, { ...pod, env: { ...pod.env, OTOBO_FIRST_INSTALL: "1" } });
    refused(await first.verify("wait"), /has not completed/);
    refused(await first.verify("gate"), /has not completed/);
    // the profile that installs gets to its step, and not past the gate
    assert.equal((await cli.run("wait", "--wait", "1", "--may-install")).code, 0);
    refused(await cli.verify("gate", "--may-install"), /has not completed/);

    await rig.change({ valid: 0, finished: 0, tables: [] });
    refused(await first.verify("wait"), /has not completed/);
    await rig.change({ valid: 3, finished: 1, marker: "SELECT command denied" });
    refused(await cli.verify("wait"), /rollcall_install cannot be read: SELECT command denied/);
    // without its row the table says nothing: a dump may have been loaded since
    for (const marker of [0, null]) {
      await rig.change({ marker });
      assert.equal((await cli.verify("wait")).code, 0);
    }
  });
});
