// The watched profiles, with a real HTTPS server as the API server: which are active, why others are not, and the
// condition of each.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "yaml";
import { createApiClient } from "../../../webhook/cluster/call.ts";
import { PROFILE_API_VERSION, PROFILE_KIND } from "../../../webhook/profiles/schema.ts";
import { assessStoredProfile } from "../../../webhook/server/profileStatus.ts";
import { openProfileStore, PROFILES_PATH, type ProfileStore } from "../../../webhook/server/profileStore.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { ResourceStandIn } from "../cluster/resourceStandIn.ts";

const KIND = { path: PROFILES_PATH, fields: { apiVersion: PROFILE_API_VERSION, kind: PROFILE_KIND } };

const buildSpec = (generic = ""): unknown =>
  (parse(renderGenericYaml("x", generic)) as { spec: unknown }).spec;
const pooled = (base: number): unknown => buildSpec(`nodeID: {base: ${base}, max: ${base + 9}, pool: p}`);

const WITHIN_MS = 5_000;

describe("the watched profiles", () => {
  let server: ResourceStandIn;
  let store: ProfileStore;
  let clock: number;
  let lines: string[];
  let changes: number;
  beforeEach(async () => {
    server = await ResourceStandIn.start(KIND);
    clock = 0;
    lines = [];
    changes = 0;
  });
  afterEach(async () => {
    await store.stop();
    await server.close();
  });

  function open(): void {
    store = openProfileStore({
      api: createApiClient(server.access()),
      onInfo: (line) => lines.push(line),
      onWarning: (line) => lines.push(`WARN ${line}`),
      onChange: () => {
        changes += 1;
      },
      now: () => clock,
    });
  }

  async function until(holds: () => boolean): Promise<void> {
    for (const began = performance.now(); !holds(); await pause(5))
      assert.ok(performance.now() - began < WITHIN_MS, lines.join("\n"));
  }

  it("are unknown before the first list, and empty after an empty one", async () => {
    server.instead = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    open();
    await until(() => lines.some((line) => line.startsWith("WARN cannot watch RollcallProfiles")));
    assert.equal(store.current(), null);
    assert.equal(store.cacheAgeSeconds(), null);
    assert.equal(assessStoredProfile(store, "a"), null);
    server.instead = () => false;
    await until(() => store.current() !== null);
    assert.equal(store.current()?.size, 0);
  });

  it("are active, invalid or in conflict, each on its own", async () => {
    server.apply("older", pooled(1));
    server.apply("an-younger", pooled(5));
    server.apply("wrong", buildSpec("nodeID: {base: 5, max: 4}"));
    server.apply("well", buildSpec());
    open();
    await until(() => store.current() !== null);
    const profiles = store.current();
    assert.deepEqual([...(profiles?.keys() ?? [])], ["older", "well"]);
    assert.equal(profiles?.getRejection("wrong")?.reason, "Invalid");
    assert.equal(profiles?.getRejection("an-younger")?.reason, "Conflict");
    const [younger, well, none] = ["an-younger", "well", "none"].map((name) =>
      assessStoredProfile(store, name),
    );
    assert.deepEqual([well?.isReady, well?.reason, well?.generation], [true, "Active", 1]);
    assert.deepEqual([younger?.isReady, younger?.reason], [false, "Conflict"]);
    assert.match(younger?.message ?? "", /5 to 14 overlap with 1 to 10 of profile older in pool p/);
    assert.equal(none, null);
    assert.ok(
      lines.some((line) => /^WARN profile wrong, generation 1, is not active \(Invalid\): /.test(line)),
    );
    server.delete("older");
    await until(() => store.current()?.get("an-younger") !== undefined);
    assert.equal(assessStoredProfile(store, "an-younger")?.isReady, true);
  });

  it("have their version, and the previous one for a minute", async () => {
    server.apply("demo", buildSpec());
    open();
    await until(() => store.current()?.get("demo") !== undefined);
    const first = store.current()?.get("demo")?.version;
    assert.deepEqual(first, { uid: "uid-1", generation: 1 });
    assert.equal(store.previous("demo"), null);
    server.apply("demo", buildSpec("nodeID: {base: 7, max: 99}"));
    await until(() => store.current()?.get("demo")?.version?.generation === 2);
    assert.deepEqual(store.previous("demo")?.version, first);
    assert.equal(store.previous("demo")?.nodeId.base, 1);
    clock += 59_999;
    assert.ok(store.previous("demo"));
    clock += 1;
    assert.equal(store.previous("demo"), null);
  });

  it("drop the previous version if it cannot be replaced any more, whatever else changes", async () => {
    server.apply("demo", buildSpec());
    open();
    await until(() => store.current() !== null);
    const before = changes;
    server.apply("other", buildSpec());
    await until(() => changes > before);
    assert.equal(store.previous("demo"), null);
  });

  it("can be refreshed by name, and are newer then", async () => {
    server.apply("demo", buildSpec());
    open();
    await until(() => store.current() !== null);
    await until(() => server.watching === 1);
    // the watch does not receive this edit
    const watch = server.tell;
    server.tell = () => undefined;
    server.apply("demo", buildSpec("nodeID: {base: 7, max: 99}"));
    server.tell = watch;
    assert.equal(store.current()?.get("demo")?.nodeId.base, 1);
    await store.refresh(["demo"], AbortSignal.timeout(WITHIN_MS));
    assert.equal(store.current()?.get("demo")?.nodeId.base, 7);
  });

  it("stay unchanged if the API server does not answer in time", async () => {
    server.apply("demo", buildSpec());
    open();
    await until(() => store.current() !== null);
    const known = store.current();
    server.instead = () => true;
    await store.refresh(["demo"], AbortSignal.timeout(50));
    assert.equal(store.current(), known);
    assert.ok(lines.some((line) => line.startsWith("WARN cannot read a profile from the API server")));
  });

  it("include all others if one cannot be parsed", async () => {
    server.apply("well", buildSpec());
    server.apply("odd", "not a spec");
    open();
    await until(() => store.current() !== null);
    assert.ok(store.current()?.get("well"));
    assert.equal(store.current()?.getRejection("odd")?.reason, "Invalid");
  });
});
