// Pools at load: profiles whose numbers could ever meet are refused, with the place of the second.
import assert from "node:assert/strict";
import fc from "fast-check";
import { loadProfiles } from "../../webhook/profiles/load.ts";
import { meet } from "../../webhook/profiles/range.ts";

const profile = (name: string, nodeId: string): string =>
  `  ${name}: {kind: generic, namespaces: ["*"], containers: [app], nodeId: ${nodeId}}\n`;

const load = (...profiles: string[]) => loadProfiles(`profiles:\n${profiles.join("")}`);

describe("pools", () => {
  it("refuse profiles whose ranges meet, and say which numbers", () => {
    const loaded = load(profile("a", "{pool: db, size: 20}"), profile("b", "{pool: db, base: 20, size: 5}"));
    assert.ok("faults" in loaded);
    const [fault] = loaded.faults;
    assert.deepEqual([fault.line, fault.path], [3, "profiles.b.nodeId"]);
    assert.match(fault.message, /its numbers 20\.\.24 meet 1\.\.20 of profile a in pool db/);
  });

  it("let ranges stand side by side, in other pools, and without one", () => {
    for (const [one, two] of [
      ["{pool: db, size: 20}", "{pool: db, base: 21}"],
      ["{pool: db}", "{pool: other}"],
      ["{}", "{}"],
      ["{pool: db}", "{}"],
    ] as const) {
      assert.ok("profiles" in load(profile("a", one), profile("b", two)), `${one} ${two}`);
    }
  });

  it("reserve up to max where no size is said", () => {
    assert.ok(
      "faults" in load(profile("a", "{pool: db, max: 30}"), profile("b", "{pool: db, base: 30, max: 40}")),
    );
    assert.ok("faults" in load(profile("a", "{base: 10, max: 12, size: 4}")), "a size beyond max");
  });

  it("are the database's for the daemons of an OTOBO", () => {
    const desk = (name: string, nodeId: string, database: string): string =>
      `  ${name}: {kind: otobo, namespaces: [x], home: {volume: v}, redis: {host: r}, nodeId: ${nodeId}, database: ${database}}\n`;
    const db = "{kind: mariadb, host: db, secret: s}";
    const loaded = load(
      desk("a", "{size: 20}", db),
      desk("b", "{base: 20}", "{kind: mysql, host: db, port: 3306, secret: s}"),
    );
    assert.ok("faults" in loaded);
    assert.match(
      loaded.faults[0].message,
      /its numbers 20\.\.999 meet 1\.\.20 of profile a in pool db:3306\/otobo/,
    );
    assert.ok("profiles" in load(desk("a", "{size: 20}", db), desk("b", "{base: 21}", db)));
    assert.ok(
      "profiles" in
        load(desk("a", "{}", db), desk("b", "{}", "{kind: mariadb, host: db, name: test, secret: s}")),
    );
    assert.ok(
      "faults" in load(desk("a", "{}", db), profile("b", "{pool: 'db:3306/otobo'}")),
      "a generic profile of the same pool",
    );
    const web = desk("web", "{}", db).replace(
      "kind: otobo",
      "kind: otobo, daemonId: 1, s3: {endpoint: 'https://s3', bucket: desk, credentialsSecret: s}",
    );
    assert.ok("profiles" in load(desk("a", "{}", db), web), "a web workload of its own gives out no numbers");
  });

  it("meet exactly where a number is in both, so that ordinals and numbers are one to one", () => {
    const range = fc
      .record({ base: fc.nat(30), size: fc.integer({ min: 1, max: 10 }) })
      .map(({ base, size }) => ({ base, size, max: 100, pool: "p" }));
    fc.assert(
      fc.property(range, range, (a, b) => {
        const numbers = new Set(Array.from({ length: a.size }, (_, ordinal) => a.base + ordinal));
        const shared = Array.from({ length: b.size }, (_, ordinal) => b.base + ordinal).some((each) =>
          numbers.has(each),
        );
        assert.equal(meet(a, b), shared);
      }),
      { numRuns: 2000 },
    );
  });
});
