// `leave` and `drain` as programs, as a preStop and users start them; test/sim tests the engine's decisions. The API
// server is `try`'s stand-in over real HTTPS.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Plan } from "../../init/contract/plan.ts";
import type { PlanOzone } from "../../presets/ozone-om/contract/plan.ts";
import { giveAccess, readSetRecord } from "../../webhook/cli/try/apiAccess.ts";
import { ApiStandIn } from "../../webhook/cli/try/apiStandIn.ts";
import { issueSelfSigned } from "../../webhook/tls/selfSigned.ts";
import { buildRingFields } from "../presets/ozone-om/plan.ts";
import { RUNNER } from "../programs.ts";
import { buildShellCommand, IDENTITY, makeRig, planOn, type Rig } from "./rig.ts";
import { KEY_ENV, placeAt } from "./world/s3/place.ts";
import { startStandIn } from "./world/s3/standIn.ts";

const OZONE: PlanOzone = {
  serviceId: "omservice",
  members: [{ id: "web-1", web: "http://localhost:9" }],
  scm: ["http://localhost:9"],
  caFile: null,
  metadata: { dirs: "/nowhere", dbDirs: "/nowhere", ratisDir: null },
  container: "om",
  command: ["false"],
  joinSeconds: 1,
  waitSeconds: 1,
  leaveSeconds: 10,
};

/** What the runner logs of a step in an init container, and what follows there. */
const STEP_FAILURE = /RC20[4-8]|not marked|kubelet|step (leave|drain)\b.*(exited|exceeded)/;

