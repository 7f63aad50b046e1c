// Whole pods on an image's tree lose no data: a mail that cannot be processed, directories for files, ACLs and
// processes after a move to an empty bucket.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { buildOtoboProbes } from "../../../../presets/otobo/webhook/probes.ts";
import type { ContainerTarget } from "../../../../webhook/kubernetes/objects.ts";
import { needsPrograms, needsRoot } from "../../../requirements.ts";
import { makeProgram, openOtoboCli, removeProgram } from "../run.ts";
import type { PodEnvironment, TestedPod } from "./land.ts";
import { runIn } from "./look.ts";
import { makeSet, type PodEnd } from "./start.ts";

export function describeNothingLost(
  name: string,
  makeLand: (context: Mocha.Context) => Promise<PodEnvironment>,
): void {
  describe(name, function () {
    this.timeout(1_200_000);
    let land: PodEnvironment;
    let set: Awaited<ReturnType<typeof makeSet>>;
    before(async function () {
      needsRoot(this);
      needsPrograms(this, ["perl", "unshare", "setpriv"]);
      await makeProgram();
      land = await makeLand(this);
    });
    after(async () => {
      await land?.remove();
      await removeProgram();
    });
    beforeEach(async () => {
      await land.reset();
      set = await makeSet(land);
    });
    afterEach(() => set?.close());

    const started = async (ordinal: number): Promise<{ pod: TestedPod; end: PodEnd }> => {
      const pod = await land.pod(ordinal);
      const end = await set.run(pod);
      assert.equal(end.code, 0, end.log);
      return { pod, end };
    };

    it("a mail that cannot be processed is kept, and is reprocessed after its pod was deleted", async () => {
      const subject = `kept by rollcall ${Date.now()}`;
      const { pod } = await started(0);
      await land.receiveBadMail(pod, subject);
      const stopped = await openOtoboCli(land, pod).run("stop", "--wait", "20");
      assert.equal(stopped.code, 0, stopped.output);
      assert.match(stopped.output, /1 mail moved from .*var\/spool into the database/);
      await rm(pod.home, { recursive: true });
      const { pod: next, end } = await started(1);
      assert.match(end.log, /1 mail of ended pods restored to .*var\/spool/);
      assert.equal(await land.reprocess(next, subject), 1);
    });

    it("temporary files, attachments and PGP find their directories", async () => {
      const { pod } = await started(0);
      await land.makeFiles(pod);
    });

    it("an ACL and a process that were created before a move to an empty bucket work afterwards, in every pod", async () => {
      assert.deepEqual(await land.bucket.list(), []);
      for (const ordinal of [0, 1]) {
        const { pod } = await started(ordinal);
        assert.deepEqual(await land.acting(pod), { acl: true, process: true });
      }
      const names = (await land.bucket.list()).map((line) => line.split(" ")[0]);
      for (const file of ["ZZZACL.pm", "ZZZProcessManagement.pm"])
        assert.ok(names.includes(file), names.join());
    });
    it("translations made before a move to an empty bucket are used afterwards", async () => {
      const { pod } = await started(0);
      assert.notEqual(await land.translates(pod), false);
    });

    it("the default probes pass on OTOBO's own web server, and fail without a database", async function () {
      if (land.startWeb === undefined) return this.skip();
      const { pod } = await started(0);
      const { port, stop } = await land.startWeb(pod);
      try {
        const { startupProbe, livenessProbe, readinessProbe } = readWebProbes(port);
        for (const { httpGet } of [startupProbe, livenessProbe])
          assert.equal((await fetch(`http://127.0.0.1:${port}${httpGet?.path}`)).status, 200);
        const [program = "", ...words] = readinessProbe.exec?.command ?? [];
        await runIn(pod.home, pod.env, program, ...words);
      } finally {
        await stop();
      }
      const wrong = { ...pod, env: { ...pod.env, OTOBO_DB_PORT: "9" } };
      const broken = await land.startWeb(wrong);
      try {
        const [program = "", ...words] = readWebProbes(broken.port).readinessProbe.exec?.command ?? [];
        await assert.rejects(runIn(pod.home, pod.env, program, ...words), /index\.pl: 200/);
      } finally {
        await broken.stop();
      }
    });
  });
}

interface Probe {
  httpGet?: { path: string };
  exec?: { command: string[] };
}

/** The probes that a web container gets, for another port. */
function readWebProbes(port: number): Record<"startupProbe" | "livenessProbe" | "readinessProbe", Probe> {
  const target: ContainerTarget = { list: "containers", index: 0, container: { name: "web" } };
  const operations = buildOtoboProbes(target, { probes: true, daemon: "daemon" }, false);
  const pairs = operations.map((each) => [each.path.split("/").at(-1), "value" in each ? each.value : null]);
  return JSON.parse(JSON.stringify(Object.fromEntries(pairs)).replaceAll(":5000/", `:${port}/`));
}
