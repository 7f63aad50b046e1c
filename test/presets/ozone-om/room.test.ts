// Whether the container has memory for an admin command: memory that the kernel can reclaim counts as free.
import assert from "node:assert/strict";
import { checkRoom } from "../../../presets/ozone-om/runner/checkRoom.ts";

const MIB = 1024 * 1024;

const room = (files: Record<string, string>) =>
  checkRoom(200, {
    readText: async (path) => files[path.replace("/sys/fs/cgroup/", "")] ?? assert.fail(`no ${path}`),
  });

describe("memory for an admin command", () => {
  const full = { "memory.max": `${1024 * MIB}\n`, "memory.current": `${1000 * MIB}\n` };

  it("is denied if the container is nearly full", async () => {
    const why = await room({ ...full, "memory.stat": `anon ${990 * MIB}\ninactive_file 0\n` });
    assert.match(
      why ?? "",
      /has 24 MiB left of its 1024 MiB .* about 200 MiB; raise resources\.limits\.memory/,
    );
  });

  it("counts page cache as free", async () => {
    const stat = `anon ${700 * MIB}\ninactive_file ${20 * MIB}\nactive_file ${150 * MIB}\nslab_reclaimable ${30 * MIB}\n`;
    assert.equal(await room({ ...full, "memory.stat": stat }), null);
  });

  it("is not checked without a known limit", async () => {
    assert.equal(await room({ ...full, "memory.max": "max\n", "memory.stat": "" }), null);
    assert.equal(await room({}), null);
  });
});
