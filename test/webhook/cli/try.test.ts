// `rollcall try --run-steps`: real processes, folders as volumes, and no claim about what was not done.
import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patchCopy } from "../../../webhook/cli/patchCopy.ts";
import { findNamespaces } from "../../../webhook/cli/try/namespaces.ts";
import { readPatch } from "../../../webhook/cli/try/reviews.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { needs, needsRoot } from "../../requirements.ts";
import { CHECK_PROFILES, setText, withFolder } from "./check.ts";
import { renderDocuments, runCli } from "./cli.ts";

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

interface Round {
  name: string;
  pods: Report["pods"];
}

/** Steps run in namespaces of their own, without network. */
function needsIsolation(this: Mocha.Context): void {
  const found = findNamespaces({ owner: null, network: false });
  needs(this, "enter" in found, "why" in found ? `namespaces for steps: ${found.why}` : "");
}

const OM = setText("om", "om", 1).replace(
  'image: "example.test/app:1",',
  'image: "example.test/app:1", env: [{name: OZONE-SITE.XML_ozone.om.nodes.omservice, value: mine}],',
);

describe("rollcall try", () => {
  it("simulates a pod whose own values are replaced", async () => {
    await withFolder({ "p.yaml": CHECK_PROFILES, "om.yaml": OM }, async (folder) => {
      const observation = await runCli([
        "try",
        "-f",
        join(folder, "om.yaml"),
        "--profiles",
        join(folder, "p.yaml"),
      ]);
      assert.equal(observation.code, 0, observation.stderr);
      assert.match(
        observation.stderr,
        /RC144 env-overridden: container om sets OZONE-SITE\.XML_ozone\.om\.nodes\.omservice/,
      );
      assert.match(observation.stderr, /√ 1 pod, allowed\n$/);
    });
  });

  it("applies every operation of JSON Patch that a webhook may send", () => {
    const patch = [
      { op: "test", path: "/a", value: 1 },
      { op: "replace", path: "/a", value: 2 },
      { op: "copy", from: "/a", path: "/b" },
      { op: "move", from: "/b", path: "/c" },
      { op: "add", path: "/d", value: [1] },
      { op: "add", path: "/d/-", value: null },
      { op: "remove", path: "/a" },
    ];
    const sent = Buffer.from(JSON.stringify(patch)).toString("base64");
    assert.deepEqual(patchCopy<unknown>({ a: 1 }, readPatch(sent)), { c: 2, d: [1, null] });
  });
});

const LEAVING = (policy: string, minReplicas = 1): string =>
  renderGenericYaml(
    "demo",
    `markers: {volume: data}, releaseID: "{image}", steps: [
    {name: schema, scope: Release, run: [sh, -c, 'echo x >> /data/schema'], verify: [test, -s, /data/schema]},
    {name: warm, scope: Pod, run: [sh, -c, 'echo x >> /data/warm'], verify: [test, -s, /data/warm]}],
    scaleDown: {policy: ${policy}, minReplicas: ${minReplicas}, leave: {
    run: [sh, -c, 'cat /data/warm > /data/left'], verify: [grep, -c, x, /data/left], timeout: 10s}}`,
    "selectorLabel: Warn",
  );

