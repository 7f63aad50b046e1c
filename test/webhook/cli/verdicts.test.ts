// Exit codes are the same for every command and format: 0 ok, 1 denied or failed, 2 invalid input.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { REPOSITORY_ROOT, renderDocuments, runCli } from "./cli.ts";

interface Shape {
  description?: string;
  properties?: Record<string, Shape>;
  items?: Shape;
  additionalProperties?: Shape | boolean;
  oneOf?: Shape[];
}

/** The paths of all fields without a description. */
function undescribed(shape: Shape, path: string): string[] {
  const fields = Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    const below = `${path}.${name}`;
    return [...(field.description === undefined ? [below] : []), ...undescribed(field, below)];
  });
  const inner = [shape.items, shape.additionalProperties, ...(shape.oneOf ?? [])];
  return [...fields, ...inner.flatMap((each) => (typeof each === "object" ? undescribed(each, path) : []))];
}

const EXAMPLE = ["-f", `${REPOSITORY_ROOT}manifests/examples/generic`];

describe("rollcall, verdict by format", () => {
  for (const command of ["render", "try"] as const) {
    for (const output of [[], ["-o", "json"]] as const) {
      const shown = [command, ...output].join(" ");

      it(`${shown}: 0 for the example`, async () => {
        const { code, stdout, stderr } = await runCli([command, ...EXAMPLE, ...output]);
        assert.equal(code, 0, stderr);
        if (output.length > 0) assert.equal((JSON.parse(stdout) as { pods: unknown[] }).pods.length, 3);
      });

      for (const [profile, code] of [
        ["dmeo", "RC101"],
        ["vault", "RC102"],
      ] as const) {
        it(`${shown}: 1 for profile ${profile}, with ${code} on stderr`, async () => {
          const observation = await runCli([command, "-f", "-", ...output], renderDocuments({ profile }));
          assert.equal(observation.code, 1, observation.stderr);
          assert.match(observation.stderr, new RegExp(`^denied: .*${code}`, "m"));
          if (output.length > 0)
            assert.match(
              JSON.stringify((JSON.parse(observation.stdout) as { denials: unknown }).denials),
              new RegExp(code),
            );
        });
      }

      it(`${shown}: 0 in mode Warn, with all messages`, async () => {
        const observation = await runCli(
          [command, "-f", "-", ...output],
          renderDocuments({ profile: "watched" }),
        );
        assert.equal(observation.code, 0, observation.stderr);
        assert.match(
          observation.stderr,
          /^Warning: rollcall RC118 understood: StatefulSet web, profile watched \[mode Warn: nothing is changed or denied\]: pods web-0\.\.web-1/m,
        );
        assert.match(observation.stderr, /^Warning: rollcall RC117 warn-mode: /m);
        assert.doesNotMatch(observation.stdout, /name"?: "?NODE_ID/);
      });

      for (const [name, input, says] of [
        ["unreadable YAML", "a: [", /\(standard input\):1:\d+: invalid YAML/],
        ["no StatefulSet", "kind: Pod", /no StatefulSet whose pod template has the label/],
        ["no profiles", renderDocuments().split("---\n").at(-1) ?? "", /no profiles: set --profiles FILE/],
        [
          "a malformed profile",
          renderDocuments({ profiles: renderProfileYaml("demo", "type: Generic, namespaces: [shop]") }),
          /:\d+:\d+: spec\.generic: required when type is Generic/,
        ],
        [
          "an unknown key",
          renderDocuments({ profiles: renderGenericYaml("demo", "nodeId: {base: 1}") }),
          /spec\.generic\.nodeId: unknown field; did you mean nodeID\?/,
        ],
        [
          "a wrong type",
          renderDocuments({
            set: "---\n{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: x}, spec: {replicas: many}}",
          }),
          /spec\.replicas/,
        ],
      ] as const) {
        it(`${shown}: 2 for ${name}`, async () => {
          const observation = await runCli([command, "-f", "-", ...output], input);
          assert.equal(observation.code, 2, observation.stderr);
          assert.match(observation.stderr, says);
          if (output.length > 0)
            assert.match((JSON.parse(observation.stdout) as { error: string }).error, says);
          else assert.equal(observation.stdout, "");
        });
      }
    }

    it(`${command}: 2 for a missing file, an unknown option and an unknown format, each named`, async () => {
      for (const [argv, says] of [
        [["-f", "no/such/file.yaml"], /no\/such\/file\.yaml: no such file/],
        [["--nonsense"], /--nonsense/],
        [["-f", "-", "-o", "xml"], /-o takes/],
        [[], /missing option: -f FILE/],
        [["-f", "-", "--ordinals", "5"], /no ordinal 5, only 0-1/],
      ] as const) {
        const observation = await runCli([command, ...argv], renderDocuments());
        assert.equal(observation.code, 2, observation.stderr);
        assert.match(observation.stderr, says);
        assert.equal(observation.stderr.trim().split("\n").length, 1, observation.stderr);
      }
    });
  }

  it("reports a malformed profiles file with its position, as FILE:LINE:COLUMN", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-test-"));
    try {
      const file = join(folder, "profiles.yaml");
      await writeFile(
        file,
        `${renderGenericYaml("demo").replace("---\n", "---\n\n")}`.replace(
          '"spec":{',
          '"spec":{"colour":"red",',
        ),
      );
      const observation = await runCli(["render", ...EXAMPLE.slice(0, 2), "--profiles", file]);
      assert.equal(observation.code, 2);
      assert.match(observation.stderr.replace(file, "FILE"), /FILE:3:\d+: spec\.colour: unknown field/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("prints help and version on stdout with 0, and usage on stderr with 2", async () => {
    for (const argv of [
      ["--help"],
      ["render", "--help"],
      ["try", "-h"],
      ["schema", "--help"],
      ["doctor", "--help"],
      ["--version"],
    ]) {
      const observation = await runCli(argv);
      assert.deepEqual([observation.code, observation.stderr], [0, ""]);
      assert.match(observation.stdout, /rollcall/);
    }
    for (const argv of [[], ["destroy"]]) assert.equal((await runCli(argv)).code, 2);
  });

  it("render denies what apply denies, even if each pod alone would pass", async () => {
    const profiles = renderGenericYaml("demo", "", "namespaces: [shop], selectorLabel: Require");
    const observation = await runCli(["render", "-f", "-"], renderDocuments({ profiles }));
    assert.equal(observation.code, 1);
    assert.match(
      observation.stderr,
      /^denied: StatefulSet shop\/web: rollcall RC121 label-not-in-selector: /m,
    );
  });

  it("render reports the denials of each StatefulSet by name", async () => {
    const profiles = renderGenericYaml("demo", "", "namespaces: [shop], selectorLabel: Require");
    const set = renderDocuments({ profile: "gone" }).split("\n---\n").at(-1) ?? "";
    const text = `${renderDocuments({ profiles })}\n---\n${set.replace("name: web,", "name: aaa,")}`;
    const observation = await runCli(["render", "-f", "-", "-o", "json", "--ordinals", "0"], text);
    assert.equal(observation.code, 1);
    const { denials, pods } = JSON.parse(observation.stdout) as {
      denials: { pod: string; code: string; rule: string; message: string }[];
      pods: { metadata: { name: string } }[];
    };
    assert.deepEqual(
      denials.map(({ pod, code, rule }) => [pod, code, rule]),
      [
        ["pod shop/aaa-0", "RC101", "profile-not-found"],
        ["StatefulSet shop/web", "RC121", "label-not-in-selector"],
      ],
    );
    assert.match(
      denials[0]?.message ?? "",
      /^profile "gone" does not exist[.] .*namespace shop may use: demo/,
    );
    assert.deepEqual(
      pods.map(({ metadata }) => metadata.name),
      ["web-0"],
    );
    assert.equal(observation.stderr.match(/^denied: /gm)?.length, 2);
  });

  it("render denies a ring whose metadata is not on a volume, like the guard at apply", async () => {
    const profiles = renderProfileYaml(
      "demo",
      `type: OzoneOM, namespaces: ["*"], selectorLabel: Warn, ozoneOM: {containers: [app], serviceID: om,
      metadata: {volume: data, dirs: /elsewhere}, scaleDown: {policy: Managed, minReplicas: 1}}`,
    );
    const observation = await runCli(["render", "-f", "-", "-o", "json"], renderDocuments({ profiles }));
    assert.equal(observation.code, 1, observation.stderr);
    const { denials } = JSON.parse(observation.stdout) as { denials: { pod: string; code: string }[] };
    assert.deepEqual(
      denials.map(({ code }) => code),
      ["RC023"],
    );
  });

  it("render prints one YAML document for each requested pod, from standard input", async () => {
    const observation = await runCli(["render", "-f", "-", "--ordinals", "1"], renderDocuments());
    assert.equal(observation.code, 0, observation.stderr);
    assert.equal(observation.stdout.match(/^---$/gm)?.length, 1);
    assert.match(observation.stdout, /^ {2}name: web-1$/m);
    const both = await runCli(["render", "-f", "-", "--ordinals", "0,1"], renderDocuments());
    assert.equal(both.stdout.match(/^---$/gm)?.length, 2);
  });

  it("render prefers the profiles of --profiles to those among the documents", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-test-"));
    try {
      const file = join(folder, "map.yaml");
      await writeFile(file, renderGenericYaml("demo", "nodeID: {base: 7, max: 99}"));
      const observation = await runCli(
        ["render", "-f", "-", "--profiles", file, "--ordinals", "0"],
        renderDocuments(),
      );
      assert.equal(observation.code, 0, observation.stderr);
      assert.match(observation.stdout, /value: "7"/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("prints a JSON Schema with the profile's fields", async () => {
    const { stdout } = await runCli(["schema"]);
    assert.match(
      JSON.stringify(JSON.parse(stdout)),
      /"generic".*"nodeID".*"markers".*"otobo".*"articles".*"ozoneOM".*"maxReplicas"/,
    );
  });

  it("prints a JSON Schema that describes every field of every kind", async () => {
    const { properties } = JSON.parse((await runCli(["schema"])).stdout) as Shape;
    assert.deepEqual(undescribed(properties?.["profiles"] ?? {}, "profiles"), []);
  });

  it("prints JSON Schemas of the runner's files", async () => {
    const marker = JSON.parse((await runCli(["schema", "--of", "marker"])).stdout) as Shape;
    assert.ok(marker.properties?.["sha256"] && marker.properties["steps"]);
    const record = JSON.parse((await runCli(["schema", "--of", "record"])).stdout) as Shape;
    assert.ok(record.properties?.["tombstones"] && record.properties["fence"]);
    const wrong = await runCli(["schema", "--of", "plan"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--of takes profile, marker, record, not "plan"/);
  });

  it("prints the same bytes twice", async () => {
    const [one, two] = [await runCli(["render", ...EXAMPLE]), await runCli(["render", ...EXAMPLE])];
    assert.equal(one.stdout, two.stdout);
    assert.equal(one.stdout.split("\n---\n").length, 3);
  });
});
