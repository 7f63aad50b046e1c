// Leader election and conditions on a real API server.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type ApiClient, createApiClient } from "../../../webhook/cluster/call.ts";
import { type Informer, startInformer } from "../../../webhook/cluster/informer.ts";
import { type LeaderElection, runForLeader } from "../../../webhook/cluster/leader.ts";
import { type StatusWriter, startStatusWriter } from "../../../webhook/cluster/statusWriter.ts";
import { readWatchedObject, type WatchedObject } from "../../../webhook/cluster/watchedObject.ts";
import { buildAdminAccess, type RealApiServer, startApiServer } from "../../policies/apiServer.ts";
import { defineWidgets, WIDGETS_PATH } from "./widgets.ts";

const PATIENCE_MS = 30_000;

const preserved = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const DEFINITION = defineWidgets({ spec: preserved, status: preserved });

interface Replica {
  readonly election: LeaderElection;
  readonly informer: Informer<WatchedObject>;
  readonly writer: StatusWriter;
  sent: number;
}

describe("leader election and conditions on a real API server", function () {
  this.timeout(120_000);
  let server: RealApiServer;
  let api: ApiClient;
  const replicas: Replica[] = [];

  const must = async (words: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await server.kubectl("admin", words, input);
    assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
    return stdout;
  };
  const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    const end = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      assert.ok(performance.now() < end, `never: ${what}`);
      await pause(50);
    }
  };
  const begin = (version: string): Replica => {
    const counted = (replica: () => Replica): Pick<ApiClient, "call"> => ({
      call: (request) => {
        replica().sent += 1;
        return api.call(request);
      },
    });
    const informer = startInformer({
      api,
      path: WIDGETS_PATH,
      what: "Widgets",
      read: readWatchedObject,
      onChange: () => replica.writer?.wake(),
      onTrouble: () => undefined,
      onUnreadable: (words) => assert.fail(words),
    });
    const election = runForLeader({
      api,
      namespace: "default",
      name: "rollcall-leader",
      identity: `replica-${version}`,
      version,
      onStarted: () => replica.writer.wake(),
      onStopped: () => undefined,
      onTrouble: (words) => words === null || assert.fail(words),
      times: { leaseMs: 6_000, renewMs: 4_000, retryMs: 500 },
    });
    const writer = startStatusWriter({
      api: counted(() => replica),
      path: WIDGETS_PATH,
      what: "Widgets",
      objects: informer,
      judge: (name) => {
        const found = informer.get(name);
        if (found === undefined) return null;
        const { uid, generation } = found;
        return { uid, generation, isReady: true, reason: "Accepted", message: `by ${version}` };
      },
      isLeader: () => election.isLeader(),
      onTrouble: (words) => words === null || assert.fail(words),
    });
    const replica: Replica = { election, informer, writer, sent: 0 };
    replicas.push(replica);
    return replica;
  };
  const readMessage = (name: string) =>
    must(["get", "widget", name, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].message}']);
  const holder = () => must(["get", "lease", "rollcall-leader", "-o", "jsonpath={.spec.holderIdentity}"]);

  before(async function () {
    server = await startApiServer(this);
    api = createApiClient(await buildAdminAccess(server));
    await must(["create", "-f", "-"], JSON.stringify(DEFINITION));
    await must(["wait", "--for=condition=Established", "crd/widgets.rollcall.test"]);
    for (const name of ["a", "b", "c"])
      await must(
        ["create", "-f", "-"],
        JSON.stringify({ apiVersion: "rollcall.test/v1", kind: "Widget", metadata: { name }, spec: {} }),
      );
  });
  after(async () => {
    for (const { election, informer, writer } of replicas)
      await Promise.all([writer.stop(), election.stop(), informer.stop()]);
    await server?.stop();
  });

  it("writes each condition once, by the first of two replicas", async () => {
    const first = begin("0.2.0");
    await until("a leader", () => first.election.isLeader());
    const second = begin("0.2.0");
    await until("a condition", async () => (await readMessage("c")) === "by 0.2.0");
    await pause(3_000);
    assert.deepEqual([first.sent, second.sent], [3, 0]);
    const audited = { conditions: [{ type: "Audited", status: "True" }] };
    await must([
      "patch",
      "widget",
      "a",
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status: audited }),
    ]);
    await until("it is written beside another's", async () => (await readMessage("a")) === "by 0.2.0");
    const types = await must(["get", "widget", "a", "-o", "jsonpath={.status.conditions[*].type}"]);
    assert.equal(types, "Audited Ready");
  });

  it("lets a newer version overwrite them, which keeps the Lease", async () => {
    const newer = begin("0.3.0");
    await until("the newer one leads", () => newer.election.isLeader());
    assert.match(await holder(), /^replica-0\.3\.0_/);
    await until("all are written", async () => (await readMessage("c")) === "by 0.3.0");
    await pause(3_000);
    assert.equal(newer.sent, 3);
    assert.deepEqual(
      replicas.map(({ election }) => election.isLeader()),
      [false, false, true],
    );
  });

  it("releases the Lease when it stops, and another replica takes it over", async () => {
    const newer = replicas[2];
    assert.ok(newer !== undefined);
    await newer.election.stop();
    await until("another one leads", () => replicas.some(({ election }) => election.isLeader()));
    assert.match(await holder(), /^replica-0\.2\.0_/);
  });
});
