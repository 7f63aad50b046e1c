// A copy of a pod (kubectl debug --copy-to) has the plan of the original: the runner detects that, and does nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OWN_ENV } from "../../init/contract/places.ts";
import type { Plan } from "../../init/contract/plan.ts";
import { giveAccess } from "../../webhook/cli/try/apiAccess.ts";
import { ApiStandIn } from "../../webhook/cli/try/apiStandIn.ts";
import { issueSelfSigned } from "../../webhook/tls/selfSigned.ts";
import { RUNNER } from "../programs.ts";
import { buildShellCommand, IDENTITY, makeRig, planOn, type Rig } from "./rig.ts";

/** The kubelet's variables about a pod. */
const podEnv = (namespace: string, name: string) => ({
  ROLLCALL_POD_NAMESPACE: namespace,
  ROLLCALL_POD_NAME: name,
});
const ORIGINAL = podEnv("demo", "web-1");
const COPIES = [podEnv("demo", "web-1-debug"), podEnv("elsewhere", "web-1")];

const SAYS =
  /RC217 plan-of-another-pod: this is pod \S+, a copy with the plan of demo\/web-1; nothing was changed\. Create the copy with kubectl debug --keep-init-containers=false\. Its application then has the original's NodeID 2: do not let it write to shared data under that number/;
const COMMAND = "kubectl -n demo debug web-1 -it --copy-to=web-1-debug --keep-init-containers=false";

describe("the runner in a copy of its pod", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.remove());

  const touched = () => readdir(rig.volume);
  const stepOn = (): Plan =>
    planOn(rig, [
      { run: ["touch", join(rig.volume, "done")], verify: ["test", "-e", join(rig.volume, "done")] },
    ]);

  it("runs no step, uses no marker, and says how to copy the pod (3)", async () => {
    for (const copy of COPIES) {
      const { code, log, message } = await rig.run(stepOn(), copy);
      assert.equal(code, 3, log);
      assert.match(log, SAYS);
      assert.ok(log.includes(`this is pod ${copy.ROLLCALL_POD_NAMESPACE}/${copy.ROLLCALL_POD_NAME},`), log);
      assert.match(message, /^RC217 plan-of-another-pod: .*--keep-init-containers=false\. .*NodeID 2/);
      assert.equal(message.split("\n").at(-1), COMMAND);
      assert.deepEqual(await touched(), []);
    }
  });

  it("leaves the original's marker unchanged", async () => {
    assert.equal((await rig.run(stepOn(), ORIGINAL)).code, 0);
    const before = await readFile(rig.marker, "utf8");
    assert.equal((await rig.run(planOn(rig, [{}]), COPIES[0])).code, 3);
    assert.equal(await readFile(rig.marker, "utf8"), before);
  });

  it("runs in the original, and in a pod without the metadata variables", async () => {
    for (const env of [ORIGINAL, {}]) assert.equal((await rig.run(stepOn(), env)).code, 0);
  });

  it("hides the metadata variables from child processes", async () => {
    const file = join(rig.volume, "env");
    const plan = planOn(rig, [{ run: buildShellCommand('env > "$1"', file), verify: ["test", "-s", file] }]);
    assert.equal((await rig.run(plan, ORIGINAL)).code, 0);
    const env = await readFile(file, "utf8");
    for (const name of OWN_ENV) assert.ok(!env.includes(`${name}=`), name);
  });

  describe("when the copy stops", () => {
    let api: ApiStandIn;
    let plan: Plan;
    let env: Record<string, string>;
    beforeEach(async () => {
      const folder = join(rig.volume, "..", "token");
      await mkdir(folder);
      api = await ApiStandIn.start(await issueSelfSigned(["127.0.0.1"], new Date()));
      env = await giveAccess(api, folder);
      // the ordinal of the original is removed, so that the original would leave
      api.putStatefulSet(IDENTITY.namespace, IDENTITY.workload, {
        metadata: { name: IDENTITY.workload, generation: 1 },
        spec: { replicas: 1 },
        status: { observedGeneration: 1 },
      });
      plan = planOn(rig, [], {
        api: { folder },
        drop: "managed",
        leave: { run: ["touch", join(rig.volume, "left")], verify: ["true"], timeoutSeconds: 20 },
      });
    });
    afterEach(() => api.close());

    const start = (words: readonly string[], more: Record<string, string>) =>
      rig.command(words, plan, { ...env, ...more });

    it("neither leaves nor drains in place of the original (3)", async () => {
      for (const words of [["leave"], ["drain"]]) {
        const { code, log } = await start(words, COPIES[0] ?? {});
        assert.equal(code, 3, log);
        assert.match(log, SAYS);
        assert.ok(log.includes(COMMAND), log);
        assert.deepEqual(await touched(), [], words.join());
      }
      assert.equal((await start(["leave"], ORIGINAL)).code, 0);
      assert.deepEqual(await touched(), ["left"]);
    });

    it("runs the application's own preStop", async () => {
      const own = join(rig.volume, "own");
      const { code, log } = await start(["leave", "--", "touch", own], COPIES[0] ?? {});
      assert.equal(code, 3, log);
      assert.deepEqual(await touched(), ["own"]);
    });
  });

  it("refuses OTOBO steps by hand (3), but stops its daemon", () => {
    const otobo = (word: string, more: Record<string, string>) => {
      const env = { PATH: process.env["PATH"] ?? "", ROLLCALL_PLAN: JSON.stringify(stepOn()), ...more };
      const words = [RUNNER, "otobo", word, "--home", rig.volume, "--wait", "1"];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: "utf8" });
      return { code: status, out: stdout + stderr };
    };
    for (const word of ["migrate", "leave", "config"]) {
      const { code, out } = otobo(word, COPIES[0] ?? {});
      assert.equal(code, 3, out);
      assert.match(out, SAYS);
    }
    assert.doesNotMatch(otobo("stop", COPIES[0] ?? {}).out, /RC217/);
    assert.doesNotMatch(otobo("migrate", ORIGINAL).out, /RC217/);
  });
});
