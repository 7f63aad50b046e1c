// pathStyle: false uses the bucket's own host name, as AWS requires. The test makes the name known in a mount namespace
// only.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { needsPrograms, needsRoot } from "../../requirements.ts";
import { KEY_ENV, placeAt } from "./s3/place.ts";

describe("the S3 client without path style", () => {
  it("sends requests for /KEY to BUCKET.HOST", async function () {
    needsRoot(this);
    needsPrograms(this, ["unshare", "mount"]);
    const folder = await mkdtemp(join(tmpdir(), "rollcall-host-"));
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.headers.host} ${request.url?.split("?")[0]}`);
      response.writeHead(200, { etag: '"1"' }).end("text");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    try {
      const hosts = join(folder, "hosts");
      await writeFile(hosts, "127.0.0.1 localhost boot.s3.test\n");
      const objects = new URL("../../../init/world/openObjects.ts", import.meta.url).href;
      const place = placeAt(`http://s3.test:${port}`, { pathStyle: false });
      const script = `const { openObjects } = await import(${JSON.stringify(objects)});
        console.log(JSON.stringify(await (await openObjects(${JSON.stringify(place)}, process.env)).get("a/b.json")));`;
      const child = spawn(
        "unshare",
        [
          "--mount",
          "sh",
          "-ec",
          'mount --bind "$1" /etc/hosts; exec "$2" --input-type=module --eval "$3"',
          "sh",
          hosts,
          process.execPath,
          script,
        ],
        {
          env: { PATH: process.env["PATH"], ...KEY_ENV },
          cwd: fileURLToPath(new URL("../../..", import.meta.url)),
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
      });
      await once(child, "close");
      assert.deepEqual(JSON.parse(out), { is: "object", text: "text", etag: '"1"' });
      assert.deepEqual(asked, [`boot.s3.test:${port} /a/b.json`]);
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
