// How the cluster builder calls Docker and reacts to unexpected answers, from a fake `docker` on PATH.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { openEngine, pickEngine, probeNeeds } from "./engine/probe.ts";
import { CHECKOUT, clusterName } from "./paths.ts";
import { Shell } from "./process/shell.ts";
import { clusterFolder, writeState } from "./state.ts";

/** By the first word of the command. */
type Answers = Readonly<Record<string, { stdout?: string; stderr?: string; code?: number }>>;

const LOCAL = JSON.stringify([
  { Name: "default", Endpoints: { docker: { Host: "unix:///run/private/docker.sock" } } },
]);
const INFO = JSON.stringify({ ServerVersion: "20.10.24", CgroupVersion: "1" });
const GONE = "Cannot connect to the Docker daemon at unix:///run/private/docker.sock. Is it running?";

describe("the cluster builder with Docker", () => {
  let folder = "";
  let path = "";
  const shell = (): Shell => new Shell(join(folder, "children"), new AbortController().signal);
  const calls = async (): Promise<string[]> =>
    (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");

  const answer = async (answers: Answers): Promise<void> => {
    for (const [word, { stdout = "", stderr = "", code = 0 }] of Object.entries(answers)) {
      await writeFile(join(folder, `${word}.stdout`), stdout);
      await writeFile(join(folder, `${word}.stderr`), stderr);
      await writeFile(join(folder, `${word}.code`), String(code));
    }
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-docker-"));
    path = process.env["PATH"] ?? "";
    await mkdir(join(folder, "bin"));
    const script = `#!/bin/sh
echo "$*" >>${folder}/calls
cat ${folder}/$1.stdout
cat ${folder}/$1.stderr >&2
exit $(cat ${folder}/$1.code)
`;
    await writeFile(join(folder, "bin/docker"), script, { mode: 0o755 });
    process.env["PATH"] = `${join(folder, "bin")}${delimiter}${path}`;
  });
  afterEach(async () => {
    process.env["PATH"] = path;
    await rm(folder, { recursive: true, force: true });
  });

  it("takes podman if Docker 20.10 exits 0 without its daemon", async () => {
    await answer({ info: { stdout: JSON.stringify({ ServerErrors: [GONE], ClientInfo: {} }) } });
    assert.deepEqual(await pickEngine(shell()), { name: "podman", why: `Docker does not answer: ${GONE}` });
  });

  it("takes podman if `docker` is podman's", async () => {
    await answer({ info: { stdout: JSON.stringify({ host: { cgroupVersion: "v1" } }) } });
    assert.equal((await pickEngine(shell())).name, "podman");
  });

  it("keeps using the first daemon, and makes kind use it too", async () => {
    await answer({ info: { stdout: INFO }, context: { stdout: LOCAL } });
    const { name, env } = await openEngine(shell(), join(folder, "engine"));
    assert.equal(name, "docker");
    assert.equal(env["DOCKER_HOST"], "unix:///run/private/docker.sock");
    assert.equal(env["KIND_EXPERIMENTAL_PROVIDER"], "docker");
  });

  it("detects with a privileged container what the host denies to nodes", async () => {
    const status = "Name:\tkubectl\nCapEff:\t000001fffeffffff\n";
    await answer({
      info: { stdout: INFO },
      image: { code: 1, stderr: "Error: No such image" },
      load: { stdout: "Loaded image: localhost/rollcall/trial:kubectl-1" },
      run: { stdout: JSON.stringify({ data: { status } }) },
    });
    const kubectl = join(folder, "kubectl-1/kubectl");
    await mkdir(join(folder, "kubectl-1"));
    await writeFile(kubectl, "a program");
    const engine = { name: "docker", why: "", env: {} } as const;
    const needs = await probeNeeds(engine, { root: folder, shell: shell() }, async () => kubectl);
    assert.deepEqual(needs, { cgroupfs: true, restricted: true });
    const run = (await calls()).find((call) => call.startsWith("run ")) ?? "";
    assert.match(run, /--privileged .*localhost\/rollcall\/trial:kubectl-1 create configmap/);
    const left = (await readdir(folder)).filter((name) => name.startsWith(".trial"));
    assert.deepEqual(left, [], "the archive is removed once it is loaded");
  });

  it("explains how to continue if the cluster's daemon is gone", async () => {
    await answer({ info: { stdout: JSON.stringify({ ServerErrors: [GONE] }) } });
    const clusters = join(folder, "rollcall/clusters");
    const name = clusterName(CHECKOUT);
    await writeState(clusterFolder(clusters, name), {
      name,
      checkout: CHECKOUT,
      phase: "up",
      engine: { name: "docker", why: "", env: { DOCKER_HOST: "unix:///run/private/docker.sock" } },
      needs: { cgroupfs: true, restricted: true },
      image: { name: "x", origin: "built", why: "" },
      kubernetes: "1.37.2",
      kubectl: "kubectl",
      kind: "kind",
    });
    const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "down"], {
      env: { ...process.env, XDG_CACHE_HOME: folder },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
    assert.equal(code, 1);
    const advice = `start its daemon and run \`npm run cluster -- down\`; if that daemon is gone for good, remove ${join(clusters, name)}\n`;
    assert.equal(stderr, `cluster: cannot remove ${name}, since Docker does not answer (${GONE}): ${advice}`);
  });
});
