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
      drop: { policy: "allow", minReplicas: 1 },
      preset: null,
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
      steps: [{ ...step, timeoutSeconds: 120, retries: 3 }],
      leave: null,
      markers: { store: "pvc", volume: "data", path: ".rollcall" },
      s3: null,
      lock: { store: "lease", seconds: 30 },
      position: { at: "first" },
      sidecars: [],
      resources: null,
      runner: "copy",
    });
  });

  it("says all of a profile whose pods leave, with markers and locks in S3", () => {
    const text = demoWith(
      's3: {endpoint: "https://s3.test", bucket: boot, prefix: //a/b/, credentialsSecret: keys, for: [markers]}',
      "markers: {store: both, volume: data, path: m}",
      "lock: s3",
      "leave: {run: [go], verify: [gone], timeout: 90s}",
      "drop: {policy: managed, minReplicas: 3}",
    );
    const demo = profilesOf(text).get("demo");
    assert.deepEqual([demo?.s3, demo?.drop], [[], { policy: "managed", minReplicas: 3 }]);
    const { steps, leave, markers, s3, lock } = demo?.work ?? {};
    assert.deepEqual([steps, leave], [[], { run: ["go"], verify: ["gone"], timeoutSeconds: 90 }]);
    assert.deepEqual(markers, { store: "both", volume: "data", path: "m" });
    assert.deepEqual(lock, { store: "s3", seconds: 30 });
    const place = { endpoint: "https://s3.test", region: "us-east-1", bucket: "boot", prefix: "a/b" };
    assert.deepEqual(s3, {
      place: { ...place, pathStyle: true, checksum: "when-required" },
      keys: { from: "secret", secret: "keys" },
    });
  });

  it("knows of the kinds whose presets are not built, and of their drops", () => {
    const text =
      "profiles:\n  om: {kind: ozone-om, namespaces: [x], serviceId: om, scaleDown: strict, minReplicas: 3}\n" +
      "  desk: {kind: otobo, namespaces: [x], home: {volume: v}, nodeId: {size: 9}, redis: {host: r}, " +
      "database: {kind: postgresql, host: db.x.svc, secret: s}}\n";
    const [om, desk] = profilesOf(text).values();
    assert.deepEqual([om?.preset?.kind, om?.work, om?.selectorLabel], ["ozone-om", null, "require"]);
    assert.deepEqual([om?.containers, om?.drop], [["om"], { policy: "deny", minReplicas: 3 }]);
    assert.deepEqual([desk?.preset?.kind, desk?.containers], ["otobo", ["web", "daemon"]]);
    assert.deepEqual(desk?.drop, { policy: "managed", minReplicas: 1 });
    const pool = "db.x.svc:5432/otobo";
    assert.deepEqual(desk?.nodeId, { env: "OTOBO_NODE_ID", base: 1, max: 999, pool, size: 9 });
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
    told: [`${FIRST}:14: profiles.demo.markers.volume: name the volume that keeps the marker, volume: NAME`],
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
    what: "leave without markers",
    lines: ["drop: {policy: drained}", "leave: {run: [a], verify: [b]}"],
    told: [
      `${FIRST + 1}:12: profiles.demo.leave: leave needs markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  {
    what: "a policy under which pods leave, without markers",
    lines: ["drop: {policy: managed}"],
    told: [
      `${FIRST}:20: profiles.demo.drop.policy: drop policy managed needs markers: name the volume that keeps the proof, markers: {volume: NAME}`,
    ],
  },
  ...(["allow", "deny"] as const).map((policy) => ({
    what: `a leave that drop policy ${policy} would never run`,
    lines: [`drop: {policy: ${policy}}`, "markers: {volume: data}", "leave: {run: [a], verify: [b]}"],
    told: [
      `${FIRST + 2}:12: profiles.demo.leave: with drop policy ${policy} no pod ever leaves, so this would never run; set drop: {policy: managed} or drained, or take leave out`,
    ],
  })),
  {
    what: "a policy that there is not",
    lines: ["drop: {policy: manged}"],
    told: [
      `${FIRST}:20: profiles.demo.drop.policy: Invalid option: expected one of "allow"|"deny"|"drained"|"managed"`,
    ],
  },
  {
    what: "markers in S3 without S3",
    lines: ["markers: {store: s3}"],
    told: [
      `${FIRST}:22: profiles.demo.markers.store: markers in S3 need the runner to be let in: s3: {endpoint: …, bucket: …, for: [markers]}`,
    ],
  },
  {
    what: "markers and a lock in an S3 that is the application's alone",
    lines: ['s3: {endpoint: "http://s3", bucket: boot}', "markers: {store: both, volume: data}", "lock: s3"],
    told: [
      `${FIRST + 1}:22: profiles.demo.markers.store: markers in S3 need the runner to be let in: s3: {for: [app, markers]}`,
      `${FIRST + 2}:11: profiles.demo.lock: a lock in S3 needs the runner to be let in: s3: {for: [app, markers]}`,
    ],
  },
  {
    what: "a volume and a path for markers that are in S3 alone",
    lines: [
      's3: {endpoint: "http://s3", bucket: boot, for: [markers]}',
      "markers: {store: s3, volume: a, path: b}",
    ],
    told: [
      `${FIRST + 1}:34: profiles.demo.markers.volume: markers of store s3 have no volume; store: both keeps them on a volume, too`,
      `${FIRST + 1}:43: profiles.demo.markers.path: markers of store s3 have no path; store: both keeps them on a volume, too`,
    ],
  },
  {
    what: "an S3 that is for nobody, or twice for one",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, for: [app, app]}'],
    told: [`${FIRST}:52: profiles.demo.s3.for: app and markers, each at most once`],
  },
  {
    what: "keys in the URL, which would stand in every pod",
    lines: ['s3: {endpoint: "http://key:secret@s3", bucket: boot}'],
    told: [
      `${FIRST}:20: profiles.demo.s3.endpoint: a URL without user and password: keys come from credentialsSecret`,
    ],
  },
  {
    what: "a CA that is no certificate",
    lines: ['s3: {endpoint: "http://s3", bucket: boot, ca: /etc/ca.pem}'],
    told: [`${FIRST}:51: profiles.demo.s3.ca: PEM text: -----BEGIN CERTIFICATE----- and so on`],
  },
  {
    what: "an unknown key of a step",
    lines: ["markers: {volume: data}", "steps: [{name: a, run: [a], verify: [a], scop: release}]"],
    told: [
      `${FIRST + 1}:46: profiles.demo.steps.0.scop: unknown key "scop" in profiles.demo.steps.0; did you mean scope?`,
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

  it("is told: a kind that is missing or that there is not, in one sentence", () => {
    assert.deepEqual(faultsOf("profiles:\n  demo: {namespaces: [x]}\n"), [
      "profiles.yaml:2:9: profiles.demo.kind: kind is missing: generic, otobo or ozone-om",
    ]);
    assert.deepEqual(faultsOf("profiles:\n  demo: {kind: genric, nodeID: 1}\n"), [
      "profiles.yaml:2:16: profiles.demo.kind: there is no such kind; there are generic, otobo or ozone-om",
    ]);
  });

  it("is told: an unknown key, by the kind of its profile", () => {
    const told = (line: string): string =>
      faultsOf(`profiles:\n  x: {namespaces: [x], ${line}}\n`).at(-1) ?? "";
    const om = "kind: ozone-om, serviceId: om";
    assert.match(
      told(`${om}, maxReplica: 5`),
      /2:\d+: profiles\.x\.maxReplica: .*did you mean maxReplicas\?$/,
    );
    assert.match(
      told(`${om}, ports: {rcp: 5}`),
      /unknown key "rcp" in profiles\.x\.ports; did you mean rpc\?$/,
    );
    assert.match(told("kind: otobo, redus: {}"), /unknown key "redus" in profiles\.x; did you mean redis\?$/);
    assert.match(
      told("kind: generic, containers: [a], maxReplicas: 5"),
      /unknown key "maxReplicas" in profiles\.x$/,
    );
  });

  it("is told: fields of the other kinds that exclude each other", () => {
    const desk =
      "kind: otobo, home: {volume: v}, redis: {host: r}, database: {kind: mysql, host: d, secret: s}";
    const told = (line: string): string =>
      faultsOf(`profiles:\n  x: {namespaces: [x], ${line}}\n`).join("\n");
    assert.match(told(`${desk}, articles: s3`), /profiles\.x\.articles: articles in S3 need s3$/);
    assert.match(told(`${desk}, articles: fs`), /articles on an ephemeral home would be lost with the pod/);
    assert.match(told(`${desk}, nodeId: {max: 1000}`), /profiles\.x\.nodeId\.max: .*<=999/);
    assert.match(
      told("kind: ozone-om, serviceId: a, minReplicas: 9"),
      /minReplicas 9 is above maxReplicas 7$/,
    );
  });

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
