// Pools: of profiles whose numbers could ever meet one alone counts.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { loadProfiles } from "../../../webhook/profiles/load.ts";
import { type ProfileCandidate, resolveProfiles } from "../../../webhook/profiles/profileSet.ts";
import { overlaps } from "../../../webhook/profiles/range.ts";
import { readProfile } from "../../../webhook/profiles/readProfile.ts";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";

const numbered = (name: string, nodeID: string): string => renderGenericYaml(name, `nodeID: {${nodeID}}`);
const profile = (name: string, nodeID: string): string =>
  numbered(
    name,
    [nodeID.includes("base") ? "max: 999" : "base: 1, max: 999", nodeID].filter(Boolean).join(", "),
  );

const load = (...profiles: string[]) => loadProfiles(profiles.join(""));

describe("pools in files", () => {
  it("refuse profiles whose ranges meet, and say which numbers", () => {
    const loaded = load(profile("a", "pool: db, size: 20"), profile("b", "pool: db, base: 20, size: 5"));
    assert.ok("faults" in loaded);
    const [fault, ...others] = loaded.faults;
    assert.deepEqual([fault.line, fault.path, others], [4, "spec", []]);
    assert.match(
      fault.message,
      /^its numbers 20 to 24 overlap 1 to 20 of profile a in pool db; give each profile/,
    );
  });

  it("let ranges stand side by side, in other pools, and without one", () => {
    for (const [one, two] of [
      ["pool: db, size: 20", "pool: db, base: 21"],
      ["pool: db", "pool: other"],
      ["", ""],
      ["pool: db", ""],
    ] as const) {
      assert.ok("profiles" in load(profile("a", one), profile("b", two)), `${one} ${two}`);
    }
  });

  it("reserve up to max where no size is said", () => {
    const [to30, from30] = [
      numbered("a", "pool: db, base: 1, max: 30"),
      numbered("b", "pool: db, base: 30, max: 40"),
    ];
    assert.ok("faults" in load(to30, from30));
    assert.ok("faults" in load(numbered("a", "base: 10, max: 12, size: 4")), "a size beyond max");
  });

  it("are the database's for the daemons of an OTOBO", () => {
    const desk = (name: string, nodeID: string, database: string, more = ""): string =>
      renderProfileYaml(
        name,
        `type: Otobo, namespaces: [x], otobo: {home: {volume: v, mode: Ephemeral}, redis: {host: r}, nodeID: ${nodeID},
        database: ${database}, scaleDown: {policy: Managed, minReplicas: 1}${more}}`,
      );
    const db = "{type: MariaDB, host: db, passwordSecretName: s}";
    const loaded = load(
      desk("a", "{size: 20}", db),
      desk("b", "{base: 20}", "{type: MySQL, host: db, port: 3306, passwordSecretName: s}"),
    );
    assert.ok("faults" in loaded);
    assert.match(
      loaded.faults[0].message,
      /its numbers 20 to 999 overlap 1 to 20 of profile a in pool db:3306\/otobo/,
    );
    assert.ok("profiles" in load(desk("a", "{size: 20}", db), desk("b", "{base: 21}", db)));
    assert.ok(
      "profiles" in
        load(
          desk("a", "{}", db),
          desk("b", "{}", "{type: MariaDB, host: db, name: test, passwordSecretName: s}"),
        ),
    );
    assert.ok(
      "faults" in load(desk("a", "{}", db), profile("b", "pool: 'db:3306/otobo'")),
      "a generic profile of the same pool",
    );
    const s3 = ", daemonID: 1, s3: {endpoint: 'https://s3', bucket: desk, credentialsSecretName: s}";
    const web = desk("web", "{}", db, s3);
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
        assert.equal(overlaps(a, b), shared);
      }),
      { numRuns: 2000 },
    );
  });
});

const candidate = (name: string, createdAt: string, text: string): ProfileCandidate => ({
  name,
  createdAt,
  read: readProfile(parse(text), { uid: name, generation: 1 }),
});

const pooled = (name: string, createdAt: string, base: number, size: number, pool = "db"): ProfileCandidate =>
  candidate(name, createdAt, numbered(name, `base: ${base}, max: 999, size: ${size}, pool: ${pool}`));