describe("rollcall try --again and --leave", function () {
  before(needsIsolation);
  this.timeout(120_000);

  it("shows that a recreated pod repeats nothing, what a new release repeats, and how a managed pod leaves", async () => {
    const argv = ["try", "-f", "-", "--again", "--leave", "--ordinals", "1", "-o", "json"];
    const observation = await runCli(argv, renderDocuments({ profiles: LEAVING("Managed") }));
    assert.equal(observation.code, 0, observation.stderr);
    const { pods, again, leave } = JSON.parse(observation.stdout) as Report & {
      again: Round[];
      leave: unknown;
    };
    const results = (of: Report["pods"]) =>
      of.map(({ pod, steps }) => [pod, ...steps.map(({ name, result }) => `${name} ${result}`)]);
    assert.deepEqual(results(pods), [["web-1", "schema done", "warm done"]]);
    assert.deepEqual(
      again.map((round) => [round.name, ...results(round.pods)]),
      [
        ["the same pods, recreated on their volumes", ["web-1", "schema done-before", "warm done-before"]],
        ["a new release: image example.test/app:1-next", ["web-1", "schema done", "warm done"]],
      ],
    );
    assert.deepEqual(leave, [
      {
        namespace: "shop",
        pod: "web-1",
        policy: "Managed",
        result: "left",
        happened: [
          "kubectl scale --replicas=1: allowed",
          "its preStop: pod web-1 has left (verify [grep -c x /data/left] exited 0)",
        ],
      },
    ]);
  });

  it("shows the denial for a pod that is not drained, and that it may be removed after a drain", async () => {
    const argv = ["try", "-f", "-", "--leave", "--ordinals", "1"];
    const observation = await runCli(argv, renderDocuments({ profiles: LEAVING("Drained", 2) }));
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(
      observation.stderr,
      /StatefulSet shop\/web is scaled up to 3 replicas, so that one of them can be removed/,
    );
    assert.match(
      observation.stdout,
      /\nshop\/web-2 is removed, scaleDown.policy Drained: √ has left\n {2}- kubectl scale --replicas=2: denied: rollcall RC013 not-drained: .*web-2 \(never drained\).*\n {2}Drains the pod .*:\n {4}kubectl -n shop exec web-2 .* drain\n {2}- drain: pod web-2 is drained \(.*\)\n {2}- kubectl scale --replicas=2: allowed\n$/,
    );
  });

  it("ends with 1 if leave is not verified, and with 2 if no pod ever leaves", async () => {
    const unproven = LEAVING("Managed").replace('"grep","-c","x"', '"grep","-c","y"');
    const argv = ["try", "-f", "-", "--leave", "--ordinals", "1"];
    const observation = await runCli(argv, renderDocuments({ profiles: unproven }));
    assert.equal(observation.code, 1, observation.stderr);
    assert.match(observation.stdout, /web-1 is removed, scaleDown.policy Managed: × HAS NOT LEFT\n/);
    assert.match(
      observation.stderr,
      /× web-1 has not left: its preStop: RC216 leave-failed: run exited 0, but verify .* exited 1; the pod is not recorded as having left\. It ends all the same /,
    );
    const failing = LEAVING("Drained").replace('"grep","-c","x"', '"grep","-c","y"');
    const drained = await runCli(argv, renderDocuments({ profiles: failing }));
    assert.equal(drained.code, 1, drained.stderr);
    assert.match(
      drained.stderr,
      /× web-1 has not left: drain: RC216 leave-failed: run exited 0, but verify .* exited 1; the pod is not recorded as drained\. .* run drain again$/m,
    );
    const none = await runCli(argv, renderDocuments());
    assert.equal(none.code, 2);
    assert.match(
      none.stderr,
      /--leave: pods do not leave, since scaleDown\.policy of profile demo is Allow; set scaleDown: /,
    );
  });
});

describe("rollcall try after a failed step", function () {
  before(needsIsolation);
  this.timeout(120_000);
  const failing = renderGenericYaml(
    "demo",
    `markers: {volume: data}, steps: [{name: seed, scope: Pod, run: ["true"], verify: [test, -e, /data/nothing]}],
    scaleDown: {policy: Managed, minReplicas: 1, leave: {run: ["true"], verify: [test, -d, /data], timeout: 10s}}`,
    "selectorLabel: Warn",
  );

  it("tries it once, creates no further pod, and says what was not tried", async () => {
    const argv = ["try", "-f", "-", "--again", "--leave", "-o", "json"];
    const { code, stdout, stderr } = await runCli(argv, renderDocuments({ profiles: failing }));
    assert.equal(code, 1, stderr);
    assert.equal(stderr.match(/^web-\d \| .*step seed: running/gm)?.length, 1, stderr);
    const { pods, warnings } = JSON.parse(stdout) as Report & { warnings: string[] };
    assert.deepEqual(
      pods.map(({ pod }) => pod),
      ["web-0"],
    );
    const said = warnings.join("\n");
    assert.match(said, /web-1 was not created, since web-0 failed/);
    assert.match(
      said,
      /StatefulSet shop\/web: --again and --leave were not tried, since a step failed; --skip-steps tries --leave without the steps/,
    );
  });

  it("tries leave without the steps with --skip-steps", async () => {
    const argv = ["try", "-f", "-", "--leave", "--skip-steps", "--ordinals", "1"];
    const { code, stdout, stderr } = await runCli(argv, renderDocuments({ profiles: failing }));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /– seed not run/);
    assert.match(stdout, /web-1 is removed, scaleDown.policy Managed: √ has left\n/);
    const alone = await runCli(["try", "-f", "-", "--skip-steps"], renderDocuments({ profiles: failing }));
    assert.equal(alone.code, 2);
    assert.match(alone.stderr, /--skip-steps needs --leave/);
  });
});

