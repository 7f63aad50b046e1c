// profiles.yaml, good and bad: each fault with the line and column where an editor should jump to.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { demoWith, FIRST, faultsOf, profilesOf } from "./faults.ts";

describe("profiles.yaml", () => {
  it("as manifests/base ships it loads", async () => {
    const text = await readFile(new URL("../../manifests/base/profiles.yaml", import.meta.url), "utf8");
    assert.ok(profilesOf(text).size > 0);
  });

  it("has a default for all that may be left out", () => {
    assert.deepEqual(profilesOf(demoWith()).get("demo"), {
      name: "demo",
      kind: "generic",
      mode: "enforce",
      namespaces: ["*"],
      containers: ["app"],
      nodeId: { env: "NODE_ID", base: 1, max: 999, pool: null, size: 999 },
      env: [],
      envFrom: [],
      s3: [],
      release: [{ placeholder: "image" }],
      work: null,
      selectorLabel: "warn",
    });
  });

  it("says all of a profile with steps", () => {
    const text = demoWith(
      "mode: warn",
      "nodeId: {env: ID, base: 10, max: 20}",
      'env: [{name: NAME, value: "{podName}.{serviceName}"}]',
      "markers: {volume: data}",
      "steps: [{name: seed, run: [seed], verify: [check], still: [look], timeout: 2m}]",
    );
    const demo = profilesOf(text).get("demo");
    assert.deepEqual(
      [demo?.mode, demo?.nodeId],
      ["warn", { env: "ID", base: 10, max: 20, pool: null, size: 11 }],
    );
    assert.deepEqual(demo?.env, [
      { name: "NAME", value: [{ placeholder: "podName" }, ".", { placeholder: "serviceName" }] },
    ]);
    const step = { name: "seed", scope: "pod", run: ["seed"], verify: ["check"], still: ["look"] };
    assert.deepEqual(demo?.work, {
      volume: "data",
      path: ".rollcall",
      steps: [{ ...step, timeoutSeconds: 120, retries: 3 }],
      position: { at: "first" },
      sidecars: [],
      resources: null,
      runner: "copy",
    });
  });

  it("may hold several profiles, or none", () => {
    const other = "  other: {kind: generic, namespaces: [shop], containers: [a, b]}\n";
    assert.deepEqual([...profilesOf(demoWith() + other).keys()], ["demo", "other"]);
    assert.equal(profilesOf("profiles: {}").size, 0);
  });
});

