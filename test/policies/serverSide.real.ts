// The base and the overlays by client-side and server-side apply in turn, on a real API server: no conflict, and nothing
// that GitOps tools would report as a difference.
import assert from "node:assert/strict";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { type RealApiServer, startApiServer } from "./apiServer.ts";

/** In the order in which they can be applied to one cluster. cert-manager needs definitions that are not here. */
const FOLDERS = [
  "base",
  "overlays/floor",
  "overlays/network-policy",
  "overlays/priority-quota",
  "overlays/client-certificate",
  "overlays/kubelet-port",
  "overlays/pull-secret",
  "overlays/host-network",
];

const APPLY = ["apply"];
const SERVER_SIDE = ["apply", "--server-side"];

/** The webhook publishes its CA like this (webhook/server/certificates). */
const PUBLISH_CA = ["patch", "--type=json", "--field-manager=rollcall", "--patch"];

for (const [first, second, folders] of [
  [APPLY, SERVER_SIDE, FOLDERS],
  [SERVER_SIDE, APPLY, ["base"]],
] as const) {
  describe(`kubectl ${first.join(" ")}, then ${second.join(" ")}`, function () {
    this.timeout(120_000);
    let api: RealApiServer | undefined;
    before(async function () {
      api = await startApiServer(this);
    });
    after(() => api?.stop());

    /** Must succeed; returns what is printed. */
    const run = async (words: readonly string[], folder: string): Promise<string> => {
      assert.ok(api);
      const path = join(REPOSITORY_ROOT, "manifests", folder);
      const { code, stdout, stderr } = await api.kubectl("admin", [...words, "-k", path]);
      assert.equal(code, 0, stderr || stdout);
      return stdout;
    };

    for (const folder of folders) {
      it(`has no conflict and no difference: ${folder}`, async () => {
        await run(first, folder);
        await run(second, folder);
        // the other kind of diff reports kubectl's own annotation, whose text differs between the two
        assert.equal(await run(["diff", ...second.slice(1)], folder), "");
        await run(first, folder);
      });
    }

    it("changes nothing that is applied again", async () => {
      await run(APPLY, "base");
      const changed = (await run(APPLY, "base")).split("\n").filter((line) => line.endsWith("configured"));
      // kubectl replaces the selector of a budget each time (patchStrategy: replace)
      const known = ["poddisruptionbudget.policy/rollcall configured"];
      assert.deepEqual(
        changed.filter((line) => !known.includes(line)),
        [],
      );
    });

    it("keeps the caBundle of the webhook", async () => {
      assert.ok(api);
      const bundle = Buffer.from("a bundle").toString("base64");
      const patch = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value: bundle }];
      const configuration = "mutatingwebhookconfiguration/rollcall";
      const patched = await api.kubectl("admin", [...PUBLISH_CA, JSON.stringify(patch), configuration]);
      assert.equal(patched.code, 0, patched.stderr);
      for (const words of [second, first]) await run(words, "base");
      const path = "jsonpath={.webhooks[0].clientConfig.caBundle}";
      assert.equal((await api.kubectl("admin", ["get", configuration, "-o", path])).stdout, bundle);
    });
  });
}
