// The parts of the image's recipe that need neither root nor network: pins, and the changes to kind's files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeImageArchive } from "./image/archive.ts";
import { goBuildArgs, resolveModuleFolder } from "./image/gobuild.ts";
import { type GoModule, importPaths } from "./image/gomodule.ts";
import { extractStorageManifest } from "./image/kindfiles.ts";
import { createNodePart } from "./image/node.ts";
import { KUBERNETES_VERSIONS, MODULES, nameKubernetesFolder, TEST_TOOLS } from "./image/pins.ts";
import { adjustContainerdConfig, adjustRuntimeSpec, adjustUnit } from "./image/rootfs.ts";
import { findImageByName } from "./image/systemimages.ts";
import { Shell } from "./process/shell.ts";

const all = { cgroupfs: true, restricted: true };
const none = { cgroupfs: false, restricted: false };

describe("the pins of the node image and of the tests' tools", () => {
  const older = Object.entries(KUBERNETES_VERSIONS).map(([minor, version]): [string, GoModule] => [
    `Kubernetes ${minor}`,
    { ...MODULES.kubernetes, version, folder: nameKubernetesFolder(minor) },
  ]);
  const pins: Readonly<Record<string, GoModule>> = {
    ...MODULES,
    ...TEST_TOOLS,
    ...Object.fromEntries(older),
  };
  for (const [name, pin] of Object.entries(pins)) {
    it(`match go.mod and go.sum of ${name} (if not, run image/pin.ts)`, () => {
      const read = (file: string): string => readFileSync(join(resolveModuleFolder(name, pin), file), "utf8");
      assert.match(read("go.mod"), new RegExp(`^(require |\t)${pin.module} v${pin.version}\\b`, "m"));
      assert.match(read("go.sum"), new RegExp(`^${pin.module} v${pin.version} h1:`, "m"));
      for (const path of importPaths(pin))
        assert.match(read("go.mod"), new RegExp(`^(tool |\t)${path}$`, "m"));
    });
  }

  it("result in another node image for another host, and the same image for the same host", () => {
    const go = (): Promise<string> => Promise.resolve("go");
    assert.equal(createNodePart(all, go).digest, createNodePart(all, go).digest);
    assert.notEqual(createNodePart(all, go).digest, createNodePart(none, go).digest);
  });

  it("set the version that Kubernetes reports", () => {
    const flags = goBuildArgs(MODULES.kubernetes).join(" ");
    assert.match(flags, new RegExp(`component-base/version.gitVersion=v${MODULES.kubernetes.version} `));
  });
});

describe("an archive of images", () => {
  let work = "";
  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), "rollcall-archive-"));
  });
  afterEach(() => rm(work, { recursive: true, force: true }));

  it("contains the image's name, command and stop signal for old and new Docker and for other engines", async () => {
    const shell = new Shell(join(work, "children"), new AbortController().signal);
    const layer = join(work, "layer.tar");
    await writeFile(join(work, "file"), "content");
    await shell.must("tar", ["-C", work, "-cf", layer, "file"]);
    const image = {
      name: "localhost/x/y:1",
      entrypoint: ["/init"],
      env: ["container=docker"],
      stopSignal: "SIGRTMIN+3",
      layers: [layer],
    };
    await writeImageArchive(shell, [image], join(work, "layout"), join(work, "archive.tar"));
    const read = async (path: string) =>
      JSON.parse(await shell.must("tar", ["-xOf", join(work, "archive.tar"), path]));

    const [docker] = await read("manifest.json");
    assert.deepEqual(docker.RepoTags, ["localhost/x/y:1"]);
    const { config, rootfs } = await read(docker.Config);
    assert.deepEqual([config.Entrypoint, config.StopSignal], [["/init"], "SIGRTMIN+3"]);
    assert.ok(config.Env.includes("container=docker"));
    assert.deepEqual(docker.Layers, [`blobs/sha256/${rootfs.diff_ids[0].slice("sha256:".length)}`]);

    const [oci] = (await read("index.json")).manifests;
    assert.equal(oci.annotations["io.containerd.image.name"], "localhost/x/y:1");
    const manifest = await read(`blobs/${oci.digest.replace(":", "/")}`);
    assert.equal(`blobs/${manifest.config.digest.replace(":", "/")}`, docker.Config);
  });
});

describe("kind's files in the node image", () => {
  it("are unchanged on a host without restrictions", () => {
    const toml = "SystemdCgroup = true\nrestrict_oom_score_adj = false\n";
    assert.equal(adjustContainerdConfig(toml, none), toml);
    assert.equal(adjustUnit("LimitCORE=infinity\n", none), "LimitCORE=infinity\n");
  });

  it("request nothing that the kernel denies on a restricted host", () => {
    const toml = "SystemdCgroup = true\nrestrict_oom_score_adj = false\n";
    assert.equal(adjustContainerdConfig(toml, all), "SystemdCgroup = false\nrestrict_oom_score_adj = true\n");
    const unit = "[Service]\nLimitNOFILE=infinity\nTasksMax=infinity\nOOMScoreAdjust=-999\n";
    assert.equal(adjustUnit(unit, all), "[Service]\nTasksMax=infinity\n");
  });

  it("give containers kind's mounts and no limits", () => {
    const spec = JSON.parse(adjustRuntimeSpec('{"process":{"cwd":"/","rlimits":[1]},"hooks":{}}'));
    assert.deepEqual(spec.process, { cwd: "/" });
    assert.deepEqual(spec.hooks.createContainer, [{ path: "/kind/bin/mount-product-files.sh" }]);
  });

  it("provision storage with the two built images", () => {
    const spliced =
      "const defaultStorageManifest = `\na: ` + storageProvisionerImage + `\nb: ` + storageHelperImage + `\nc: ` + storageHelperImage + `\n`\n";
    assert.equal(
      extractStorageManifest(spliced, { provisioner: "p:1", helper: "h:1" }),
      "\na: p:1\nb: h:1\nc: h:1\n",
    );
    assert.throws(
      () => extractStorageManifest("package x", { provisioner: "p", helper: "h" }),
      /kindfiles.ts must follow/,
    );
  });

  it("use the image names that kubeadm lists", () => {
    const listed = ["registry.k8s.io/coredns/coredns:v1.12.0", "registry.k8s.io/etcd:3.6.4-0"];
    assert.equal(findImageByName(listed, "coredns"), "registry.k8s.io/coredns/coredns:v1.12.0");
    assert.throws(() => findImageByName(listed, "pause"), /lists no image pause/);
  });
});