const [OLD, NEW] = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"];

describe("stored profiles that meet in a pool", () => {
  it("leave the older one active, and the other one is told why it is not", () => {
    const resolved = resolveProfiles([pooled("a", NEW, 1, 10), pooled("z", OLD, 5, 10)]);
    assert.deepEqual([...resolved.keys()], ["z"]);
    assert.deepEqual(resolved.getRejection("a"), {
      reason: "Conflict",
      message:
        "its numbers 1 to 10 overlap 5 to 14 of profile z in pool db; give each profile of a pool a base and a size of its own",
    });
    assert.equal(resolved.getRejection("z"), undefined);
  });

  it("leave the first by name active where both are of one second", () => {
    const resolved = resolveProfiles([pooled("b", OLD, 1, 10), pooled("a", OLD, 5, 10)]);
    assert.deepEqual([[...resolved.keys()], resolved.getRejection("b")?.reason], [["a"], "Conflict"]);
  });

  it("take no room for one that is not active itself", () => {
    // b meets a and is out, so that c, which meets b alone, is in
    const all = [pooled("a", "2026-01-01T00:00:00Z", 1, 10), pooled("b", "2026-01-01T00:00:01Z", 10, 10)];
    const resolved = resolveProfiles([...all, pooled("c", "2026-01-01T00:00:02Z", 15, 10)]);
    assert.deepEqual([...resolved.keys()].sort(), ["a", "c"]);
  });

  it("leave those alone that are invalid or of no pool", () => {
    const invalid = candidate("broken", OLD, numbered("broken", "base: 5, max: 4, pool: db"));
    const free = candidate("free", NEW, numbered("free", "base: 1, max: 999"));
    const resolved = resolveProfiles([invalid, free, pooled("a", NEW, 1, 999)]);
    assert.deepEqual([...resolved.keys()].sort(), ["a", "free"]);
    assert.deepEqual(resolved.getRejection("broken"), {
      reason: "Invalid",
      message: "spec.generic.nodeID: base 5 is above max 4: no pod could get a number",
    });
  });

  const candidates = fc
    .uniqueArray(
      fc.record({
        name: fc.constantFrom(..."abcdefgh"),
        createdAt: fc.constantFrom(OLD, NEW, "2026-01-01T00:00:02Z"),
        base: fc.nat(12),
        size: fc.integer({ min: 1, max: 6 }),
        pool: fc.constantFrom("db", "other"),
      }),
      { selector: ({ name }) => name, maxLength: 8 },
    )
    .map((all) =>
      all.map(({ name, createdAt, base, size, pool }) => pooled(name, createdAt, base, size, pool)),
    );
  const inAnyOrder = candidates.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
  );
  const told = (all: readonly ProfileCandidate[]): unknown => {
    const resolved = resolveProfiles(all);
    return all
      .map(({ name }) => [name, resolved.get(name)?.nodeId, resolved.getRejection(name)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  };

  it("are decided on alike in whatever order a replica has got them", () => {
    fc.assert(fc.property(inAnyOrder, ([one, other]) => assert.deepEqual(told(one), told(other))));
  });

  it("never have two that are active and share a number", () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const active = [...resolveProfiles(all).values()];
        const pairs = active.flatMap((a, index) => active.slice(index + 1).map((b) => [a, b] as const));
        assert.ok(pairs.every(([a, b]) => !overlaps(a.nodeId, b.nodeId)));
      }),
    );
  });

  it("are out only for an older one that is in", () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const resolved = resolveProfiles(all);
        const formatAge = (name: string) => `${all.find((each) => each.name === name)?.createdAt} ${name}`;
        const isOut = ({ name, read }: ProfileCandidate) =>
          "profile" in read && resolved.get(name) === undefined;
        for (const { name, read } of all.filter(isOut)) {
          assert.ok("profile" in read);
          const older = [...resolved.values()].filter((each) => formatAge(each.name) < formatAge(name));
          assert.ok(older.some((each) => overlaps(each.nodeId, read.profile.nodeId)));
        }
      }),
    );
  });
});
