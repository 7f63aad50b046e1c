// The informer on a real API server, which stops and restarts, as does its etcd.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type ApiClient, createApiClient } from "../../../webhook/cluster/call.ts";
import { type Informer, startInformer } from "../../../webhook/cluster/informer.ts";
import type { CacheChange } from "../../../webhook/cluster/objectCache.ts";
import { readWatchedObject, type WatchedObject } from "../../../webhook/cluster/watchedObject.ts";
import { buildAdminAccess, type RealApiServer, startApiServer } from "../../policies/apiServer.ts";
import { defineWidgets, WIDGETS_PATH } from "./widgets.ts";

const PATIENCE_MS = 30_000;

/** How long an edit may take to arrive, in addition to kubectl's own duration. */
const SOON_MS = 1_000;

const DEFINITION = defineWidgets({
  spec: { type: "object", properties: { size: { type: "integer" } } },
});

const widget = (name: string, size = 1): object => ({
  apiVersion: "rollcall.test/v1",
  kind: "Widget",
  metadata: { name },
  spec: { size },
});

describe("the informer on a real API server", function () {
  this.timeout(180_000);
  let server: RealApiServer;
  let api: ApiClient;
  let informer: Informer<WatchedObject>;
  let changes: CacheChange<WatchedObject>[] = [];
  let troubles: (string | null)[] = [];
  /** the paths of the informer's watches */
  const watches: string[] = [];
  /** the version from which the next watch starts instead, once */
  let insteadFrom: string | null = null;
  const deadline = () => AbortSignal.timeout(PATIENCE_MS);

  const must = async (words: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await server.kubectl("admin", words, input);
    assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
    return stdout;
  };
  const apply = (...objects: object[]) =>
    must(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  /** @returns the duration in milliseconds */
  const until = async (what: string, holds: () => boolean, most = PATIENCE_MS): Promise<number> => {
    const began = performance.now();
    while (!holds()) {
      const took = performance.now() - began;
      assert.ok(took < most, `not in ${most} ms: ${what}; told: ${JSON.stringify(troubles)}`);
      await pause(5);
    }
    return performance.now() - began;
  };
  const readSize = (name: string): number | undefined =>
    (informer.get(name)?.object as { spec: { size: number } } | undefined)?.spec.size;
  let size = 1;
  const assertFollows = async (within: number): Promise<void> => {
    size += 1;
    await must(["patch", "widget", "w-0", "--type=merge", "-p", JSON.stringify({ spec: { size } })]);
    await until(`size ${size}`, () => readSize("w-0") === size, within);
  };

  before(async function () {
    server = await startApiServer(this);
    const real = createApiClient(await buildAdminAccess(server));
    api = {
      ...real,
      watch: (request) => {
        const path =
          insteadFrom === null
            ? request.path
            : request.path.replace(/resourceVersion=\d+/, `resourceVersion=${insteadFrom}`);
        insteadFrom = null;
        watches.push(path);
        return real.watch({ ...request, path });
      },
    };
    informer = startInformer({
      api,
      path: WIDGETS_PATH,
      what: "Widgets",
      read: readWatchedObject,
      onChange: (change) => changes.push(change),
      onTrouble: (words) => troubles.push(words),
      onUnreadable: (words) => assert.fail(words),
    });
  });
  after(async () => {
    await informer?.stop();
    await server?.stop();
  });
  beforeEach(() => {
    changes = [];
    troubles = [];
  });

  it("waits for a resource that does not exist yet", async () => {
    await pause(1_000);
    assert.equal(informer.isSynced(), false);
    await assert.rejects(informer.refresh("w-0", deadline()), /Widgets: w-0 could not be read: 404/);
    await must(["create", "-f", "-"], JSON.stringify(DEFINITION));
    await until("synced", () => informer.isSynced());
    assert.deepEqual(informer.list(), []);
    await must(["wait", "--for=condition=Established", "crd/widgets.rollcall.test"]);
  });

  it("receives 50 objects, and each edit within a second", async () => {
    await apply(...Array.from({ length: 50 }, (_, at) => widget(`w-${at}`)));
    await until("50 objects", () => informer.list().length === 50, SOON_MS);
    for (let edits = 0; edits < 5; edits += 1) await assertFollows(SOON_MS);
    await must(["delete", "widget", "w-49"]);
    await until("w-49 is gone", () => informer.get("w-49") === undefined, SOON_MS);
    assert.deepEqual(troubles, []);
  });

  it("returns an object as the API server has it", async () => {
    size += 1;
    await must(["patch", "widget", "w-0", "--type=merge", "-p", JSON.stringify({ spec: { size } })]);
    const found = await informer.refresh("w-0", deadline());
    assert.deepEqual(found?.object, JSON.parse(await must(["get", "--raw", `${WIDGETS_PATH}/w-0`])));
    assert.equal(readSize("w-0"), size);
    assert.equal(await informer.refresh("w-49", deadline()), null);
    await apply(widget("w-49"));
    assert.equal((await informer.refresh("w-49", deadline()))?.name, "w-49");
  });

  it("continues without a new list when the API server ends the watch", async () => {
    const short = startInformer({
      api,
      path: WIDGETS_PATH,
      what: "Widgets",
      read: readWatchedObject,
      onChange: () => undefined,
      onTrouble: (words) => troubles.push(words),
      onUnreadable: (words) => assert.fail(words),
      random: () => 0,
      times: { watchMs: 3_000, goodMs: 1_000 },
    });
    watches.length = 0;
    await until("two watches", () => watches.length >= 2);
    await apply(widget("late"));
    await until("late is there", () => short.get("late") !== undefined, SOON_MS);
    await until("three watches", () => watches.length >= 3);
    await short.stop();
    assert.deepEqual(troubles, []);
  });

  it("keeps its cache while the API server is down, and continues when it is back", async () => {
    await server.kill("kube-apiserver");
    await until("it is told", () => troubles.length > 0);
    assert.equal(informer.list().length, 51);
    await assert.rejects(informer.refresh("w-0", deadline()), /connection refused/);
    await pause(3_000);
    await server.revive("kube-apiserver");
    // the longest pause and a list
    await until("it is over", () => troubles.at(-1) === null, 8_000);
    await assertFollows(SOON_MS);
    assert.equal(informer.list().length, 51);
    assert.ok(
      changes.every(({ removed }) => removed.length === 0),
      "a restart removed objects",
    );
  });

  it("survives an outage of etcd, and one of both", async () => {
    await server.kill("etcd");
    await pause(3_000);
    assert.equal(informer.list().length, 51);
    await assert.rejects(informer.refresh("w-0", AbortSignal.timeout(2_000)), /no answer in time|5\d\d/);
    await server.revive("etcd");
    await assertFollows(8_000);
    await assertFollows(SOON_MS);
    await server.kill("kube-apiserver");
    await server.kill("etcd");
    await pause(1_000);
    await server
      .revive("etcd")
      .catch((error: Error) => assert.match(error.message, /kube-apiserver has ended/));
    await server.revive("kube-apiserver");
    await assertFollows(8_000);
    assert.equal(informer.list().length, 51);
    assert.ok(
      changes.every(({ removed }) => removed.length === 0),
      "a restart removed objects",
    );
  });

  it("lists again if etcd has compacted the history since its version", async () => {
    await server.kill("kube-apiserver");
    await server.compact();
    insteadFrom = "2";
    await server.revive("kube-apiserver");
    await until("the old version was asked for", () => insteadFrom === null);
    await assertFollows(8_000);
    const began = api.watch({
      path: `${WIDGETS_PATH}?watch=true&resourceVersion=2&timeoutSeconds=5`,
      deadline: deadline(),
      silenceMs: PATIENCE_MS,
      onOpen: () => undefined,
      onEvent: (event) => {
        const { type, object } = event as { type: string; object: { code: number } };
        throw new Error(`${type} ${object.code}`);
      },
    });
    await assert.rejects(began, /410/);
  });

  it("notices that the resource is deleted, and that it is back", async () => {
    await must(["delete", "crd", "widgets.rollcall.test"]);
    await until("no objects", () => informer.list().length === 0);
    await must(["create", "-f", "-"], JSON.stringify(DEFINITION));
    await must(["wait", "--for=condition=Established", "crd/widgets.rollcall.test"]);
    await apply(widget("w-0"));
    await until("w-0 is back", () => informer.get("w-0") !== undefined, 8_000);
    await assertFollows(SOON_MS);
  });
});
