// `rollcall try --run-steps`: real processes, folders for volumes, and nothing claimed that was not done.
import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needsRoot } from "../requirements.ts";
import { documents, rollcall } from "./cli.ts";

interface Report {
  ok: boolean;
  pods: {
    pod: string;
    nodeId: string;
    exitCode: number | null;
    marker: string | null;
    steps: { name: string; result: string; why: string }[];
  }[];
}

describe("rollcall try --run-steps", () => {
  it("runs the steps whose programs are here and lists the others as not run", async () => {
    // a folder of this test's own, which the steps' user may walk through
    const tmp = await mkdtemp(join(tmpdir(), "rollcall-try-"));
    await chmod(tmp, 0o755);
    const seen = await rollcall(["try", "-f", "-", "--run-steps", "-o", "json"], documents(), tmp);
    assert.equal(seen.code, 0, seen.stderr);
    const { pods } = JSON.parse(seen.stdout) as Report;
    assert.deepEqual(
      pods.map(({ pod, nodeId }) => [pod, nodeId]),
      [
        ["web-0", "1"],
        ["web-1", "2"],
      ],
    );
    for (const { pod, steps, marker } of pods) {
      assert.deepEqual(
        steps.map(({ name, result }) => [name, result]),
        [
          ["seed", "done"],
          ["theirs", "not-run"],
        ],
      );
      assert.match(steps[1]?.why ?? "", /\/app\/only-in-the-image is not on this machine/);
      assert.equal(marker, `data/.rollcall/${pod}.json`);
    }
    assert.deepEqual(await readdir(tmp), [], "it leaves folders behind");
    await rmdir(tmp);
  });

  it("does not claim that an Ozone Manager has joined a ring", async () => {
    const folder = "manifests/examples/ozone";
    const words = ["-n", "rollcall-ozone", "-f", folder, "--profiles", `${folder}/profiles.yaml`];
    const seen = await rollcall(["try", ...words, "--run-steps", "--ordinals", "0", "-o", "json"]);
    assert.equal(seen.code, 0, seen.stderr);
    const [pod] = (JSON.parse(seen.stdout) as Report).pods;
    assert.deepEqual([pod?.pod, pod?.exitCode, pod?.marker], ["om-0", null, null]);
    const why =
      "it joins the ring omservice, which takes a cluster and the image docker.io/apache/ozone:2.2.0";
    assert.deepEqual(pod?.steps, [{ name: "member", result: "not-run", why }]);
  });

  it("makes the folder of a subPath, as the kubelet does", async () => {
    const text = documents().replace("mountPath: /data}", "mountPath: /data, subPath: inner}");
    assert.match(text, /subPath: inner/);
    const seen = await rollcall(["try", "-f", "-", "--run-steps", "--ordinals", "0"], text);
    assert.equal(seen.code, 0, seen.stderr);
  });

  it("gives a pod that needs the API server a token, a CA and the address of a stand-in, and says so", async () => {
    const profiles = `profiles:
  demo:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    drop: {policy: drained}
    steps:
    - name: look
      run: [sh, -c, 'cat "$0" "$1" >> "$2" && echo "$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" >> "$2"', /rollcall-token/token, /rollcall-token/ca.crt, /data/seen]
      verify: [grep, -q, '^127.0.0.1:[0-9]', /data/seen]`;
    const seen = await rollcall(
      ["try", "-f", "-", "--run-steps", "--ordinals", "0"],
      documents({ profiles }),
    );
    assert.equal(seen.code, 0, seen.stderr);
    assert.match(seen.stderr, /^stood in: for the API server a small one in this program/m);
  });

  it("has one folder for a claim that all pods share", async () => {
    const profiles = `profiles:
  demo:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    steps: [{name: add, run: [sh, -c, 'echo x >> "$0"', /shared/x], verify: [sh, -c, 'cat "$0" >&2', /shared/x]}]`;
    const text = documents({ profiles })
      .replace("mountPath: /data}]", "mountPath: /data}, {name: all, mountPath: /shared}]")
      .replace(
        "    spec:\n",
        "    spec:\n      volumes: [{name: all, persistentVolumeClaim: {claimName: all}}]\n",
      );
    const seen = await rollcall(["try", "-f", "-", "--run-steps"], text);
    assert.equal(seen.code, 0, seen.stderr);
    assert.equal(seen.stderr.match(/^web-1 \| .*\[add\] x$/gm)?.length, 2, seen.stderr);
  });

  it("ends with 1 where a step fails, in the runner's own words", async () => {
    const profiles = `profiles:
  demo:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    steps: [{name: seed, run: ["true"], verify: [test, -e, /data/nothing]}]`;
    const seen = await rollcall(["try", "-f", "-", "--run-steps"], documents({ profiles }));
    assert.equal(seen.code, 1);
    assert.match(seen.stderr, /× web-0: RC206 step-unproven: step seed/);
    assert.match(seen.stdout, /× seed FAILED/);
  });

  it("runs steps as uid 65534 where it is started as root", async function () {
    needsRoot(this);
    const profiles = `profiles:
  demo:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    steps: [{name: who, run: [id, -u], verify: [touch, /data/mine]}]`;
    const plain = await rollcall(["try", "-f", "-", "--run-steps"], documents({ profiles }));
    assert.match(plain.stderr, /\[who\] 65534/);
    const root = await rollcall(["try", "-f", "-", "--run-steps", "--as-root"], documents({ profiles }));
    assert.match(root.stderr, /\[who\] 0/);
  });
});
