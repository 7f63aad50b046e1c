// The runtime of the private Docker daemon removes missing capabilities from a container, and changes nothing else.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findProcessFile,
  limitCapabilities,
  listMissing,
  type OciProcess,
  readBoundingSet,
} from "./capabilities.ts";

const STATUS = "CapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\n";

describe("capabilities missing on a host", () => {
  it("are read from the bounding set, as far as the kernel knows them", () => {
    assert.deepEqual(listMissing(readBoundingSet(STATUS), "40\n"), ["CAP_SYS_RESOURCE"]);
    const small = readBoundingSet("CapBnd:\t00000000a80425fb\n");
    assert.deepEqual([small.has("CAP_CHOWN"), small.has("CAP_SETFCAP"), small.size], [true, true, 14]);
    assert.deepEqual(listMissing(readBoundingSet("CapBnd:\t0000000000000001\n"), "2"), [
      "CAP_DAC_OVERRIDE",
      "CAP_DAC_READ_SEARCH",
    ]);
    assert.throws(() => readBoundingSet("CapEff:\t0\n"), /no CapBnd line/);
  });

  it("are removed from every capability set of a process, and nothing else is changed", () => {
    const capabilities = {
      bounding: ["CAP_CHOWN", "CAP_SYS_RESOURCE"],
      effective: ["CAP_SYS_RESOURCE"],
      ambient: [],
    };
    const limited = limitCapabilities({ cwd: "/", capabilities }, readBoundingSet(STATUS));
    assert.deepEqual(limited, {
      cwd: "/",
      capabilities: { bounding: ["CAP_CHOWN"], effective: [], ambient: [] },
    });
    const none: OciProcess & { cwd: string } = { cwd: "/" };
    assert.equal(limitCapabilities(none, readBoundingSet(STATUS)), none);
  });

  it("are adjusted for the runc commands that start a process", () => {
    const create = ["--root", "/r", "--log", "/l", "create", "--bundle", "/b", "--pid-file", "/p", "id"];
    assert.deepEqual(findProcessFile(create), { path: "/b/config.json", isBundle: true });
    const exec = ["--root", "/r", "exec", "--process", "/tmp/p1", "--detach", "id"];
    assert.deepEqual(findProcessFile(exec), { path: "/tmp/p1", isBundle: false });
    assert.equal(findProcessFile(["--root", "/r", "kill", "--all", "id", "9"]), null);
    assert.equal(findProcessFile(["--root", "/r", "delete", "id"]), null);
  });
});

describe("the runtime of the private Docker daemon", () => {
  let bundle = "";
  beforeEach(async () => {
    bundle = await mkdtemp(join(tmpdir(), "rollcall-bundle-"));
  });
  afterEach(() => rm(bundle, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, "runtime.ts"), ...args], { encoding: "utf8" });

  it("limits a bundle to the host's capabilities and keeps the rest", async () => {
    const all = ["CAP_CHOWN", "CAP_SYS_RESOURCE", "CAP_NO_KERNEL_KNOWS"];
    const spec = { ociVersion: "1.0.2", process: { args: ["x"], capabilities: { bounding: all } } };
    await writeFile(join(bundle, "config.json"), JSON.stringify(spec));
    assert.equal(run("create", "--bundle", bundle, "id").status, 0);
    const written = JSON.parse(await readFile(join(bundle, "config.json"), "utf8"));
    const available = readBoundingSet(await readFile("/proc/self/status", "utf8"));
    const bounding = all.filter((name) => available.has(name));
    assert.deepEqual(written, { ...spec, process: { args: ["x"], capabilities: { bounding } } });
  });

  it("fails if it cannot read the bundle, so that no container starts", async () => {
    await writeFile(join(bundle, "config.json"), "half of it");
    const { status, stderr } = run("create", "--bundle", bundle, "id");
    assert.notEqual(status, 0);
    assert.match(stderr, /JSON/);
    assert.equal(run("kill", "id").status, 0);
  });
});
