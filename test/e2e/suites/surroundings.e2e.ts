// A pod whose image and environment would keep Node.js from starting goes through its whole life: bootstrap, status,
// restart of its container, leave (init/launcher/launcher.c).
import assert from "node:assert/strict";
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import { TIMEOUT, waitUntilPasses } from "../harness/eventually.ts";
import { assertPassed, bindMembers } from "../harness/guarded.ts";
import { makeSpace, readProcessEnv, type Space, waitUntilReady } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

const HOSTILE_ENV = {
  NODE_OPTIONS: "--require /nowhere/missing.cjs",
  LD_PRELOAD: "/nowhere/libmissing.so",
  OPENSSL_CONF: "/etc/ssl/openssl.cnf",
};

/** Owned by root and readable by root only: the pod's user cannot read the files in /etc/ssl. */
const SSL = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "ssl" },
  data: { "openssl.cnf": "openssl_conf = none\n" },
};

describe("a pod whose environment keeps Node.js from starting", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("surroundings");
    await bindMembers(space);
  });
  after(() => space.remove());

  it("gets its number and completes its bootstrap", async () => {
    const said = await space.k.apply([
      SSL,
      ...buildWorkload({
        profile: "surrounded",
        container: {
          command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait"],
          env: Object.entries(HOSTILE_ENV).map(([name, value]) => ({ name, value })),
          securityContext: { runAsUser: 1000 },
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "ssl", mountPath: "/etc/ssl", readOnly: true },
          ],
        },
        pod: {
          terminationGracePeriodSeconds: 120,
          volumes: [{ name: "ssl", configMap: { name: "ssl", defaultMode: 0o400 } }],
        },
      }),
    ]);
    assert.equal(said.code, 0, said.stderr);
    for (const pod of ["web-0", "web-1", "web-2"]) await waitUntilReady(space.k, pod);
    const read = await space.k.try(["exec", "web-2", "-c", "app", "--", "cat", "/etc/ssl/openssl.cnf"]);
    assert.match(read.stderr, /Permission denied/, "the surroundings are what this test says");
  });

  it("passes the environment to the application and its steps, with one short command", async () => {
    const env = await readProcessEnv(space.k, "web-2");
    const seen = await space.k.run(["exec", "web-2", "-c", "app", "--", "cat", "/data/seen"]);
    for (const [name, value] of Object.entries(HOSTILE_ENV)) {
      assert.equal(env[name], value);
      assert.ok(seen.split("\n").includes(`${name}=${value}`), `the step saw no ${name}: ${seen}`);
    }
    const status = buildRunnerCommand(RUNNER_MOUNT, "status");
    assert.deepEqual(status, ["/rollcall/rollcall", "status"]);
    const said = await space.k.run(["exec", "web-2", "-c", "app", "--", ...status]);
    assert.match(said, /^pod web-2/);
  });

  it("leaves when its ordinal is removed", async () => {
    // the API server caches rights for some seconds
    await waitUntilPasses(async () =>
      assertPassed(await space.k.try(["scale", "statefulset/web", "--replicas=2"])),
    );
    await space.k.run(["wait", "--for=delete", "pod/web-2", TIMEOUT]);
    const { metadata } = await space.k.json<{ metadata: { annotations?: Record<string, string> } }>([
      "get",
      "lease",
      "rollcall-record-web",
    ]);
    const record = JSON.parse(metadata.annotations?.["rollcall.dev/record"] ?? "{}") as {
      tombstones?: Record<string, { finished: boolean }>;
    };
    assert.equal(record.tombstones?.["web-2"]?.finished, true);
  });
});