describe("rollcall try --leave on a machine that cannot leave", function () {
  before(needsIsolation);
  this.timeout(120_000);

  for (const [policy, what] of [
    ["Drained", "drain"],
    ["Managed", "its preStop"],
  ] as const) {
    it(`ends with 3 where a program of policy ${policy} is missing, and says so`, async () => {
      const missing = LEAVING(policy).replace(
        /"run":\[[^\]]*\],"verify":\[[^\]]*\/left"\]/,
        '"run":["mqctl","leave"],"verify":["mqctl","gone"]',
      );
      const argv = ["try", "-f", "-", "--leave", "--ordinals", "1"];
      const documents = renderDocuments({ profiles: missing });
      const observation = await runCli(argv, documents);
      assert.equal(observation.code, 3, observation.stderr);
      assert.match(observation.stdout, /\nshop\/web-1 is removed, .*: × unknown, not run here\n/);
      const last = observation.stderr.trimEnd().split("\n").at(-1);
      assert.equal(
        last,
        `× unknown: whether web-1 leaves: ${what}: not run: mqctl is not on this machine, only in the image example.test/app:1`,
      );
      const json = await runCli([...argv, "-o", "json"], documents);
      assert.deepEqual([json.code, (JSON.parse(json.stdout) as Report).ok], [3, false]);
    });
  }

  it("ends with 3 for a member of a ring, which leaves only in a cluster", async () => {
    const words = ["-n", "rollcall-ozone", "-f", "manifests/examples/ozone"];
    const observation = await runCli(["try", ...words, "--leave"]);
    assert.equal(observation.code, 3, observation.stderr);
    assert.match(observation.stderr, /× unknown: whether om-\d leaves: .*needs a cluster$/m);
  });
});

describe("rollcall try of a release step", function () {
  before(needsIsolation);
  this.timeout(120_000);

  const renderSchema = (file: string): string =>
    renderGenericYaml(
      "demo",
      `markers: {volume: data}, steps: [
      {name: schema, scope: Release, run: [sh, -c, 'echo x > "$0"', ${file}], verify: [test, -s, ${file}]},
      {name: other, scope: Release, run: [sh, -c, 'echo x > "$0"', /shared/other], verify: [test, -s, /shared/other]}]`,
      "selectorLabel: Warn",
    );
  const renderShared = (file: string): string =>
    renderDocuments({ profiles: renderSchema(file) })
      .replace("mountPath: /data}]", "mountPath: /data}, {name: all, mountPath: /shared}]")
      .replace(
        "    spec:\n",
        "    spec:\n      volumes: [{name: all, persistentVolumeClaim: {claimName: all}}]\n",
      );

  it("warns where its verify sees the pod's own volume, so that each pod runs it", async () => {
    const observation = await runCli(["try", "-f", "-", "--run-steps"], renderShared("/data/schema"));
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(
      observation.stderr,
      /^Warning: step schema of scope Release ran in 2 pods for one release, not once: web-0, web-1\. Its verify fails in pods that did not run it, /m,
    );
    assert.match(observation.stderr, /√ 2 pods, all allowed; schema ran in 2 pods, see the warning\n$/);
    const rows = observation.stdout.split("\n").filter((line) => line.includes("shop/web-"));
    assert.match(rows[0] ?? "", /! schema done, ran in 2 pods, √ other done {2}/);
    assert.match(rows[1] ?? "", /! schema done, ran in 2 pods, √ other done before, not run again/);
  });

  it("does not warn where its verify sees what all pods share", async () => {
    const words = ["try", "-f", "-", "--again", "-o", "json"];
    const observation = await runCli(words, renderShared("/shared/schema"));
    assert.equal(observation.code, 0, observation.stderr);
    const { pods, warnings } = JSON.parse(observation.stdout) as Report & { warnings: string[] };
    assert.deepEqual(
      pods.map(({ steps }) => steps.map(({ result }) => result)),
      [
        ["done", "done"],
        ["done-before", "done-before"],
      ],
    );
    assert.deepEqual(
      warnings.filter((each) => each.includes("scope Release")),
      [],
    );
  });
});