const SEED = "{name: seed, run: [a], verify: [b]}";
const FAULTS: readonly { what: string; lines: readonly string[]; told: readonly string[] }[] = [
  {
    what: "an unknown key, at the key",
    lines: ["nodeId: {base: 1, bas: 2}"],
    told: [
      `${FIRST}:23: profiles.demo.nodeId.bas: unknown key "bas" in profiles.demo.nodeId; did you mean base?`,
    ],
  },
  {
    what: "a wrong type, with its path",
    lines: ["steps: nothing"],
    told: [`${FIRST}:12: profiles.demo.steps: Invalid input: expected array, received string`],
  },
  {
    what: "a wrong type in a list, with its index",
    lines: ["markers: {volume: data}", "steps:", `- ${SEED}`, "- {name: next, run: ls, verify: [b]}"],
    told: [`${FIRST + 3}:25: profiles.demo.steps.1.run: Invalid input: expected array, received string`],
  },
  {
    what: "a missing key, at the map where it is missing",
    lines: ["markers: {path: x}"],
    told: [`${FIRST}:14: profiles.demo.markers.volume: Invalid input: expected string, received undefined`],
  },
  {
    what: "an unknown placeholder, by its name",
    lines: ['env: [{name: A, value: "x-{podname}"}]'],
    told: [
      `${FIRST}:28: profiles.demo.env.0.value: unknown placeholder {podname}; known are podName, ordinal, nodeId, namespace, serviceName, statefulSet, image; "{{" writes a brace`,
    ],
  },
  {
    what: "steps without markers",
    lines: [`steps: [${SEED}]`],
    told: [
      `${FIRST}:12: profiles.demo.steps: steps need markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  {
    what: "a base above max",
    lines: ["nodeId: {base: 5, max: 4}"],
    told: [`${FIRST}:13: profiles.demo.nodeId: base 5 is above max 4: no pod could get a number`],
  },
  {
    what: "a second step of one name",
    lines: ["markers: {volume: data}", "steps:", `- ${SEED}`, `- ${SEED}`],
    told: [`${FIRST + 3}:14: profiles.demo.steps.1.name: a second step of the name "seed"`],
  },
  {
    what: "a second env variable of one name",
    lines: ["env: [{name: A, value: x}, {name: A, value: y}]"],
    told: [`${FIRST}:39: profiles.demo.env.1.name: a second env variable of the name "A"`],
  },
  {
    what: "an env variable of the number's name",
    lines: ["env: [{name: NODE_ID, value: x}]"],
    told: [`${FIRST}:18: profiles.demo.env.0.name: a second env variable of the name "NODE_ID"`],
  },
  {
    what: "a path for markers that leads out of the volume",
    lines: ["markers: {volume: data, path: a/../../b}"],
    told: [`${FIRST}:35: profiles.demo.markers.path: a folder relative to the volume's root, without '..'`],
  },
  {
    what: "a timeout longer than a timer can wait, which would end at once",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a], timeout: 597h}]"],
    told: [`${FIRST + 1}:55: profiles.demo.steps.0.timeout: a duration of at most 596h`],
  },
  {
    what: "several faults, in the order of the text",
    lines: ["mode: loud", "bogus: 1"],
    told: [
      `${FIRST}:11: profiles.demo.mode: Invalid option: expected one of "enforce"|"warn"`,
      `${FIRST + 1}:5: profiles.demo.bogus: unknown key "bogus" in profiles.demo`,
    ],
  },
];

describe("a fault in profiles.yaml", () => {
  for (const { what, lines, told } of FAULTS) {
    it(`is told: ${what}`, () => {
      assert.deepEqual(
        faultsOf(demoWith(...lines)),
        told.map((line) => `profiles.yaml:${line}`),
      );
    });
  }

  it("is told: a container named twice", () => {
    const text = demoWith().replace("[app]", "[app, app]");
    assert.deepEqual(faultsOf(text), [
      'profiles.yaml:5:23: profiles.demo.containers.1: container "app" is named twice',
    ]);
  });

  it("is told: a profile's name that no label can carry, with what a name may be", () => {
    const [line = ""] = faultsOf(demoWith().replace("demo:", "Demo_1:"));
    assert.match(line, /^profiles\.yaml:3:\d+: profiles\.Demo_1: lower case letters, digits and '-'/);
  });

  it("is told: an error of YAML, at its line and column", () => {
    const [line = ""] = faultsOf("profiles:\n  demo:\n    kind: generic\n    bad: [1, 2\n  x: y\n");
    assert.match(line, /^profiles\.yaml:5:3: .*flow sequence/i);
    assert.deepEqual(faultsOf("profiles:\n  demo: {}\n  demo: {}\n"), [
      "profiles.yaml:3:3: Map keys must be unique",
    ]);
    assert.match(faultsOf("profiles:\n\tdemo: {}\n")[0] ?? "", /^profiles\.yaml:2:1: .*[Tt]abs/);
  });

  it("is told: a second document, at its start", () => {
    const [line = ""] = faultsOf(`${demoWith()}---\n${demoWith()}`);
    assert.match(line, /^profiles\.yaml:6:1: .*multiple documents/);
  });

  it("is told: a file with nothing in it", () => {
    const expected =
      /^profiles\.yaml:1:\d+: expected a map with the key profiles, and below it profiles by name$/;
    for (const text of ["", "\n\n", "# profiles will come\n", "---\n", "null", "[]", "profiles"]) {
      const told = faultsOf(text);
      assert.equal(told.length, 1);
      assert.match(told[0] ?? "", expected);
    }
  });
});
