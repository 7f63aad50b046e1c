// Pools: of profiles with overlapping numbers only one is active.
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

describe("pools of profiles from files", () => {
  it("rejects overlapping ranges and names the numbers", () => {
    const loaded = load(profile("a", "pool: db, size: 20"), profile("b", "pool: db, base: 20, size: 5"));
    assert.ok("faults" in loaded);
    const [fault, ...others] = loaded.faults;
    assert.deepEqual([fault.line, fault.path, others], [4, "spec", []]);
    assert.match(
      fault.message,
      /^numbers 20 to 24 overlap with 1 to 20 of profile a in pool db; choose base and size/,
    );
  });

  it("accepts disjoint ranges, other pools, and profiles without a pool", () => {
    for (const [one, two] of [
      ["pool: db, size: 20", "pool: db, base: 21"],
      ["pool: db", "pool: other"],
      ["", ""],
      ["pool: db", ""],
    ] as const) {
      assert.ok("profiles" in load(profile("a", one), profile("b", two)), `${one} ${two}`);
    }
  });

  it("reserves up to max without a size", () => {
    const [to30, from30] = [
      numbered("a", "pool: db, base: 1, max: 30"),
      numbered("b", "pool: db, base: 30, max: 40"),
    ];
    assert.ok("faults" in load(to30, from30));
    assert.ok("faults" in load(numbered("a", "base: 10, max: 12, size: 4")), "a size beyond max");
  });

  it("uses the database as the default pool of OTOBO daemons", () => {
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
      /numbers 20 to 999 overlap with 1 to 20 of profile a in pool db:3306\/otobo/,
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
    assert.ok("profiles" in load(desk("a", "{}", db), web), "a workload without daemon reserves no numbers");
  });

  it("finds an overlap exactly if both ranges have a number in common", () => {
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

describe("stored profiles that overlap in a pool", () => {
  it("keeps the older one active and rejects the other with a reason", () => {
    const resolved = resolveProfiles([pooled("a", NEW, 1, 10), pooled("z", OLD, 5, 10)]);
    assert.deepEqual([...resolved.keys()], ["z"]);
    assert.deepEqual(resolved.getRejection("a"), {
      reason: "Conflict",
      message:
        "numbers 1 to 10 overlap with 5 to 14 of profile z in pool db; choose base and size so that the ranges of all " +
        "profiles in a pool are disjoint",
    });
    assert.equal(resolved.getRejection("z"), undefined);
  });

  it("decides by name between profiles that were created within the same second", () => {
    const resolved = resolveProfiles([pooled("b", OLD, 1, 10), pooled("a", OLD, 5, 10)]);
    assert.deepEqual([[...resolved.keys()], resolved.getRejection("b")?.reason], [["a"], "Conflict"]);
  });

  it("does not reserve numbers for a rejected profile", () => {
    // b overlaps with a and is rejected; c overlaps only with b and is active
    const all = [pooled("a", "2026-01-01T00:00:00Z", 1, 10), pooled("b", "2026-01-01T00:00:01Z", 10, 10)];
    const resolved = resolveProfiles([...all, pooled("c", "2026-01-01T00:00:02Z", 15, 10)]);
    assert.deepEqual([...resolved.keys()].sort(), ["a", "c"]);
  });

  it("does not compare profiles that are invalid or have no pool", () => {
    const invalid = candidate("broken", OLD, numbered("broken", "base: 5, max: 4, pool: db"));
    const free = candidate("free", NEW, numbered("free", "base: 1, max: 999"));
    const resolved = resolveProfiles([invalid, free, pooled("a", NEW, 1, 999)]);
    assert.deepEqual([...resolved.keys()].sort(), ["a", "free"]);
    assert.deepEqual(resolved.getRejection("broken"), {
      reason: "Invalid",
      message: "spec.generic.nodeID: base 5 is above max 4",
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
  const summarize = (all: readonly ProfileCandidate[]): unknown => {
    const resolved = resolveProfiles(all);
    return all
      .map(({ name }) => [name, resolved.get(name)?.nodeId, resolved.getRejection(name)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  };

  it("are resolved alike in any order", () => {
    fc.assert(fc.property(inAnyOrder, ([one, other]) => assert.deepEqual(summarize(one), summarize(other))));
  });

  it("are never both active", () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const active = [...resolveProfiles(all).values()];
        const pairs = active.flatMap((a, index) => active.slice(index + 1).map((b) => [a, b] as const));
        assert.ok(pairs.every(([a, b]) => !overlaps(a.nodeId, b.nodeId)));
      }),
    );
  });

  it("are rejected only because of an older active one", () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const resolved = resolveProfiles(all);
        const getAge = (name: string) => `${all.find((each) => each.name === name)?.createdAt} ${name}`;
        const isRejected = ({ name, read }: ProfileCandidate) =>
          "profile" in read && resolved.get(name) === undefined;
        for (const { name, read } of all.filter(isRejected)) {
          assert.ok("profile" in read);
          const older = [...resolved.values()].filter((each) => getAge(each.name) < getAge(name));
          assert.ok(older.some((each) => overlaps(each.nodeId, read.profile.nodeId)));
        }
      }),
    );
  });
});
