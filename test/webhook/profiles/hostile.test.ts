// Hostile texts and objects are rejected quickly and without a crash. A crash in the server would affect all other profiles.
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatFaultLine, loadProfiles } from "../../../webhook/profiles/load.ts";
import { readProfile } from "../../../webhook/profiles/readProfile.ts";
import { PROFILE_API_VERSION, PROFILE_KIND } from "../../../webhook/profiles/schema.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { buildDemo, buildProfile, formatProfileFaults, loadOrThrow } from "./faults.ts";

const HEAD = "apiVersion: rollcall.dev/v1alpha1\nkind: RollcallProfile\nmetadata: {name: demo}\n";

/** Far more than any of these cases takes, far less than an alias bomb would. */
const LIMIT_MS = 5_000;

function runWithinLimit<T>(work: () => T): T {
  const began = performance.now();
  const result = work();
  const took = performance.now() - began;
  assert.ok(took < LIMIT_MS, `took ${took} ms`);
  return result;
}

describe("a hostile file of profiles", () => {
  it("with an alias bomb is rejected quickly with that reason", () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? "x" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 10 }, () => inner).join(", ")}]`;
    });
    const told = runWithinLimit(() => formatProfileFaults(`${levels.join("\n")}\n${HEAD}spec: *a11\n`));
    assert.deepEqual(told.length, 1);
    assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: Excessive alias count/);
  });

  it("with very many unknown keys is rejected quickly with at most 20 faults", () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `  k${index}: 1\n`).join("");
    const told = runWithinLimit(() => formatProfileFaults(`${HEAD}spec:\n${keys}`));
    assert.ok(told.length > 1 && told.length <= 20, String(told.length));
    assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: spec\./);
  });

  it("with a repeated key among very many is rejected with its position", () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `  k${index}: 1\n`).join("");
    const told = runWithinLimit(() => formatProfileFaults(`${HEAD}spec:\n${keys}  k7: 2\n`));
    assert.deepEqual(told, ["profiles.yaml:40005:3: Map keys must be unique"]);
  });

  it("with an unresolved alias is rejected with the alias's name", () => {
    assert.match(
      formatProfileFaults("spec: *nowhere\n")[0] ?? "",
      /^profiles\.yaml:\d+:\d+: .*alias.*nowhere/,
    );
  });

  it("may use aliases", () => {
    const text = buildDemo("markers: {volume: &v data}", "containers: [*v]");
    assert.deepEqual(loadOrThrow(text).get("demo")?.containers, ["data"]);
  });

  for (const [what, nested] of Object.entries({
    lists: (depth: number) => `${HEAD}spec: ${"[".repeat(depth)}${"]".repeat(depth)}`,
    "lists without an end": (depth: number) => `${HEAD}spec: ${"[".repeat(depth)}`,
    maps: (depth: number) => `${HEAD}spec: ${"{a: ".repeat(depth)}${"}".repeat(depth)}`,
    "block lists": (depth: number) => `${HEAD}spec:\n  ${"- ".repeat(depth)}x`,
  })) {
    it(`with ${what} nested too deeply is rejected without a stack overflow`, () => {
      // includes depths at which parsing still works but later stages do not
      for (const depth of [300, 900, 1_500, 3_000, 10_000]) {
        const told = runWithinLimit(() => formatProfileFaults(nested(depth)));
        assert.match(told[0] ?? "", /^profiles\.yaml:\d+:\d+: ./, `depth ${depth}`);
      }
    });
  }

  it("with __proto__ as a name or a field does not change prototypes", () => {
    assert.match(
      formatProfileFaults(buildDemo().replace("name: demo", "name: __proto__"))[0] ?? "",
      /:3:18: metadata\.name: lower case/,
    );
    const told = formatProfileFaults(buildDemo("__proto__: {containers: [evil]}"));
    assert.ok(told.length > 0 && told.every((line) => line.includes("__proto__")), told.join("\n"));
    assert.notDeepEqual(formatProfileFaults(buildProfile("__proto__: {type: Generic}")), []);
    const plain: Record<string, unknown> = {};
    for (const name of ["type", "mode", "spec", "namespaces"]) assert.equal(plain[name], undefined);
  });

  it("with a profile named like an inherited property has only that profile", () => {
    const profiles = loadOrThrow(buildDemo().replace("name: demo", "name: constructor"));
    assert.deepEqual([...profiles.keys()], ["constructor"]);
    assert.equal(profiles.get("toString"), undefined);
    assert.equal(profiles.getRejection("valueOf"), undefined);
  });

  it("with fields named like inherited properties is rejected", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"])
      assert.match(
        formatProfileFaults(buildDemo(`${name}: 1`)).join("\n"),
        new RegExp(`spec\\.generic\\.${name}: unknown field`),
      );
  });

  it("with thousands of faults reports twenty of them quickly", () => {
    const countFaults = (generic: object): number => {
      const spec = { type: "Generic", namespaces: ["*"], generic };
      const object = {
        apiVersion: PROFILE_API_VERSION,
        kind: PROFILE_KIND,
        metadata: { name: "demo" },
        spec,
      };
      const read = runWithinLimit(() => readProfile(object, null));
      return "faults" in read ? read.faults.length : 0;
    };
    assert.equal(
      countFaults(Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`f${index}`, 1]))),
      20,
    );
    assert.equal(countFaults({ steps: Array.from({ length: 100 }, () => ({})) }), 20);
    assert.equal(
      runWithinLimit(() =>
        formatProfileFaults(buildDemo(...Array.from({ length: 500 }, (_, index) => `f${index}: 1`))),
      ).length,
      20,
    );
  });

  it("with very long lists, names and texts is read quickly", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `c${index}`).join(", ");
    runWithinLimit(() => formatProfileFaults(buildDemo(`containers: [${names}]`)));
    runWithinLimit(() => formatProfileFaults(buildDemo(`env: [{name: A, value: "${"{".repeat(200_001)}"}]`)));
    runWithinLimit(() =>
      formatProfileFaults(buildDemo(`s3: {endpoint: "http://${"a".repeat(500_000)}", bucket: boot}`)),
    );
    const pem = `-----BEGIN CERTIFICATE-----\\n${"A \\n".repeat(60_000)}`;
    runWithinLimit(() =>
      formatProfileFaults(buildDemo(`s3: {endpoint: "http://s3", bucket: boot, caBundle: "${pem}"}`)),
    );
    runWithinLimit(() =>
      formatProfileFaults(buildDemo(`markers: {volume: data, path: "${"a/".repeat(100_000)}"}`)),
    );
    runWithinLimit(() => formatProfileFaults(renderGenericYaml("demo").repeat(200)));
  });

  it("with newlines in quoted input gets one line for each fault", () => {
    const told = [
      ...formatProfileFaults(buildDemo('"x\\ny": 1')),
      ...formatProfileFaults(buildDemo('env: [{name: A, value: "{a\\nb}"}]')),
    ];
    assert.equal(told.length, 2);
    for (const line of told) assert.ok(!line.includes("\n"), line);
  });
});

/** Pieces with a meaning in YAML, and pieces of profiles. */
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

describe("loadProfiles and readProfile", () => {
  const checkResult = (text: string): void => {
    const loaded = loadProfiles(text);
    if ("profiles" in loaded) return;
    for (const fault of loaded.faults) {
      assert.ok(fault.line >= 1 && fault.column >= 1);
      assert.match(formatFaultLine("f", fault), /^f:\d+:\d+: [^\n]+$/);
    }
  };

  it("never throw for any text, and report faults with line and column", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), checkResult), { numRuns: 500 });
  });

  it("never throw for text that resembles YAML", () => {
    fc.assert(fc.property(yamlish, checkResult), { numRuns: 500 });
  });

  it("never throw for any object", () => {
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

  it("never throw for any value in place of a profile or a field", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom("steps", "env", "nodeID", "markers", "scaleDown", "s3", "releaseID"),
        (value, key) => {
          const json = JSON.stringify(value);
          checkResult(`${HEAD}spec: ${json}`);
          checkResult(`${HEAD.replace("{name: demo}", json)}spec: {}`);
          checkResult(buildProfile("type: Generic", `runner: ${json}`));
          checkResult(buildDemo(`${key}: ${json}`));
        },
      ),
    );
  });
});
