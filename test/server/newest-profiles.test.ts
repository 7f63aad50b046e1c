// A replica that is about to deny asks what the ConfigMap holds now; what it cannot learn changes nothing.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LiveProfiles, liveProfiles } from "../../webhook/profiles/live.ts";
import type { Profiles } from "../../webhook/profiles/profile.ts";
import { versionsOf } from "../../webhook/server/newestProfiles.ts";
import { demoWith, profilesOf } from "../profiles/faults.ts";

describe("the newest profiles", () => {
  const grumbled: string[] = [];
  let folder = "";
  let path = "";
  let live: LiveProfiles;
  let judgedBy: Profiles | null = null;
  beforeEach(async () => {
    grumbled.length = 0;
    folder = await mkdtemp(join(tmpdir(), "rollcall-newest-"));
    path = join(folder, "profiles.yaml");
    await writeFile(path, demoWith());
    live = liveProfiles(path);
    await live.reload();
    judgedBy = live.current();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function newestOf(
    read: (deadline: AbortSignal) => Promise<Record<string, string>>,
  ): Promise<string | null> {
    const versions = versionsOf({ live, path, read, grumble: (line) => grumbled.push(line) });
    const found = await versions.newest(new AbortController().signal, judgedBy);
    return found?.get("demo")?.mode ?? null;
  }
  const holding = (data: Record<string, string>) => newestOf(() => Promise.resolve(data));

  it("are those of the ConfigMap, which has not come here yet", async () =>
    assert.equal(await holding({ "profiles.yaml": demoWith("mode: warn") }), "warn"));

  it("are none where this replica goes by them, where they are wrong, and where the key is not there", async () => {
    assert.equal(await holding({ "profiles.yaml": demoWith() }), null);
    assert.equal(await holding({ "profiles.yaml": demoWith("mode: loud") }), null);
    assert.equal(await holding({ "others.yaml": demoWith("mode: warn") }), null);
    assert.deepEqual(grumbled, []);
  });

  it("are those that came here after the decision, also while the ConfigMap is asked for", async () => {
    const text = demoWith("mode: warn");
    const meanwhile = async (): Promise<void> => {
      await writeFile(path, text);
      assert.equal((await live.reload()).is, "loaded");
    };
    assert.equal(await newestOf(() => meanwhile().then(() => ({ "profiles.yaml": text }))), "warn");
    const refused = () => Promise.reject(new Error("the API server answered 403: no"));
    assert.equal(await newestOf(refused), "warn", "it has come, and nobody need be asked");
    judgedBy = live.current();
    assert.equal(await holding({ "profiles.yaml": text }), null);
  });

  it("are never older than those judged by", async () => {
    judgedBy = profilesOf(demoWith("mode: warn"));
    assert.equal(await newestOf(() => Promise.reject(new Error("the API server answered 503: no"))), null);
  });

  it("are none where it cannot be asked, which is told", async () => {
    assert.equal(await newestOf(() => Promise.reject(new Error("the API server answered 403: no"))), null);
    assert.match(grumbled.join(), /newer version is not known: the API server answered 403: no/);
  });

  it("are not waited for beyond four seconds", async () => {
    const never = (deadline: AbortSignal) =>
      new Promise<never>((_, reject) => {
        deadline.addEventListener("abort", () => reject(new Error("it did not answer in time")));
      });
    const began = performance.now();
    assert.equal(await newestOf(never), null);
    assert.ok(performance.now() - began < 4_000);
    assert.match(grumbled.join(), /did not answer in time/);
  });
});
