// The example of docs/adding-a-preset.md works as printed.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decideOnPod } from "../../webhook/mutation/decidePod.ts";
import { compilePlacement } from "../../webhook/profiles/placing.ts";
import type { WebhookPreset } from "../../webhook/profiles/preset.ts";
import type { Profile } from "../../webhook/profiles/profile.ts";
import { Profiles } from "../../webhook/profiles/profileSet.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { buildWeb1, CONTROLLER, loadActiveConfig } from "../webhook/mutation/pod.ts";

describe("the example of a preset", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-preset-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("compiles a profile that injects a pod", async () => {
    const text = await readFile(join(REPOSITORY_ROOT, "docs/adding-a-preset.md"), "utf8");
    const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
    const file = join(folder, "counter.ts");
    const zod = pathToFileURL(join(REPOSITORY_ROOT, "node_modules/zod/index.js")).href;
    await writeFile(
      file,
      code
        .replaceAll('"../../', `"${pathToFileURL(REPOSITORY_ROOT).href.replace(/\/?$/, "/")}`)
        .replace('"zod"', `"${zod}"`),
    );
    const { counterPreset } = (await import(pathToFileURL(file).href)) as { counterPreset: WebhookPreset };

    const spec = counterPreset.schema.parse({ container: "app" });
    const identity = { name: "demo", version: null };
    const { containers, ...settings } = counterPreset.compile(spec, {
      ...identity,
      placing: compilePlacement({ delivery: "Copy", afterSidecars: [] }),
    });
    assert.deepEqual(containers, ["app"]);
    const profile: Profile = {
      ...identity,
      kind: counterPreset.kind,
      mode: "enforce",
      namespaces: ["*"],
      containers: ["app"],
      selectorLabel: "warn",
      ...settings,
    };
    const { settings: injectSettings } = loadActiveConfig();
    const decision = decideOnPod(
      buildWeb1(),
      { namespace: "demo", username: CONTROLLER },
      { profiles: new Profiles(new Map([["demo", profile]])), settings: injectSettings },
    );
    assert.ok(decision.is === "injected", JSON.stringify(decision));
    assert.match(JSON.stringify(decision.injection.operations), /"COUNTER_ID","value":"2"/);
  });
});
