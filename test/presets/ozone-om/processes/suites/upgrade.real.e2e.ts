// Real Ozone Managers on metadata of an older layout version: a new member waits until the upgrade is finalized.
import assert from "node:assert/strict";
import type { RunChild } from "../../../../../init/engine/ports.ts";
import { readInstalledVersion } from "../../../../../presets/ozone-om/runner/readInstalledVersion.ts";
import { type Crew, makeCrew } from "../crew.ts";
import { measureTime } from "../measureTime.ts";
import { waitForMembers } from "../member.ts";
import { mustWaitFor, reportSoftware, runOmAdmin } from "../obstacle.ts";
import { openPlace, type RingPlace } from "../place.ts";

describe("a ring whose upgrade is not finalized", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;

  before(async () => {
    // the seed's metadata get layout 8, that of 2.0.0 and 2.1.1; its software has 9
    place = await openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? "", {
      listSettings: (id): Record<string, string> =>
        id === "om-0" ? { "testing.ozone.om.init.layout.version": "8" } : {},
    });
    crew = await makeCrew(place, 3);
    await crew.grow(0, "seed");
  });

  after(() => place?.close());

  it("reports both layout versions, its version and its purges; a new member has the same version", async () => {
    const expected = { version: "2.2.0", layout: { metadata: 8, software: 9 }, purges: 0, unanswered: [] };
    assert.deepEqual(await reportSoftware(crew, "om-0"), expected);
    const runChild: RunChild = async ({ argv: [, ...words], onLine }) => {
      const running = place.start("version", words, crew.member(1).conf);
      const code = Number(await running.ended);
      for (const line of running.printed().split("\n")) onLine(line);
      return { is: "exited", code };
    };
    assert.equal(await readInstalledVersion({ command: [place.ozone] }, { runChild }), "2.2.0");
  });

  it("gets a new member only after it was finalized; the member then joins by itself", async () => {
    const waiting = /om-1 waits for the upgrade of Ozone to be finalized: om-0/;
    const running = await mustWaitFor(crew, 1, waiting);
    const { name, detail, pod } = place.record()?.ring?.joinObstacle ?? {};
    assert.deepEqual(
      [name, detail, pod],
      ["upgrade-not-finalized", "metadata layout 8, software layout 9", "om-1"],
    );
    await measureTime("finalized", () => runOmAdmin(crew, "finalizeupgrade"));
    const code = await measureTime("om-1 has joined", () => running.ended);
    assert.equal(code, 0, await crew.member(1).message());
    assert.deepEqual((await reportSoftware(crew, "om-0")).layout, { metadata: 9, software: 9 });
    assert.deepEqual(place.record()?.ring?.members, crew.ids(2));
    assert.equal(place.record()?.ring?.joinObstacle, undefined);
    crew.runs(1, crew.member(1).plain());
    await waitForMembers(place, crew.ids(2));
  });

  it("gets the next one at once", async () => {
    await crew.grow(2, "bootstrap");
    assert.doesNotMatch(await crew.member(2).log(), /om-2 waits for the upgrade/);
  });
});
