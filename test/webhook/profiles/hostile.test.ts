// Texts and objects that were made to harm: refused in one line, soon, and without a crash. In the server a crash here would
// take the other profiles down too.
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatFaultLine, loadProfiles } from "../../../webhook/profiles/load.ts";
import { readProfile } from "../../../webhook/profiles/readProfile.ts";
import { PROFILE_API_VERSION, PROFILE_KIND } from "../../../webhook/profiles/schema.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { listFaultLines, loadValidProfiles, renderDemo, renderSpec } from "./faults.ts";

const HEAD = "apiVersion: rollcall.dev/v1alpha1\nkind: RollcallProfile\nmetadata: {name: demo}\n";

/** Far more than any of these takes, far less than a bomb would. */
const SOON_MS = 5_000;

function soon<T>(work: () => T): T {
  const began = performance.now();
  const result = work();
  const took = performance.now() - began;
  assert.ok(took < SOON_MS, `took ${took} ms`);
  return result;
}

describe("a hostile file of profiles", () => {
  it("with an alias bomb is refused soon, and named as what it is", () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? "x" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 10 }, () => inner).join(", ")}]`;
    });
    const told = soon(() => listFaultLines(`${levels.join("\n")}\n${HEAD}spec: *a11\n`));
    assert.deepEqual(told.length, 1);
    assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: Excessive alias count/);
  });

  it("with a map of very many keys is refused soon, with no more faults than anybody reads", () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `  k${index}: 1\n`).join("");
    const told = soon(() => listFaultLines(`${HEAD}spec:\n${keys}`));
    assert.ok(told.length > 1 && told.length <= 20, String(told.length));
    assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: spec\./);
  });

  it("with a key that comes twice among very many names its place", () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `  k${index}: 1\n`).join("");
    const told = soon(() => listFaultLines(`${HEAD}spec:\n${keys}  k7: 2\n`));
    assert.deepEqual(told, ["profiles.yaml:40005:3: Map keys must be unique"]);
  });

  it("with an alias to nowhere names the alias", () => {
    assert.match(listFaultLines("spec: *nowhere\n")[0] ?? "", /^profiles\.yaml:\d+:\d+: .*alias.*nowhere/);
  });

  it("may use aliases as everybody does", () => {
    const text = renderDemo("markers: {volume: &v data}", "containers: [*v]");
    assert.deepEqual(loadValidProfiles(text).get("demo")?.containers, ["data"]);
  });

  for (const [what, nested] of Object.entries({
    lists: (depth: number) => `${HEAD}spec: ${"[".repeat(depth)}${"]".repeat(depth)}`,
    "lists without an end": (depth: number) => `${HEAD}spec: ${"[".repeat(depth)}`,
    maps: (depth: number) => `${HEAD}spec: ${"{a: ".repeat(depth)}${"}".repeat(depth)}`,
    "block lists": (depth: number) => `${HEAD}spec:\n  ${"- ".repeat(depth)}x`,
  })) {
    it(`with ${what} nested deeper than any stack is refused, not crashed over`, () => {
      // around the depth where parsing still works and what comes after it does not, too
      for (const depth of [300, 900, 1_500, 3_000, 10_000]) {
        const told = soon(() => listFaultLines(nested(depth)));
        assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: ./, `depth ${depth}`);
      }
    });
  }

  it("with __proto__ as a name or a field changes nothing of ours", () => {
    assert.match(
      listFaultLines(renderDemo().replace("name: demo", "name: __proto__"))[0] ?? "",
      /:3:18: metadata\.name: lower case/,
    );
    const told = listFaultLines(renderDemo("__proto__: {containers: [evil]}"));
    assert.ok(told.length > 0 && told.every((line) => line.includes("__proto__")), told.join("\n"));
    assert.notDeepEqual(listFaultLines(renderSpec("__proto__: {type: Generic}")), []);
    const plain: Record<string, unknown> = {};
    for (const name of ["type", "mode", "spec", "namespaces"]) assert.equal(plain[name], undefined);
  });

  it("with a profile named like something that objects inherit has just that profile", () => {
    const profiles = loadValidProfiles(renderDemo().replace("name: demo", "name: constructor"));
    assert.deepEqual([...profiles.keys()], ["constructor"]);
    assert.equal(profiles.get("toString"), undefined);
    assert.equal(profiles.getRejection("valueOf"), undefined);
  });

  it("with fields named like something that objects inherit knows none of them", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"])
      assert.match(
        listFaultLines(renderDemo(`${name}: 1`)).join("\n"),
        new RegExp(`spec\\.generic\\.${name}: unknown field`),
      );
  });

  it("with thousands of faults tells twenty of them, and soon", () => {
    const told = (generic: object): number => {
      const spec = { type: "Generic", namespaces: ["*"], generic };
      const object = {
        apiVersion: PROFILE_API_VERSION,
        kind: PROFILE_KIND,
        metadata: { name: "demo" },
        spec,
      };
      const read = soon(() => readProfile(object, null));
      return "faults" in read ? read.faults.length : 0;
    };
    assert.equal(
      told(Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`f${index}`, 1]))),
      20,
    );
    assert.equal(told({ steps: Array.from({ length: 100 }, () => ({})) }), 20);
    assert.equal(
      soon(() => listFaultLines(renderDemo(...Array.from({ length: 500 }, (_, index) => `f${index}: 1`))))
        .length,
      20,
    );
  });

  it("with lists, names and texts without end is read soon", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `c${index}`).join(", ");
    soon(() => listFaultLines(renderDemo(`containers: [${names}]`)));
    soon(() => listFaultLines(renderDemo(`env: [{name: A, value: "${"{".repeat(200_001)}"}]`)));
    soon(() => listFaultLines(renderDemo(`s3: {endpoint: "http://${"a".repeat(500_000)}", bucket: boot}`)));
    const pem = `-----BEGIN CERTIFICATE-----\\n${"A \\n".repeat(60_000)}`;
    soon(() => listFaultLines(renderDemo(`s3: {endpoint: "http://s3", bucket: boot, caBundle: "${pem}"}`)));
    soon(() => listFaultLines(renderDemo(`markers: {volume: data, path: "${"a/".repeat(100_000)}"}`)));
    soon(() => listFaultLines(renderGenericYaml("demo").repeat(200)));
  });

  it("with newlines in what is quoted is still told in one line", () => {
    const told = [
      ...listFaultLines(renderDemo('"x\\ny": 1')),
      ...listFaultLines(renderDemo('env: [{name: A, value: "{a\\nb}"}]')),
    ];
    assert.equal(told.length, 2);
    for (const line of told) assert.ok(!line.includes("\n"), line);
  });
});

/** Pieces that YAML gives a meaning to, between those that our schema does. */
const PIECES = [
  "spec:\n",
  "  type: Generic\n",
  "kind: RollcallProfile\n",
  "apiVersion: rollcall.dev/v1alpha1\n",
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
  "    steps:\n    - ",
  "nodeID: {base: 1e999}",
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
      assert.match(formatFaultLine("f", fault), /^f:\d+:\d+: [^\n]+$/);
    }
  };

  it("loads or is refused with lines and columns, never thrown over", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), loadsOrIsRefused), { numRuns: 500 });
  });

  it("and so does anything that looks like YAML", () => {
    fc.assert(fc.property(yamlish, loadsOrIsRefused), { numRuns: 500 });
  });

  it("and so does any object that the API server could have stored", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (metadata, spec) => {
        for (const object of [
          spec,
          { apiVersion: PROFILE_API_VERSION, kind: PROFILE_KIND, metadata, spec },
        ]) {
          const read = readProfile(object, { uid: "u", generation: 1 });
          assert.ok("profile" in read || read.faults.length > 0);
        }
      }),
    );
  });

  it("and so does any value where a profile or a field is due", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom("steps", "env", "nodeID", "markers", "scaleDown", "s3", "releaseID"),
        (value, key) => {
          const json = JSON.stringify(value);
          loadsOrIsRefused(`${HEAD}spec: ${json}`);
          loadsOrIsRefused(`${HEAD.replace("{name: demo}", json)}spec: {}`);
          loadsOrIsRefused(renderSpec("type: Generic", `runner: ${json}`));
          loadsOrIsRefused(renderDemo(`${key}: ${json}`));
        },
      ),
    );
  });
});
