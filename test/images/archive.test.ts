import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, readFile, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { writeArchive } from "../../build/images/archive.ts";
import { buildConfiguration } from "../../build/images/image.ts";
import { buildLayer } from "../../build/images/layer.ts";
import { makeSmallFolder } from "./makeSmallFolder.ts";

const FACTS = { contents: "node 24", version: "1.2.3" };
const REFERENCE = "registry.local/rollcall/init:1.2.3";

describe("an image as an OCI archive", () => {
  let folder = "";
  let file = "";

  before(async () => {
    folder = await makeSmallFolder();
    file = join(folder, "init.tar");
    await write();
  });

  after(() => rm(folder, { recursive: true }));

  async function write(): Promise<Buffer> {
    const layers = [
      await buildLayer(folder, ["node", "lib"]),
      await buildLayer(folder, ["rollcall", "rollcall.cjs"]),
    ];
    await writeArchive(
      {
        reference: REFERENCE,
        images: [{ arch: "arm64", layers, config: buildConfiguration("init", FACTS) }],
      },
      file,
    );
    return readFile(file);
  }

  it("has a name for containerd and for other engines", async () => {
    const { index } = await read(file);
    assert.equal(index.manifests.length, 1);
    assert.deepEqual(index.manifests[0].annotations, {
      "io.containerd.image.name": REFERENCE,
      "org.opencontainers.image.ref.name": REFERENCE,
    });
    assert.deepEqual(index.manifests[0].platform, { architecture: "arm64", os: "linux" });
  });

  it("runs the launcher as a numeric user", async () => {
    const { config } = await read(file);
    assert.equal(config.config.User, "65532:65532");
    assert.deepEqual(config.config.Entrypoint, ["/rollcall"]);
    assert.equal(config.config.Cmd, undefined);
    assert.equal(config.architecture, "arm64");
  });

  it("contains exactly the runner's files, owned by root and world-readable", async () => {
    const { layers } = await read(file);
    const entries = (await Promise.all(layers.map((tar) => readFiles(tar)))).flat();
    assert.deepEqual(
      entries.map(({ header }) => [
        header.name,
        header.type,
        (header.mode ?? 0).toString(8),
        header.uid,
        header.gid,
      ]),
      [
        ["lib/", "directory", "755", 0, 0],
        ["lib/ld.so", "file", "755", 0, 0],
        ["lib/libc.so.6", "file", "644", 0, 0],
        ["node", "file", "755", 0, 0],
        ["rollcall", "file", "755", 0, 0],
        ["rollcall.cjs", "file", "644", 0, 0],
      ],
    );
    assert.equal(entries[3]?.body.toString(), "this is node\n");
  });

  it("refers to each layer by the digest of its tar", async () => {
    const { config, layers } = await read(file);
    assert.deepEqual(config.rootfs.diff_ids, layers.map(digest));
  });

  it("names every blob by its digest", async () => {
    const blobs = (await readFiles(await readFile(file))).filter(({ header }) =>
      header.name.startsWith("blobs/sha256/"),
    );
    const named = blobs.filter(({ header }) => header.type === "file");
    assert.equal(named.length, 4);
    for (const { header, body } of named)
      assert.equal(`sha256:${header.name.split("/").at(-1)}`, digest(body));
  });

  it("has the same bytes at any time and under any umask", async () => {
    const first = await readFile(file);
    await utimes(join(folder, "node"), 1, 1);
    await chmod(join(folder, "lib"), 0o700);
    await chmod(join(folder, "rollcall.cjs"), 0o600);
    assert.deepEqual(digest(await write()), digest(first));
  });
});

interface File {
  header: {
    name: string;
    type?: string | null | undefined;
    mode?: number | undefined;
    uid?: number | undefined;
    gid?: number | undefined;
  };
  body: Buffer;
}

async function readFiles(tar: Buffer): Promise<File[]> {
  const files = extract();
  files.end(tar);
  const found: File[] = [];
  for await (const file of files) found.push({ header: file.header, body: await buffer(file) });
  return found;
}

async function read(archive: string) {
  const files = new Map(
    (await readFiles(await readFile(archive))).map(({ header, body }) => [header.name, body]),
  );
  const parse = (name: string) => JSON.parse(String(files.get(name)));
  const blob = ({ digest }: { digest: string }): string => `blobs/${digest.replace(":", "/")}`;
  const index = parse("index.json");
  const manifest = parse(blob(index.manifests[0]));
  const layers: Buffer[] = manifest.layers.map((layer: { digest: string }) =>
    gunzipSync(files.get(blob(layer)) ?? Buffer.alloc(0)),
  );
  return { index, config: parse(blob(manifest.config)), layers };
}

function digest(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
