// When the watcher deploys the settings of packages (presets/otobo/runner/packages/settlePackages.ts).
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../../../init/contract/plan.ts";
import type { World } from "../../../init/engine/ports.ts";
import type { Otobo } from "../../../presets/otobo/runner/otobo.ts";
import { deploySettings, noteRelease } from "../../../presets/otobo/runner/packages/settlePackages.ts";
import { computeSetId } from "../../../presets/otobo/runner/packages/takeRound.ts";
import { NOTES } from "../../../presets/otobo/runner/probes/notes.ts";
import { REBUILD } from "../../../presets/otobo/runner/probes/rebuild.ts";
import type { StepOptions } from "../../../presets/otobo/runner/step.ts";
import { INSTALLED } from "../../../presets/otobo/runner/steps/packages.ts";

const MINUTE_MS = 60_000;

/** An OTOBO with changed settings that are deployed by its command. */
function makeOtobo(dirty: number) {
  const commands: string[] = [];
  const parts: Pick<Otobo, "ask" | "console" | "say"> = {
    ask: (probe, shape) => {
      const rebuilt = { settings: 1, wrong: [], dirty: commands.length > 0 ? 0 : dirty, row: false };
      return Promise.resolve({ answer: shape.parse(probe === REBUILD ? rebuilt : { removed: false }) });
    },
    console: (...words) => {
      commands.push(words.join(" "));
      return Promise.resolve({ is: "exited", code: 0 } as never);
    },
    say: () => undefined,
  };
  return { otobo: parts as Otobo, commands };
}

describe("the settings of packages at run time", () => {
  const options = {} as StepOptions;

  it("are left to OTOBO's own installation for the first minutes", async () => {
    const { otobo, commands } = makeOtobo(2);
    assert.match(
      (await deploySettings(otobo, options, MINUTE_MS)) ?? "",
      /not deployed yet: 2 settings are changed and not deployed/,
    );
    assert.deepEqual(commands, []);
    assert.equal(await deploySettings(otobo, options, 6 * MINUTE_MS), null);
    assert.deepEqual(commands, ["Maint::Config::Rebuild"]);
  });

  it("are not deployed again if they are", async () => {
    const { otobo, commands } = makeOtobo(0);
    assert.equal(await deploySettings(otobo, options, 0), null);
    assert.deepEqual(commands, []);
  });
});

describe("the release that is noted for a settled set of packages", () => {
  const ROW = { id: 1, name: "A", version: "1.0.0", status: "installed", changed: "2026" };
  const ANOTHER = { ...ROW, id: 2, name: "B" };
  let next: string;
  before(async () => {
    next = await mkdtemp(join(tmpdir(), "rollcall-release-"));
    await writeFile(join(next, "RELEASE"), "VERSION = 11.0.5\n");
  });
  after(() => rm(next, { recursive: true }));

  /** @param arriveAfter the work after which another package is in the database */
  function makeDatabase(arriveAfter: "release" | "note" | null) {
    const rows = [ROW];
    const notes = new Map<string, string>();
    const arrive = (now: typeof arriveAfter): void => {
      if (now === arriveAfter) rows.push(ANOTHER);
    };
    const list = () => ({
      packages: rows.map(({ name, version }) => `${name}=${version}`),
      wrong: [],
      written: 0,
      stale: [],
      restored: [],
    });
    const answerPackages = ([how]: readonly string[]) => {
      const answer = list();
      if (how === "list") arrive("release");
      return answer;
    };
    const answerNote = ([name = "", value]: readonly string[]) => {
      if (value !== undefined) {
        notes.set(name, value);
        arrive("note");
      }
      return { value: notes.get(name) ?? "" };
    };
    const parts: Partial<Otobo> = {
      next,
      stop: new AbortController().signal,
      say: () => undefined,
      buildProbe: () => [],
      follow: (_, onLine) => {
        for (const row of rows) onLine(`ROLLCALL ${JSON.stringify({ row })}`);
        onLine('ROLLCALL {"end":null}');
        return Promise.resolve({ is: "exited", code: 0 } as never);
      },
      ask: (probe, shape, ...words) =>
        Promise.resolve({ answer: shape.parse(probe === NOTES ? answerNote(words) : answerPackages(words)) }),
    };
    const steps = ["reinstall", "packages"].map((name) => ({
      name,
      scope: name === "packages" ? "pod" : "release",
      argv: [name],
    }));
    const plan = { steps, release: "image", releaseFrom: ["release"] } as unknown as Plan;
    const world = {
      log: () => undefined,
      runChild: ({ onLine }: { onLine: (line: string) => void }) => {
        onLine(`set:${rows.length}`);
        return Promise.resolve({ is: "exited", code: 0 });
      },
    } as unknown as World;
    const note = () => noteRelease(parts as Otobo, { plan, world, id: computeSetId([ROW]) });
    return { note, notes };
  }

  it("is that of the set", async () => {
    const { note, notes } = makeDatabase(null);
    assert.match(String(await note()), /^image set:1#/);
    assert.match(notes.get(INSTALLED) ?? "", / packages:1:/);
  });

  it("is left to a start while ReinstallAll is owed", async () => {
    const { note, notes } = makeDatabase(null);
    notes.set("ReinstallOwed", "11.0.5 packages:2:abc");
    assert.equal(await note(), null);
    assert.equal(notes.get(INSTALLED), undefined);
    notes.set("ReinstallOwed", "no");
    assert.match(String(await note()), /^image set:1#/);
  });

  it("is not noted for a package that arrives before the note", async () => {
    const { note, notes } = makeDatabase("release");
    assert.deepEqual(await note(), {
      why: "the packages have changed while they were settled; the next round takes them up",
    });
    assert.deepEqual([...notes.keys()], []);
  });

  it("does not count as done for a package that arrives after the note", async () => {
    const { note, notes } = makeDatabase("note");
    assert.deepEqual(await note(), {
      why: "the packages have changed while they were settled; the next round takes them up",
    });
    // for the set before it, which is true
    assert.match(notes.get(INSTALLED) ?? "", / packages:1:/);
  });
});