describe("rollcall try --run-steps", () => {
  before(needsIsolation);
  it("runs the steps whose programs exist here and lists the others as not run", async () => {
    // a folder of this test that the steps' user may enter
    const tmp = await mkdtemp(join(tmpdir(), "rollcall-try-"));
    await chmod(tmp, 0o755);
    const observation = await runCli(["try", "-f", "-", "--run-steps", "-o", "json"], renderDocuments(), tmp);
    assert.equal(observation.code, 0, observation.stderr);
    const { pods } = JSON.parse(observation.stdout) as Report;
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

  it("does not run a program from a ConfigMap, which only a cluster has", async () => {
    const text = renderDocuments({
      profiles: renderGenericYaml(
        "demo",
        'markers: {volume: data}, steps: [{name: s, scope: Pod, run: [/scripts/s], verify: ["true"]}]',
      ),
    })
      .replace("mountPath: /data}]", "mountPath: /data}, {name: scripts, mountPath: /scripts}]")
      .replace("    spec:\n", "    spec:\n      volumes: [{name: scripts, configMap: {name: scripts}}]\n");
    const observation = await runCli(["try", "-f", "-", "--run-steps", "--ordinals", "0"], text);
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(observation.stdout, /– s not run/);
    assert.match(observation.stderr, /√ 1 pod, allowed; not run here: s\n$/);
  });

  it("does not claim that an Ozone Manager has joined a ring", async () => {
    const folder = "manifests/examples/ozone";
    const words = ["-n", "rollcall-ozone", "-f", folder];
    const observation = await runCli(["try", ...words, "--run-steps", "--ordinals", "0", "-o", "json"]);
    assert.equal(observation.code, 0, observation.stderr);
    const [pod] = (JSON.parse(observation.stdout) as Report).pods;
    assert.deepEqual([pod?.pod, pod?.exitCode, pod?.marker], ["om-0", null, null]);
    const why =
      "it joins the ring omservice, which needs a cluster and the image docker.io/apache/ozone:2.2.0";
    assert.deepEqual(pod?.steps, [{ name: "member", result: "not-run", why }]);
  });

  it("creates the folder of a subPath, like the kubelet", async () => {
    const text = renderDocuments().replace("mountPath: /data}", "mountPath: /data, subPath: inner}");
    assert.match(text, /subPath: inner/);
    const observation = await runCli(["try", "-f", "-", "--run-steps", "--ordinals", "0"], text);
    assert.equal(observation.code, 0, observation.stderr);
  });

  it("gives a pod that needs the API server a token, a CA and the address of a stand-in, and reports that", async () => {
    const script =
      'cat "$0" "$1" >> "$2" && echo "$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" >> "$2"';
    const look = {
      name: "look",
      scope: "Pod",
      run: ["sh", "-c", script, "/rollcall-token/token", "/rollcall-token/ca.crt", "/data/seen"],
      verify: ["grep", "-q", "^127.0.0.1:[0-9]", "/data/seen"],
    };
    const leave = { run: ["go"], verify: ["gone"], timeout: "10s" };
    const scaleDown = { policy: "Drained", minReplicas: 1, leave };
    const profiles = renderGenericYaml(
      "demo",
      { markers: { volume: "data" }, steps: [look], scaleDown },
      "selectorLabel: Warn",
    );
    const observation = await runCli(
      ["try", "-f", "-", "--run-steps", "--ordinals", "0"],
      renderDocuments({ profiles }),
    );
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(observation.stderr, /^note: the runner used a stand-in for the API server/m);
  });

  it("has one folder for a claim that all pods share", async () => {
    const profiles = renderGenericYaml(
      "demo",
      `markers: {volume: data}, steps: [{name: add, scope: Pod, run: [sh, -c, 'echo x >> "$0"', /shared/x], verify: [sh, -c, 'cat "$0" >&2', /shared/x]}]`,
    );
    const text = renderDocuments({ profiles })
      .replace("mountPath: /data}]", "mountPath: /data}, {name: all, mountPath: /shared}]")
      .replace(
        "    spec:\n",
        "    spec:\n      volumes: [{name: all, persistentVolumeClaim: {claimName: all}}]\n",
      );
    const observation = await runCli(["try", "-f", "-", "--run-steps"], text);
    assert.equal(observation.code, 0, observation.stderr);
    assert.equal(observation.stderr.match(/^web-1 \| .*\[add\] x$/gm)?.length, 2, observation.stderr);
  });

  it("ends with 1 if a step fails, with the runner's message", async () => {
    const profiles = renderGenericYaml(
      "demo",
      `markers: {volume: data}, steps: [{name: seed, scope: Pod, run: ["true"], verify: [test, -e, /data/nothing], retries: 0}]`,
    );
    const argv = ["try", "-f", "-", "--run-steps", "--ordinals", "0"];
    const observation = await runCli(argv, renderDocuments({ profiles }));
    assert.equal(observation.code, 1);
    assert.match(observation.stderr, /× web-0: RC206 step-not-verified: step seed/);
    assert.match(observation.stdout, /× seed FAILED/);
  });

  it("runs steps as uid 65534 if it is started as root", async function () {
    needsRoot(this);
    const profiles = renderGenericYaml(
      "demo",
      `markers: {volume: data}, steps: [{name: who, scope: Pod, run: [id, -u], verify: [touch, /data/mine]}]`,
    );
    const argv = ["try", "-f", "-", "--run-steps", "--ordinals", "0"];
    const plain = await runCli(argv, renderDocuments({ profiles }));
    assert.match(plain.stderr, /\[who\] 65534/);
    const root = await runCli([...argv, "--as-root"], renderDocuments({ profiles }));
    assert.match(root.stderr, /\[who\] 0/);
  });
});
