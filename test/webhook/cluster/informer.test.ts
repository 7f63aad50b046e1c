// The informer against a real HTTPS server that misbehaves.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createApiClient } from "../../../webhook/cluster/call.ts";
import { type Informer, type InformerInput, startInformer } from "../../../webhook/cluster/informer.ts";
import type { CacheChange } from "../../../webhook/cluster/objectCache.ts";
import { readWatchedObject, type WatchedObject } from "../../../webhook/cluster/watchedObject.ts";
import { ResourceStandIn, refuse, THINGS_PATH } from "./resourceStandIn.ts";

/** Longer than any step takes on a busy machine. */
const PATIENCE_MS = 30_000;

const isWatch = ({ url = "" }: IncomingMessage): boolean => url.includes("watch=true");
const isList = (request: IncomingMessage): boolean =>
  !isWatch(request) && request.url?.split("?")[0] === THINGS_PATH;

describe("the informer", () => {
  let server: ResourceStandIn;
  let informer: Informer<WatchedObject>;
  let changes: CacheChange<WatchedObject>[];
  let troubles: (string | null)[];
  let unreadable: string[];
  const patient = new AbortController().signal;

  const begin = (input: Partial<InformerInput<WatchedObject>> = {}): void => {
    informer = startInformer({
      api: createApiClient(server.access()),
      path: THINGS_PATH,
      what: "Things",
      read: readWatchedObject,
      onChange: (change) => changes.push(change),
      onTrouble: (words) => troubles.push(words),
      onUnreadable: (words) => unreadable.push(words),
      random: () => 0.5,
      ...input,
    });
  };
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    const end = performance.now() + PATIENCE_MS;
    while (!holds()) {
      assert.ok(performance.now() < end, `never: ${what}; told: ${JSON.stringify(troubles)}`);
      await pause(5);
    }
  };
  const isCached = (name: string, generation: number) => informer.get(name)?.generation === generation;
  const untilWatching = () => until("watching", () => server.watching === 1);
  /** Asserts that the informer receives a change that is made now. */
  const assertFollows = async (): Promise<void> => {
    const { metadata } = server.apply("probe", Math.random());
    await until("it follows again", () => isCached("probe", metadata.generation));
  };
  const words = () =>
    changes.map(({ added, changed, removed }) =>
      [added, changed, removed].map((all) => all.map(({ name }) => name).join(",")).join("|"),
    );

  beforeEach(async () => {
    server = await ResourceStandIn.start();
    for (const name of ["a", "b", "c"]) server.apply(name);
    changes = [];
    troubles = [];
    unreadable = [];
  });
  afterEach(async () => {
    await informer.stop();
    await server.close();
  });

  it("lists in pages, then receives each change", async () => {
    begin();
    assert.deepEqual([informer.isSynced(), informer.lastContact()], [false, null]);
    await untilWatching();
    assert.ok(informer.isSynced() && informer.lastContact() !== null);
    assert.deepEqual(
      server.requests.map((line) => line.split("?")[1]),
      [
        "limit=500",
        "limit=500&continue=2",
        "watch=true&allowWatchBookmarks=true&resourceVersion=103&timeoutSeconds=450",
      ],
    );
    server.apply("d");
    server.apply("a", { is: "new" });
    server.delete("b");
    await until("b is gone", () => informer.get("b") === undefined);
    assert.deepEqual(words(), ["a,b,c||", "d||", "|a|", "||b"]);
    assert.deepEqual(informer.get("a")?.object, server.things.get("a"));
    assert.deepEqual(
      informer
        .list()
        .map(({ name }) => name)
        .sort(),
      ["a", "c", "d"],
    );
    assert.deepEqual(troubles, []);
  });

  it("continues from the last bookmark when the API server ends the watch, without a new list", async () => {
    begin({ times: { goodMs: 0 } });
    await untilWatching();
    server.delete("c");
    server.apply("elsewhere");
    server.delete("elsewhere");
    server.bookmark();
    await until("c is gone", () => informer.get("c") === undefined && changes.length === 4);
    const { version } = server;
    server.requests.length = 0;
    server.endWatches();
    await untilWatching();
    assert.match(
      server.requests.join(),
      new RegExp(`^GET [^,]*watch=true[^,]*resourceVersion=${version}&[^,]*$`),
    );
    await assertFollows();
    assert.deepEqual(troubles, []);
  });

  /** Milliseconds between watches, four of which get this answer. */
  const gapsBetween = async (answer: (response: ServerResponse) => unknown): Promise<number[]> => {
    const came: number[] = [];
    server.instead = (request, response) => {
      if (!isWatch(request) || came.length === 4) return false;
      came.push(performance.now());
      answer(response);
      return true;
    };
    begin();
    await until("four watches", () => came.length === 4);
    return came.slice(1).map((at, index) => at - (came[index] ?? 0));
  };

  it("waits longer and longer if each watch ends at once", async () => {
    const gaps = await gapsBetween((response) => response.writeHead(200).end());
    for (const [at, least] of [100, 200, 400].entries()) assert.ok((gaps[at] ?? 0) >= least - 5, gaps.join());
    assert.deepEqual(troubles, []);
    await assertFollows();
  });

  const tooOld = {
    type: "ERROR",
    object: { kind: "Status", code: 410, reason: "Expired", message: "too old" },
  };
  for (const [how, answer] of [
    ["as HTTP status", (response: ServerResponse) => refuse(response, 410)],
    ["as event", (response: ServerResponse) => response.writeHead(200).end(`${JSON.stringify(tooOld)}\n`)],
  ] as const)
    it(`lists again at once after 410 ${how}, and removes deleted objects in one change`, async () => {
      begin({ times: { goodMs: 0 } });
      await untilWatching();
      let left = 1;
      server.instead = (request, response) => {
        if (!isWatch(request) || left === 0) return false;
        left -= 1;
        answer(response);
        return true;
      };
      server.write = () => undefined;
      server.apply("d");
      server.apply("a", { is: "new" });
      server.delete("b");
      server.requests.length = 0;
      server.endWatches();
      await until("a new list", () => informer.get("d") !== undefined);
      assert.deepEqual(words(), ["a,b,c||", "d|a|b"]);
      assert.deepEqual(troubles, []);
      await untilWatching();
      assert.equal(server.requests.filter((line) => line.includes("watch=")).length, 2);
    });

  it("waits and reports it if each watch gets a 410", async () => {
    const gaps = await gapsBetween((response) => refuse(response, 410));
    for (const [at, least] of [100, 200, 400].entries()) assert.ok((gaps[at] ?? 0) >= least - 5, gaps.join());
    assert.deepEqual(troubles, ["Things: 410 refused with 410"]);
    await assertFollows();
  });

  const failures: [string, RegExp, (response: ServerResponse) => void][] = [
    ["500", /500 refused with 500/, (response) => refuse(response, 500)],
    ["503 in HTML", /503/, (response) => response.writeHead(503).end("<html>")],
    ["401", /401/, (response) => refuse(response, 401)],
    ["403, without rights yet", /403/, (response) => refuse(response, 403)],
    ["404, without the resource yet", /404/, (response) => response.writeHead(404).end("404 page not found")],
    ["429", /429/, (response) => refuse(response, 429)],
    ["a connection that breaks off", /was closed before/, (response) => response.destroy()],
    [
      "a truncated answer",
      /was closed before|not a list/,
      (response) => void response.writeHead(200).write('{"ty', () => response.destroy()),
    ],
    ["broken JSON", /JSON|not a list/, (response) => response.writeHead(200).end("{]\n")],
    ["JSON with another content", /not a(n event| list)/, (response) => response.writeHead(200).end("[1]\n")],
  ];
  for (const [is, said, answer] of failures)
    it(`keeps its cache and retries after ${is}`, async () => {
      for (const isOne of [isWatch, isList]) {
        troubles = [];
        begin({ times: { goodMs: 0 } });
        await untilWatching();
        let count = 0;
        server.instead = (request, response) => {
          if (!isOne(request)) return false;
          count += 1;
          answer(response);
          return true;
        };
        server.breakWatches();
        await until("three failures", () => count >= 3);
        assert.ok(isCached("a", 1) && informer.isSynced());
        assert.match(troubles.filter((each) => each !== null).join("\n"), said);
        server.instead = () => false;
        await assertFollows();
        await until("it is over", () => troubles.at(-1) === null);
        await informer.stop();
        await until("nobody watches", () => server.watching === 0);
      }
    });

  const breaks: [string, RegExp, () => void][] = [
    ["a line that is no JSON", /JSON/, () => server.write("{]\n")],
    ["a line that is no event", /not an event/, () => server.write('{"type":1}\n')],
    [
      "an event of 500",
      /500 etcd is away/,
      () =>
        server.tell({
          type: "ERROR",
          object: { code: 500, message: "etcd is away", metadata: { resourceVersion: "0" } },
        }),
    ],
    [
      "half a line at the end",
      /middle of a line/,
      () => {
        server.write('{"type":"ADDED"');
        server.endWatches();
      },
    ],
    [
      "a deletion without an object",
      /not of which object/,
      () => server.write('{"type":"DELETED","object":{}}\n'),
    ],
    [
      "a line above the bound",
      /larger than 8 MiB/,
      () => {
        for (let mebibytes = 0; mebibytes < 9; mebibytes += 1) server.write(Buffer.alloc(1024 * 1024, "x"));
      },
    ],
    ["a connection that breaks off", /broke off/, () => server.breakWatches()],
  ];
  for (const [is, said, misbehave] of breaks)
    it(`survives ${is} in the watch`, async () => {
      begin();
      await untilWatching();
      misbehave();
      await until("it is told", () => troubles.length > 0);
      assert.match(troubles[0] ?? "", said);
      assert.ok(isCached("a", 1));
      await assertFollows();
      await until("it is over", () => troubles.at(-1) === null);
    });

  it("survives an outage of the API server, and reports it once", async () => {
    begin();
    await untilWatching();
    await server.goAway();
    await pause(1_500);
    assert.ok(isCached("a", 1));
    server.apply("late");
    await server.comeBack();
    await until("late is there", () => informer.get("late") !== undefined);
    await untilWatching();
    await until("it is over", () => troubles.at(-1) === null);
    assert.match(
      troubles.join("; "),
      /(broke off|was closed before).*connection refused \(ECONNREFUSED\); $/,
    );
    assert.ok(troubles.length <= 4, JSON.stringify(troubles));
  });

  it("ends a watch without any data, but not one with bookmarks", async () => {
    begin({ times: { silenceMs: 1_000 } });
    await untilWatching();
    const { length } = server.requests;
    for (let count = 0; count < 15; count += 1) {
      server.bookmark();
      await pause(100);
    }
    assert.equal(server.requests.length, length, "it was given up in spite of bookmarks");
    const before = informer.lastContact();
    await until("a new list", () => server.requests.length > length);
    assert.match(troubles[0] ?? "", /nothing came for too long \(timeout\)/);
    await until("contact", () => (informer.lastContact() ?? 0) > (before ?? 0));
    await assertFollows();
  });

  it("ends a watch and a list that get no answer", async () => {
    for (const isOne of [isWatch, isList]) {
      let hung = 0;
      server.instead = (request) => {
        if (!isOne(request) || hung === 2) return false;
        hung += 1;
        return true;
      };
      begin({ times: { silenceMs: 300, listMs: 300 } });
      await until("two are given up", () => hung === 2);
      await assertFollows();
      await informer.stop();
      await until("nobody watches", () => server.watching === 0);
    }
  });

  it("waits as long as a 429 requests, up to its longest pause", async () => {
    const came: number[] = [];
    server.instead = (request, response) => {
      if (!isList(request) || came.push(performance.now()) > 2) return false;
      refuse(response, 429, {}, { "retry-after": "1" });
      return true;
    };
    begin();
    await untilWatching();
    const [first = 0, second = 0, third = 0] = came;
    for (const waited of [second - first, third - second]) assert.ok(waited >= 990, `${waited} ms`);
  });

  describe("refreshing one object", () => {
    /** From now on the watch receives nothing. */
    const deafen = (): void => {
      server.write = () => undefined;
    };
    const gets = () => server.requests.filter((line) => !line.includes("?"));

    beforeEach(async () => {
      begin();
      await untilWatching();
      deafen();
    });

    it("finds what the watch has not received yet, and updates the cache", async () => {
      server.apply("a", { is: "new" });
      assert.equal((await informer.refresh("a", patient))?.generation, 2);
      assert.ok(isCached("a", 2));
      server.apply("d");
      assert.equal((await informer.refresh("d", patient))?.name, "d");
      server.delete("b");
      assert.equal(await informer.refresh("b", patient), null);
      assert.deepEqual(words(), ["a,b,c||", "|a|", "d||", "||b"]);
      server.delete("c");
      const { uid } = server.apply("c").metadata;
      assert.equal((await informer.refresh("c", patient))?.uid, uid);
      assert.equal(informer.get("c")?.uid, uid);
    });

    it("sends one request for all who wait, a GET that began after they came", async () => {
      const held: ServerResponse[] = [];
      server.instead = (_request, response) => held.push(response) > 0;
      const first = informer.refresh("a", patient);
      await until("a GET", () => held.length === 1);
      const [second, third] = [informer.refresh("a", patient), informer.refresh("a", patient)];
      const old = JSON.stringify(server.things.get("a"));
      server.apply("a", { is: "new" });
      held[0]?.end(old);
      assert.equal((await first)?.generation, 1);
      await until("one more GET", () => held.length === 2);
      held[1]?.end(JSON.stringify(server.things.get("a")));
      assert.deepEqual([(await second)?.generation, (await third)?.generation], [2, 2]);
      assert.equal(gets().length, 2);
    });

    it("rejects with the reason if there is no answer, and keeps the cache", async () => {
      const ask = (milliseconds = PATIENCE_MS) => informer.refresh("a", AbortSignal.timeout(milliseconds));
      server.instead = () => true;
      await assert.rejects(ask(50), /^Error: Things: a could not be read: no answer in time$/);
      for (const code of [403, 500]) {
        server.instead = (_request, response) => refuse(response, code) === undefined;
        await assert.rejects(ask(), new RegExp(`Things: a could not be read: ${code} refused with ${code}`));
      }
      server.instead = (_request, response) => Boolean(response.writeHead(404).end("404 page not found"));
      await assert.rejects(ask(), /a could not be read: 404/);
      server.instead = (_request, response) => Boolean(response.end(JSON.stringify(server.things.get("b"))));
      await assert.rejects(ask(), /not that object/);
      server.instead = (_request, response) => Boolean(response.end("<html>"));
      await assert.rejects(ask(), /not that object/);
      assert.ok(isCached("a", 1));
      server.instead = () => false;
      assert.equal((await ask())?.generation, 1);
      await informer.stop();
      await assert.rejects(ask(), /the webhook is stopping/);
    });

    it("sends no request for a name that no object can have", async () => {
      for (const name of ["", ".", "..", "a/../b", "A", "a?b", "-a", "a".repeat(254)])
        assert.equal(await informer.refresh(name, patient), null);
      assert.deepEqual(gets(), []);
    });
  });

  it("reports each version of an unparsable object once, and continues without it", async () => {
    const read = (item: unknown): WatchedObject => {
      const found = readWatchedObject(item);
      if ((item as { spec: unknown }).spec === "bad") throw new Error("its spec is bad");
      return found;
    };
    server.apply("a", "bad");
    begin({ read });
    await untilWatching();
    server.apply("b", "bad");
    await until("b is dropped", () => informer.get("b") === undefined);
    server.breakWatches();
    await until("a new list", () => server.requests.filter((line) => line.includes("watch=")).length === 2);
    await assert.rejects(informer.refresh("b", patient), /Things: b could not be read: its spec is bad/);
    assert.deepEqual(unreadable, [
      "Things: a is skipped: its spec is bad",
      "Things: b is skipped: its spec is bad",
    ]);
    await assertFollows();
    server.apply("b", "good");
    await until("b is back", () => isCached("b", 3));
  });

  it("caches no more objects than its limit, and reports that", async () => {
    begin({ most: 4 });
    await untilWatching();
    server.apply("d");
    await until("d is there", () => informer.get("d") !== undefined);
    server.apply("e");
    await until("it is told", () => /more than 4 Things/.test(troubles.join()));
    assert.equal((await informer.refresh("e", patient))?.name, "e");
    assert.equal(informer.list().length, 4);
    server.delete("a");
    await until("e fits", () => informer.get("e") !== undefined);
  });

  it("calls no callback after it is stopped, also during a pause", async () => {
    server.instead = (_request, response) => refuse(response, 429, {}, { "retry-after": "5" }) === undefined;
    begin();
    await until("a pause", () => troubles.length > 0);
    const began = performance.now();
    await informer.stop();
    assert.ok(performance.now() - began < 3_000);
    const { length } = server.requests;
    await pause(200);
    assert.equal(server.requests.length, length);
  });

  it("does not keep the process running after it is stopped, whether it watches or waits", async () => {
    begin();
    for (const sends of ["good answers", "429"]) {
      if (sends === "429")
        server.instead = (_request, response) =>
          refuse(response, 429, {}, { "retry-after": "5" }) === undefined;
      const { length } = server.requests;
      const script = join(import.meta.dirname, "stoppedInformer.ts");
      const child = spawn(process.execPath, [script, JSON.stringify(server.cluster())], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      await until(
        "it has called",
        () => server.requests.length > length + 1 || (sends === "429" && server.requests.length > length),
      );
      const exit = once(child, "exit");
      child.stdin.end();
      const [stopped] = (await once(child.stdout, "data")) as [Buffer];
      const began = performance.now();
      assert.match(String(stopped), /stopped/);
      assert.equal((await exit)[0], 0);
      assert.ok(
        performance.now() - began < 4_000,
        `${sends}: it lived on for ${performance.now() - began} ms`,
      );
    }
  });
});