describe("the runner's leave and drain", function () {
  this.timeout(60_000);
  let api: ApiStandIn;
  let rig: Rig;
  let env: Record<string, string>;
  let folder: string;
  let left: string;
  beforeEach(async () => {
    rig = await makeRig();
    left = join(rig.volume, "left");
    folder = join(rig.volume, "..", "token");
    await mkdir(folder);
    api = await ApiStandIn.start(await issueSelfSigned(["127.0.0.1"], new Date()));
    env = await giveAccess(api, folder);
    wants(3);
  });
  afterEach(async () => {
    await api.close();
    await rig.remove();
  });

  const wants = (replicas: number): void =>
    api.putStatefulSet(IDENTITY.namespace, IDENTITY.workload, {
      metadata: { name: IDENTITY.workload, generation: 1 },
      spec: { replicas },
      status: { observedGeneration: 1 },
    });
  const plan = (changes: Partial<Plan> = {}): Plan =>
    planOn(rig, [], {
      api: { folder },
      drop: "managed",
      leave: {
        run: buildShellCommand('echo x >> "$1"', left),
        verify: ["test", "-s", left],
        timeoutSeconds: 20,
      },
      ...changes,
    });
  const start = (
    written: Plan,
    words: readonly string[],
    more = {},
    stopAt: RegExp | null = null,
  ): Promise<{ code: number | null; log: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [RUNNER, ...words], {
        env: {
          PATH: process.env["PATH"] ?? "",
          ...env,
          ...more,
          ROLLCALL_PLAN: JSON.stringify(written),
          ROLLCALL_POD_UID: "uid-1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let log = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          log += chunk.toString();
          if (!child.killed && stopAt?.test(log)) child.kill("SIGTERM");
        });
      }
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, log }));
    });
  const timesLeft = async (): Promise<number> => (await readFile(left, "utf8").catch(() => "")).length / 2;

  it("leave changes nothing if the ordinal stays, and runs the application's own preStop with its exit code", async () => {
    const own = join(rig.volume, "own");
    const { code, log } = await start(plan(), [
      "leave",
      "--",
      ...buildShellCommand('echo bye > "$1"; exit 7', own),
    ]);
    assert.equal(code, 7, log);
    assert.match(log, /pod web-1 does not leave: ordinal 1 stays: the StatefulSet has ordinals 0 to 2/);
    assert.equal(await readFile(own, "utf8"), "bye\n");
    assert.deepEqual([await timesLeft(), readSetRecord(api, IDENTITY)], [0, null]);
  });

  it("leave runs, verifies and records once if the ordinal is removed, then runs the own preStop", async () => {
    wants(1);
    const first = await start(plan(), ["leave", "--", "true"]);
    assert.equal(first.code, 0, first.log);
    assert.match(first.log, /pod web-1 has left \(verify .* exited 0\)/);
    const tombstone = readSetRecord(api, IDENTITY)?.tombstones["web-1"];
    assert.deepEqual([tombstone?.podUid, tombstone?.finished], ["uid-1", true]);
    const again = await start(plan(), ["leave"]);
    assert.equal(again.code, 0, again.log);
    assert.equal(await timesLeft(), 1, "it leaves once");
  });

  const FIRST: [what: string, ends: (socket: Socket) => void][] = [
    ["gets no answer", () => undefined],
    ["fails late, and before it is asked again", (socket) => void setTimeout(() => socket.destroy(), 3_300)],
    ["fails while it is asked again", (socket) => void setTimeout(() => socket.destroy(), 4_100)],
  ];
  for (const [what, ends] of FIRST) {
    it(`leave retries if the first request ${what}`, async () => {
      wants(1);
      let asked = 0;
      const front = createServer(async (socket) => {
        asked += 1;
        socket.on("error", () => undefined);
        if (asked === 1) return ends(socket);
        if (asked === 2) await sleep(300);
        const behind = connect(Number(env["KUBERNETES_SERVICE_PORT"]), "127.0.0.1");
        behind.on("error", () => socket.destroy());
        socket.pipe(behind).pipe(socket);
      });
      await new Promise<void>((done) => front.listen(0, "127.0.0.1", done));
      try {
        const { port } = front.address() as AddressInfo;
        const through = {
          KUBERNETES_SERVICE_PORT: String(port),
          KUBERNETES_SERVICE_PORT_HTTPS: String(port),
        };
        const { code, log } = await start(plan(), ["leave"], through);
        assert.equal(code, 0, log);
        assert.match(log, /pod web-1 has left/);
        assert.equal(readSetRecord(api, IDENTITY)?.tombstones["web-1"]?.finished, true);
      } finally {
        front.close();
      }
    });
  }

  it("a failed leave exits 1 without a tombstone, and the own preStop still runs", async () => {
    wants(1);
    const own = join(rig.volume, "own");
    const failing = { run: ["false"], verify: ["false"], timeoutSeconds: 20 };
    const { code, log } = await start(plan({ leave: failing }), ["leave", "--", "touch", own]);
    assert.equal(code, 1, log);
    assert.match(
      log,
      /^rollcall: RC216 leave-failed: run \[false\] exited 1, then verify \[false\] exited 1; the pod is not recorded as having left\. It ends all the same .* scale up again/m,
    );
    assert.match(log, /^rollcall: leave: run \[false\] exited 1, .*; retrying in [\d.]+ s \(3 of 3\)$/m);
    assert.doesNotMatch(log, STEP_FAILURE);
    assert.equal(await readFile(own, "utf8"), "");
    assert.deepEqual(readSetRecord(api, IDENTITY)?.tombstones, {});
  });

  const FAILING_DRAINS: [what: string, leave: NonNullable<Plan["leave"]>, says: RegExp][] = [
    [
      "whose verify fails",
      { run: ["true"], verify: ["false"], timeoutSeconds: 20 },
      /run exited 0, but verify \[false\] exited 1/,
    ],
    [
      "that exceeds its timeout",
      { run: ["sleep", "30"], verify: ["false"], timeoutSeconds: 1 },
      /\[sleep 30\] exceeded 1 s and was stopped with SIGINT/,
    ],
    [
      "whose command is missing",
      { run: ["/nowhere/leave"], verify: ["true"], timeoutSeconds: 1 },
      /\[\/nowhere\/leave\] could not be started: /,
    ],
  ];
  for (const [what, failing, says] of FAILING_DRAINS) {
    it(`a drain ${what} exits 1 with RC216 and says to drain again`, async () => {
      const { code, log } = await start(plan({ drop: "drained", leave: failing }), ["drain"]);
      assert.equal(code, 1, log);
      const last = log.trimEnd().split("\n").at(-1) ?? "";
      assert.match(last, /^rollcall: RC216 leave-failed: /);
      assert.match(last, says);
      assert.match(last, /; the pod is not recorded as drained\. Correct the cause, then run drain again$/);
      assert.doesNotMatch(log, STEP_FAILURE);
      assert.deepEqual(readSetRecord(api, IDENTITY)?.drained, {});
    });
  }

  it("a drain that is stopped exits 1 with RC216", async () => {
    const slow = {
      run: buildShellCommand("echo begun; exec sleep 30"),
      verify: ["true"],
      timeoutSeconds: 60,
    };
    const { code, log } = await start(
      plan({ drop: "drained", leave: slow }),
      ["drain"],
      {},
      /\[drain\] begun/,
    );
    assert.equal(code, 1, log);
    assert.match(
      log,
      /^rollcall: RC216 leave-failed: the runner was stopped before the leave was verified; the pod is not recorded as drained\./m,
    );
    assert.deepEqual(readSetRecord(api, IDENTITY)?.drained, {});
  });

  it("a ring's member gets no tombstone while no member answers, and cannot be drained", async () => {
    wants(1);
    const why = {
      leave: /leave-failed: web-1 is still in the ring: it waited \d+ s for a leader/,
      drain: /leave-failed: a member of a ring cannot be drained/,
    };
    for (const [word, says] of Object.entries(why)) {
      const { code, log } = await start(
        plan({ identity: { ...IDENTITY, kind: "ozone-om" }, leave: null, ...buildRingFields(OZONE) }),
        [word],
      );
      assert.equal(code, 1, log);
      assert.match(log, says);
    }
    assert.deepEqual(readSetRecord(api, IDENTITY)?.tombstones, {});
  });

  it("drain leaves regardless of the StatefulSet, and records the pod as drained", async () => {
    const { code, log } = await start(plan({ drop: "drained" }), ["drain"]);
    assert.equal(code, 0, log);
    assert.equal(readSetRecord(api, IDENTITY)?.drained["web-1"]?.podUid, "uid-1");
    assert.equal(await timesLeft(), 1);
  });

  it("rejects a lock on an S3 server without conditional writes, and runs no release step", async () => {
    const server = await startStandIn({ conditions: "ignored" });
    try {
      await writeFile(left, "");
      const step = {
        name: "migrate",
        scope: "release",
        run: buildShellCommand('echo x >> "$1"', left),
      } as const;
      const written = planOn(rig, [step], {
        api: { folder },
        s3: placeAt(server.url),
        lock: { store: "s3", seconds: 30 },
      });
      const { code, log } = await start(written, ["run", "--termination-log", "/dev/null"], KEY_ENV);
      assert.equal(code, 1, log);
      assert.match(
        log,
        /RC212 lock-unsafe: bucket boot at http.* cannot hold a lock: it ignores If-None-Match\. Two pods could hold it at once. Set the profile's lock to lease/,
      );
      assert.equal(await timesLeft(), 0);
    } finally {
      await server.stop();
    }
  });
});
