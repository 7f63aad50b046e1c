// When the watcher deploys the settings of packages (presets/otobo/runner/packages/settlePackages.ts).
import assert from "node:assert/strict";
import type { Otobo } from "../../../presets/otobo/runner/otobo.ts";
import { checkSetUnchanged, deploySettings } from "../../../presets/otobo/runner/packages/settlePackages.ts";
import { computeSetId } from "../../../presets/otobo/runner/packages/takeRound.ts";
import { REBUILD } from "../../../presets/otobo/runner/probes/rebuild.ts";
import type { StepOptions } from "../../../presets/otobo/runner/step.ts";

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

describe("the set of packages that is settled", () => {
  const follow = (rows: readonly { id: number; version: string }[]): Otobo =>
    ({
      stop: new AbortController().signal,
      buildProbe: () => [],
      follow: (_: unknown, onLine: (line: string) => void) => {
        for (const row of rows)
          onLine(
            `ROLLCALL ${JSON.stringify({ row: { ...row, name: "A", status: "installed", changed: "2026" } })}`,
          );
        onLine('ROLLCALL {"end":null}');
        return Promise.resolve({ is: "exited", code: 0 } as never);
      },
    }) as Partial<Otobo> as Otobo;
  const row = { id: 1, name: "A", version: "1.0.0", status: "installed", changed: "2026" };

  it("must still be the one in the database, before it counts as done", async () => {
    const id = computeSetId([row]);
    assert.equal(await checkSetUnchanged(follow([{ id: 1, version: "1.0.0" }]), id), null);
    assert.match(
      (await checkSetUnchanged(follow([{ id: 2, version: "1.0.1" }]), id)) ?? "",
      /the packages have changed while they were settled/,
    );
  });
});
