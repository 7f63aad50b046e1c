// A member of a ring may send any answer: neither the webhook, before a scale-down, nor the runner, in every member,
// reads more than an honest answer has.

import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Plan } from "../../init/contract/plan.ts";
import { buildRingFields } from "../presets/ozone-om/plan.ts";
import { buildSetObject, setReview } from "./reviews.ts";
import { startRunnerCommand } from "./runner.ts";
import { renderProfiles, WebhookProcess } from "./webhook.ts";

const MIB = 1024 * 1024;

const BEAN = {
  name: "Ratis:service=RaftServer,group=group-D66704EFC61C,id=web-0",
  GroupId: "group-D66704EFC61C",
  Id: "web-0",
  Role: "LEADER",
  LeaderId: "web-0",
  CurrentTerm: 3,
};

type Send = (response: ServerResponse) => void;

const zeros = `[${"0,".repeat(500_000)}0]`;

const ANSWERS: Record<string, Send> = {
  "1 MB of followers that are none": (response) =>
    response.end(
      JSON.stringify({ beans: [{ ...BEAN, Followers: 0 }] }).replace('"Followers":0', `"Followers":${zeros}`),
    ),
  "1 MB of beans that are none": (response) => response.end(`{"beans":${zeros}}`),
  "60 KiB of followers": (response) =>
    response.end(
      JSON.stringify({
        beans: [{ ...BEAN, Followers: Array.from({ length: 10_000 }, (_, id) => `a${id}`) }],
      }),
    ),
  "60 KiB of beans of its group": (response) =>
    response.end(JSON.stringify({ beans: Array(300).fill(BEAN) })),
  "nothing but spaces, without end": (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(" ".repeat(64 * 1024)));
    };
    response.on("drain", more);
    more();
  },
};

describe("a hostile member", function () {
  this.timeout(60_000);
  let webhook: WebhookProcess;
  let member: Server;
  let send: Send;
  let sent = 0;
  const port = (): number => (member.address() as AddressInfo).port;
  before(async () => {
    member = createServer((_request, response) => {
      response.socket?.on("close", () => {
        sent = response.socket?.bytesWritten ?? sent;
      });
      send(response);
    });
    await new Promise<void>((done) => member.listen(0, "127.0.0.1", done));
    webhook = await WebhookProcess.start({
      profiles: renderProfiles(`ports: {http: ${port()}}`),
    });
    webhook.api.instead = (request, response) => {
      if (!request.url?.startsWith("/api/v1/namespaces/shop/pods")) return false;
      response.end(JSON.stringify({ metadata: {}, items: [0, 1, 2].map(livePod) }));
      return true;
    };
  });
  after(async () => {
    await webhook.stop();
    member.closeAllConnections();
    member.close();
  });

  const livePod = (ordinal: number) => ({
    metadata: {
      name: `web-${ordinal}`,
      uid: `uid-${ordinal}`,
      labels: { app: "web" },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u-1", controller: true },
      ],
    },
    spec: { containers: [{ name: "app" }] },
    status: {
      phase: "Running",
      podIP: "127.0.0.1",
      containerStatuses: [{ name: "app", state: { running: {} } }],
    },
  });

  const mounted = {
    containers: [{ name: "app", image: "ozone:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
  };
  const scaleDown = (): string =>
    setReview(buildSetObject("ring", mounted, { replicas: 2 }), {
      operation: "UPDATE",
      oldObject: buildSetObject("ring", mounted),
    });

  const plan = (): Plan => ({
    schema: 1,
    identity: {
      namespace: "shop",
      workload: "web",
      pod: "web-0",
      nodeId: "1",
      kind: "ozone-om",
      profile: "ring",
    },
    ordinal: 0,
    release: "ozone:1",
    revision: null,
    markers: { store: "pvc", root: "/nowhere", path: ".rollcall" },
    s3: null,
    lock: { store: "lease", seconds: 30 },
    api: { folder: "/nowhere" },
    drop: "deny",
    leave: null,
    ...buildRingFields({
      serviceId: "omservice",
      members: [{ id: "web-0", web: `http://127.0.0.1:${port()}` }],
      scm: ["http://127.0.0.1:1"],
      caFile: null,
      metadata: { dirs: "/nowhere", dbDirs: "/nowhere", ratisDir: null },
      container: "app",
      command: ["ozone"],
      joinSeconds: 60,
      waitSeconds: 60,
      leaveSeconds: 60,
    }),
    steps: [],
  });

  for (const [what, answer] of Object.entries(ANSWERS)) {
    it(`that answers ${what} is not believed and delays no review`, async () => {
      send = answer;
      const before = await webhook.stall();
      const { status, text } = await webhook.post("/validate", scaleDown(), 8_000);
      assert.equal(status, 200);
      assert.match(text, /"allowed":false/);
      const { cpuMs, rss } = await webhook.stall();
      const worked = cpuMs - before.cpuMs;
      assert.ok(worked < 400, `${Math.round(worked)} ms of CPU`);
      assert.ok(rss < 400 * MIB, `${Math.round(rss / MIB)} MiB`);
    });

    it(`that answers ${what} does not make another member ready`, async () => {
      send = answer;
      const { code, output, milliseconds } = await startRunnerCommand(plan(), ["om", "ready"]).ended;
      assert.equal(code, 1, output);
      assert.ok(milliseconds < 6_000, `${Math.round(milliseconds)} ms`);
      assert.ok(output.length < 4_096, `${output.length} characters`);
    });
  }

  it("that answers endlessly is disconnected after 64 KiB", async () => {
    send = ANSWERS["nothing but spaces, without end"] ?? assert.fail();
    sent = 0;
    await startRunnerCommand(plan(), ["om", "ready"]).ended;
    // plus the buffers of the sockets
    assert.ok(sent > 0 && sent < 8 * MIB, `${sent} bytes`);
    const { text } = await webhook.post("/validate", scaleDown(), 8_000);
    assert.match(text, /larger than 64 KiB/);
  });
});
