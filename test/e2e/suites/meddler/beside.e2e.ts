// Other mutating webhooks run before and after Rollcall's: the pod is correct and runs, and validation admits it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { waitUntilPasses } from "../../harness/eventually.ts";
import { CHECKOUT_ROOT, loadMirrorImages } from "../../harness/rollcall.ts";
import { makeSpace, readProcessEnv, type Space, waitUntilReady } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";
import { installMeddler } from "./install.ts";

interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string }[];
  volumeMounts?: { mountPath: string }[];
}

describe("injection beside other mutating webhooks", () => {
  let home: Space;
  let space: Space;
  const configurations: string[] = [];
  before(async () => {
    await loadMirrorImages(join(CHECKOUT_ROOT, "dist/mirror"));
    home = await makeSpace("meddlers");
    space = await makeSpace("meddled", { meddle: home.name });
    for (const [name, first] of [
      ["early", "a"],
      ["late", "z"],
    ] as const) {
      const configuration = `${first}-${home.name}`;
      configurations.push(configuration);
      await installMeddler(home, { name, configuration });
    }
    // the API server applies a configuration a moment after it is stored
    await waitUntilPasses(async () => {
      const { spec } = await space.k.json<{ spec: { containers: unknown[] } }>([
        "run",
        "probe",
        "--image=x.test/x",
        "--dry-run=server",
      ]);
      assert.equal(spec.containers.length, 3);
    });
    assert.equal((await space.k.apply(buildWorkload({ replicas: 2 }))).code, 0);
  });
  after(async () => {
    for (const name of configurations)
      await space.all.run(["delete", "mutatingwebhookconfiguration", name, "--ignore-not-found"]);
    await space.remove();
    await home.remove();
  });

  it("starts the pods with their numbers and completes their step", async () => {
    for (const [ordinal, pod] of ["web-0", "web-1"].entries()) {
      await waitUntilReady(space.k, pod);
      const env = await readProcessEnv(space.k, pod);
      assert.deepEqual(
        [env["NODE_ID"], env["MEDDLED_early"], env["MEDDLED_late"]],
        [String(ordinal + 1), "yes", "yes"],
      );
      const seed = await space.k.run(["exec", pod, "-c", "app", "--", "cat", "/data/seed.log"]);
      assert.match(seed, new RegExp(`as number ${ordinal + 1}\n$`));
    }
  });

  it("keeps all changes of both webhooks, each once, with Rollcall's after the application's", async () => {
    const pod = await space.k.json<{ spec: { containers: Container[]; initContainers: Container[] } }>([
      "get",
      "pod",
      "web-0",
    ]);
    const { containers, initContainers } = pod.spec;
    assert.deepEqual(
      containers.map(({ name }) => name),
      ["app", "meddler-early", "meddler-late"],
    );
    assert.deepEqual(
      initContainers.map(({ name }) => name),
      ["rollcall-install", "rollcall-init"],
    );
    for (const container of [...containers, ...initContainers]) {
      assert.match(container.image, /^mirror\.test\//, container.name);
      assert.equal(
        container.env?.filter(({ name }) => name === "NODE_ID").length ?? 0,
        /^(app|rollcall-init)$/.test(container.name) ? 1 : 0,
        container.name,
      );
    }
    const init = initContainers.find(({ name }) => name === "rollcall-init");
    for (const name of ["MEDDLED_early", "MEDDLED_late", "NODE_ID", "ROLLCALL_PLAN"]) {
      assert.equal(init?.env?.filter((each) => each.name === name).length, 1, name);
    }
    for (const path of ["/meddler-early", "/meddler-late", "/data", "/rollcall", "/rollcall-marker"]) {
      assert.equal(init?.volumeMounts?.filter(({ mountPath }) => mountPath === path).length, 1, path);
    }
  });
});
