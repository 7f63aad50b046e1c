// Files are parsed like by kubectl, and pods are built like by the StatefulSet controller: otherwise `render` would
// show other pods than the cluster has. The expected values are those of kubectl 1.37.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { renderGenericYaml } from "../../profileYaml.ts";
import { renderDocuments, runCli } from "./cli.ts";

/** A value in the file, and the value that kubectl sends. */
const VALUES: readonly (readonly [string, unknown])[] = [
  ["0755", 493],
  ["0o755", 493],
  ["0x1F", 31],
  ["-017", -15],
  ["089", 89],
  ["1_000", 1000],
  ["yes", true],
  ["Off", false],
  ["n", false],
  ["tRue", "tRue"],
  ["~", null],
  ["1e3", 1000],
  ["1:30", "1:30"],
  ["190:20:30", "190:20:30"],
  ["2001-01-01", "2001-01-01"],
  ["2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"],
  ['"0755"', "0755"],
  ['"yes"', "yes"],
];

interface Pod {
  spec: {
    probe: Record<string, unknown>;
    values: unknown[];
    volumes: { name: string }[];
    containers: { name: string; env: { name: string }[] }[];
  };
  metadata: Record<string, unknown>;
}

const TWO_CONTAINERS = renderGenericYaml("demo", "containers: [app, side]");
const VOLUMES = "volumes: [{name: tmp, emptyDir: {}}, {name: log, emptyDir: {}}]";
const TEXT = renderDocuments().replace(
  "    spec:\n      containers",
  `    spec:
      values: [${VALUES.map(([text]) => text).join(", ")}]
      base: &base {a: 1, b: 2}
      probe: {<<: *base, b: 3}
      ${VOLUMES}
      containers`,
);

async function render(text: string): Promise<Pod> {
  const observation = await runCli(["render", "-f", "-", "--ordinals", "0", "-o", "json"], text);
  assert.equal(observation.code, 0, observation.stderr);
  const { pods } = JSON.parse(observation.stdout) as { pods: [Pod] };
  return pods[0];
}

describe("files, parsed like by kubectl", () => {
  it("have values of YAML 1.1, but no timestamps", async () => {
    const { spec } = await render(TEXT);
    assert.deepEqual(
      spec.values,
      VALUES.map(([, value]) => value),
    );
  });

  it("have merge keys", async () => {
    assert.deepEqual((await render(TEXT)).spec.probe, { a: 1, b: 3 });
  });

  it("have a separate object for each alias: a change of one container does not change the other", async () => {
    const app =
      "{name: app, image: a, env: &env [{name: LOG, value: x}], volumeMounts: [{name: data, mountPath: /data}]}";
    const text = renderDocuments({ profiles: TWO_CONTAINERS }).replace(
      /containers: \[\{.*/,
      `containers: [${app}, {name: side, image: b, env: *env}]`,
    );
    const { containers } = (await render(text)).spec;
    assert.deepEqual(
      containers.map(({ name, env }) => [
        name,
        env.map((each) => each.name).filter((each) => !each.startsWith("ROLLCALL_")),
      ]),
      [
        ["app", ["NODE_ID", "LOG"]],
        ["side", ["NODE_ID", "LOG"]],
      ],
    );
  });

  it("are printed as YAML that kubectl parses to the same values", async () => {
    const observation = await runCli(["render", "-f", "-", "--ordinals", "0"], TEXT);
    const pod = parse(observation.stdout, { version: "1.1" }) as Pod;
    // this parser has timestamps, kubectl does not: quoted, they are strings for both
    assert.deepEqual(
      pod.spec.values,
      VALUES.map(([, value]) => value),
    );
  });
});

describe("pods, built like by the StatefulSet controller", () => {
  it("have their claims before the template's volumes", async () => {
    const { spec } = await render(TEXT);
    assert.deepEqual(
      spec.volumes.map(({ name }) => name),
      ["data", "tmp", "log", "rollcall"],
    );
  });

  it("have the template's finalizers", async () => {
    const text = TEXT.replace(
      "metadata: {labels: {app: web,",
      "metadata: {finalizers: [a.test/b], labels: {app: web,",
    );
    assert.deepEqual((await render(text)).metadata["finalizers"], ["a.test/b"]);
  });
});
