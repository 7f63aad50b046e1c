// Texts that were made to harm: refused in one line, soon, and without a crash. In the server a crash here would
// take the last good profiles down too.
import assert from "node:assert/strict";
import fc from "fast-check";
import { faultLine, loadProfiles } from "../../webhook/profiles/load.ts";
import { demoWith, faultsOf, profilesOf } from "./faults.ts";

/** Far more than any of these takes, far less than a bomb would. */
const SOON_MS = 5_000;

function soon<T>(work: () => T): T {
  const began = performance.now();
  const result = work();
  const took = performance.now() - began;
  assert.ok(took < SOON_MS, `took ${took} ms`);
  return result;
}

describe("a hostile profiles.yaml", () => {
  it("with an alias bomb is refused soon, and named as what it is", () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? "x" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 10 }, () => inner).join(", ")}]`;
    });
    const told = soon(() => faultsOf(`${levels.join("\n")}\nprofiles: *a11\n`));
    assert.deepEqual(told.length, 1);
    assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: Excessive alias count/);
  });

  it("with an alias to nowhere names the alias", () => {
    assert.match(faultsOf("profiles: *nowhere\n")[0] ?? "", /^profiles\.yaml:\d+:\d+: .*alias.*nowhere/);
  });

  it("may use aliases as everybody does", () => {
    const text = "profiles:\n  a: &a {kind: generic, namespaces: [x], containers: [app]}\n  b: *a\n";
    assert.deepEqual([...profilesOf(text).keys()], ["a", "b"]);
  });

  for (const [what, nested] of Object.entries({
    lists: (depth: number) => `profiles: ${"[".repeat(depth)}${"]".repeat(depth)}`,
    "lists without an end": (depth: number) => `profiles: ${"[".repeat(depth)}`,
    maps: (depth: number) => `profiles: ${"{a: ".repeat(depth)}${"}".repeat(depth)}`,
    "block lists": (depth: number) => `${"- ".repeat(depth)}x`,
  })) {
    it(`with ${what} nested deeper than any stack is refused, not crashed over`, () => {
      // around the depth where parsing still works and what comes after it does not, too
      for (const depth of [300, 900, 1_500, 3_000, 10_000]) {
        const told = soon(() => faultsOf(nested(depth)));
        assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: ./, `depth ${depth}`);
      }
    });
  }

  it("with __proto__ as a profile or a key changes nothing of ours", () => {
    const inherited =
      "profiles:\n  __proto__:\n    kind: generic\n    namespaces: ['*']\n    containers: [app]\n";
    assert.match(
      faultsOf(inherited)[0] ?? "",
      /:2:3: profiles\.__proto__: a profile cannot be called __proto__/,
    );
    assert.match(
      faultsOf(demoWith("__proto__: {mode: warn}"))[0] ?? "",
      /:6:5: .*unknown key "__proto__" in profiles\.demo$/,
    );
    assert.notDeepEqual(faultsOf("__proto__: {profiles: {}}"), []);
    const plain: Record<string, unknown> = {};
    for (const name of ["kind", "mode", "profiles", "namespaces"]) assert.equal(plain[name], undefined);
  });

  it("with a profile named like something that objects inherit has just that profile", () => {
    const profiles = profilesOf(demoWith().replace("demo:", "constructor:"));
    assert.deepEqual([...profiles.keys()], ["constructor"]);
    assert.equal(profiles.get("toString"), undefined);
  });

  it("with newlines in what is quoted is still told in one line", () => {
    const told = [
      ...faultsOf(demoWith('"x\\ny": 1')),
      ...faultsOf(demoWith('env: [{name: A, value: "{a\\nb}"}]')),
    ];
    assert.equal(told.length, 2);
    for (const line of told) assert.ok(!line.includes("\n"), line);
  });
});

/** Pieces that YAML gives a meaning to, between those that our schema does. */
const PIECES = [
  ..."[]{}:-,?#&*!|>%@`'\"\t\n ",
  ..."\r\0\u0085\u2028\ufeff\ud800~",
  "\n  ",
  "---\n",
  "...",
  "<<: ",
  "&a ",
  "*a",
  "!!set ",
  "!!binary ",
  "__proto__: ",
  "profiles:\n",
  "  demo:\n",
  "    kind: generic\n",
  "    steps:\n    - ",
  "nodeId: {base: 1e999}",
  "{podName",
  "0x",
  ".inf",
];
const yamlish = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })), { maxLength: 40 })
  .map((pieces) => pieces.join(""));

describe("any text at all", () => {
  const loadsOrIsRefused = (text: string): void => {
    const loaded = loadProfiles(text);
    if ("profiles" in loaded) return;
    for (const fault of loaded.faults) {
      assert.ok(fault.line >= 1 && fault.column >= 1);
      assert.match(faultLine("f", fault), /^f:\d+:\d+: [^\n]+$/);
    }
  };

  it("loads or is refused with lines and columns, never thrown over", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), loadsOrIsRefused), { numRuns: 500 });
  });

  it("and so does anything that looks like YAML", () => {
    fc.assert(fc.property(yamlish, loadsOrIsRefused), { numRuns: 500 });
  });

  it("and so does any value where a profile or a field is due", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom("steps", "env", "nodeId", "markers", "mode"),
        (value, key) => {
          const json = JSON.stringify(value);
          loadsOrIsRefused(`profiles: {demo: ${json}}`);
          loadsOrIsRefused(demoWith(`${key}: ${json}`));
        },
      ),
    );
  });
});
