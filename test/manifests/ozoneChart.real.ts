// The example manifests/examples/ozone/helm with real Helm 3 and 4: on a stand-in of Ozone's chart, and on the real chart
// where OZONE_CHART names it (the folder with Chart.yaml in a checkout of apache/ozone-helm-charts). Nothing is applied.
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { findBuiltTool } from "../e2e/cluster/provider.ts";
import { CLI } from "../programs.ts";
import { needs } from "../requirements.ts";
import { type CliResult, REPOSITORY_ROOT, runCli, runProgram } from "../webhook/cli/cli.ts";
import {
  buildChartManifests,
  type ChartInput,
  printChartManifests,
} from "./ozoneChart/buildChartManifests.ts";
import { startLookupApi } from "./ozoneChart/startLookupApi.ts";

const EXAMPLE = join(REPOSITORY_ROOT, "manifests/examples/ozone/helm");
const REAL_CHART = process.env["OZONE_CHART"];
const chartNeeded = "OZONE_CHART, the folder with Chart.yaml in a checkout of apache/ozone-helm-charts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
}

const parse = (text: string): Manifest[] =>
  parseAllDocuments(text, { version: "1.1" }).flatMap(
    (document) => (document.toJS() as Manifest | null) ?? [],
  );

interface Member {
  readonly replicas: number;
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly serviceAccountName?: string;
      readonly initContainers?: readonly Container[];
      readonly containers: readonly Container[];
      readonly volumes: readonly { readonly name: string }[];
    };
  };
}

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

function readMember(objects: readonly Manifest[]): Member {
  const found = objects.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "ozone-om");
  assert.ok(found?.spec !== undefined, "no StatefulSet ozone-om");
  return found.spec as unknown as Member;
}

const listJobs = (objects: readonly Manifest[]): string[] =>
  objects.filter(({ kind }) => kind === "Job").map(({ metadata }) => metadata.name);

/** What the stand-in and the real chart must agree on. */
function summarize(text: string): unknown {
  const objects = parse(text);
  const { replicas, template } = readMember(objects);
  const { initContainers = [], containers, volumes } = template.spec;
  const describe = ({ name, env, volumeMounts }: Container) => ({
    name,
    env: env.map((variable) => `${variable.name}=${variable.value}`),
    mounts: volumeMounts.map((mount) => `${mount.name} at ${mount.mountPath}`),
  });
  return {
    objects: objects
      .map(({ kind, metadata }) =>
        [kind, metadata.name, metadata.annotations?.["helm.sh/hook"] ?? ""].join(" "),
      )
      .sort(),
    replicas,
    inits: initContainers.map(describe),
    containers: containers.map(describe),
    volumes: volumes.map(({ name }) => name).sort(),
  };
}

for (const [version, helm] of [
  [3, "helm3"],
  [4, "helm4"],
] as const) {
  describe(`Ozone's chart by ${helm}`, function () {
    this.timeout(180_000);
    let program = "";
    let folder = "";
    before(async function () {
      const built = await findBuiltTool(helm);
      needs(this, built !== null, `${helm}, which \`npm run cluster -- tools\` builds`);
      program = built ?? "";
      folder = await mkdtemp(join(tmpdir(), "rollcall-ozone-chart-"));
      await mkdir(join(folder, "bin"));
      await writeFile(join(folder, "bin/rollcall"), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
      await chmod(join(folder, "bin/rollcall"), 0o755);
      if (version === 3) return;
      const { code, stderr } = await run(["plugin", "install", join(EXAMPLE, "plugin")]);
      assert.equal(code, 0, stderr);
    });
    after(async () => {
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    });

    const run = (args: readonly string[]): Promise<CliResult> => {
      // independent of the user's repositories, plugins and clusters
      const own = { HOME: folder, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
      const path = `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
      const env = { PATH: path, ...own, KUBECONFIG: "/dev/null" };
      return runProgram(program, args, { env, cwd: folder });
    };

    const postRenderer = version === 3 ? join(EXAMPLE, "post-render.sh") : "rollcall-ozone";
    const withOurs = ["--post-renderer", postRenderer];

    async function templateStandIn(input: ChartInput, words: readonly string[]): Promise<CliResult> {
      const chart = join(folder, "stand-in");
      await mkdir(join(chart, "templates"), { recursive: true });
      await writeFile(join(chart, "Chart.yaml"), "apiVersion: v2\nname: ozone\nversion: 0.3.0\n");
      const text = printChartManifests(buildChartManifests(input), "template");
      await writeFile(join(chart, "templates/all.yaml"), text);
      return run(["template", "ozone", chart, "--namespace", "ozone", ...words]);
    }

    async function templateReal(input: ChartInput, words: readonly string[]): Promise<CliResult> {
      const { live = null, replicas } = input;
      const api = await startLookupApi(live);
      try {
        await writeFile(join(folder, "kubeconfig"), api.kubeconfig);
        return await run([
          ...["template", "ozone", REAL_CHART ?? "", "--namespace", "ozone"],
          ...["--values", join(EXAMPLE, "values.yaml"), "--set", `om.replicas=${replicas}`],
          // lookup asks a server only so; the stand-in has no schemas
          ...["--kubeconfig", join(folder, "kubeconfig"), "--dry-run=server", "--is-upgrade"],
          ...(version === 4 ? ["--disable-openapi-validation"] : []),
          ...words,
        ]);
      } finally {
        await api.stop();
      }
    }

    const sources = [
      { name: "the stand-in", template: templateStandIn, isReal: false },
      { name: "the real chart", template: templateReal, isReal: true },
    ];

    for (const { name, template, isReal } of sources) {
      describe(`rendered from ${name}`, () => {
        before(function () {
          if (isReal) needs(this, REAL_CHART !== undefined, chartNeeded);
        });

        async function render(input: ChartInput, words: readonly string[] = withOurs): Promise<string> {
          const { code, stdout, stderr } = await template(input, words);
          assert.equal(code, 0, stderr);
          return stdout;
        }

        /** `rollcall check` with the example's profile. */
        async function check(from: string, to: string): Promise<CliResult> {
          await writeFile(join(folder, "old.yaml"), from);
          await writeFile(join(folder, "new.yaml"), to);
          const files = ["--from", join(folder, "old.yaml"), "--to", join(folder, "new.yaml")];
          const profiles = ["--profiles", join(EXAMPLE, "profile.yaml")];
          return runCli(["check", "-n", "ozone", "--name", "ozone-om", ...profiles, ...files]);
        }

        const listCodes = ({ stdout }: CliResult): string[] =>
          [...stdout.matchAll(/^Warning: rollcall (RC\d+)/gm)].map(([, code = ""]) => code).sort();

        it("is adopted: check allows it, with the warnings that the documentation names", async () => {
          const plain = await render({ replicas: 3, live: 3 }, []);
          const ours = await render({ replicas: 3, live: 3 });
          const checked = await check(plain, ours);
          assert.equal(checked.code, 0, checked.stdout + checked.stderr);
          assert.deepEqual(listCodes(checked), ["RC118", "RC121", "RC144"]);
          const { template: pods } = readMember(parse(ours));
          assert.equal(pods.metadata.labels["rollcall.dev/profile"], "ozone");
          assert.equal(pods.spec.serviceAccountName, "ozone-om");
          const service = parse(ours).find(({ metadata }) => metadata.name === "ozone-om-headless");
          assert.equal(service?.spec?.["publishNotReadyAddresses"], true);
        });

        it("has no second bootstrap when the values scale it up", async () => {
          const input = { replicas: 4, live: 3 };
          const before = await render({ replicas: 3, live: 3 });
          const plain = await render(input, []);
          assert.deepEqual(
            readMember(parse(plain)).template.spec.initContainers?.map((container) => container.name),
            ["om-bootstrap"],
          );
          const label = "app.kubernetes.io/component: om\n";
          const labelled = plain.replaceAll(
            `        ${label}`,
            `        ${label}        rollcall.dev/profile: ozone\n`,
          );
          assert.ok(listCodes(await check(before, labelled)).includes("RC147"));
          const ours = await render(input);
          assert.deepEqual(readMember(parse(ours)).template.spec.initContainers ?? [], []);
          const checked = await check(before, ours);
          assert.equal(checked.code, 0, checked.stdout + checked.stderr);
          assert.deepEqual(listCodes(checked), ["RC118", "RC121", "RC144"]);
        });

        it("has neither bootstrap nor conflicting hooks after kubectl scale", async () => {
          for (const replicas of [4, 6]) {
            const objects = parse(await render({ replicas, live: replicas }, []));
            assert.deepEqual(listJobs(objects), []);
            assert.equal(readMember(objects).template.spec.initContainers, undefined);
            await render({ replicas, live: replicas });
          }
        });

        it("does not run the chart's hooks when the values scale it down", async () => {
          const input = { replicas: 3, live: 7 };
          const jobs = listJobs(parse(await render(input, [])));
          assert.equal(jobs.length, 5);
          const observation = await template(input, withOurs);
          if (version === 4) {
            assert.equal(observation.code, 0, observation.stderr);
            assert.deepEqual(listJobs(parse(observation.stdout)), []);
          } else {
            assert.equal(observation.code, 1);
            for (const job of jobs) assert.ok(observation.stderr.includes(`Job ${job}`), observation.stderr);
            const confirmed = [...withOurs, "--no-hooks", "--post-renderer-args", "--no-hooks"];
            assert.deepEqual(listJobs(parse(await render(input, confirmed))), []);
          }
        });

        it("keeps the hook that makes the ConfigMap, and every other object", async () => {
          const plain = await render({ replicas: 3, live: 3 }, []);
          const ours = parse(await render({ replicas: 3, live: 3 }));
          const changed = ["StatefulSet ozone-om", "Service ozone-om-headless"];
          const added = [
            "ServiceAccount ozone-om",
            "RoleBinding ozone-om-rollcall-member",
            "PodDisruptionBudget ozone-om",
          ];
          const listNames = (objects: readonly Manifest[]): string[] =>
            objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
          assert.deepEqual(listNames(ours), [...listNames(parse(plain)), ...added].sort());
          for (const object of parse(plain)) {
            const id = `${object.kind} ${object.metadata.name}`;
            const after = ours.find(({ kind, metadata }) => `${kind} ${metadata.name}` === id);
            if (!changed.includes(id)) assert.deepEqual(after, object);
          }
        });

        if (isReal) {
          for (const input of [
            { replicas: 3, live: null },
            { replicas: 4, live: 3 },
            { replicas: 3, live: 7 },
          ]) {
            it(`is what the stand-in stands for: ${input.live ?? "new"} → ${input.replicas}`, async () => {
              const standIn = printChartManifests(buildChartManifests(input), "template");
              assert.deepEqual(summarize(await render(input, [])), summarize(standIn));
            });
          }
        }
      });
    }

    if (version === 3) {
      it("is the same by the example's kustomization", async function () {
        const kubectl = await findBuiltTool("kubectl");
        needs(this, kubectl !== null, "kubectl, which `npm run cluster -- image` builds");
        await writeFile(join(folder, "bin/kubectl"), `#!/bin/sh\nexec '${kubectl ?? ""}' "$@"\n`);
        await chmod(join(folder, "bin/kubectl"), 0o755);
        const input = { replicas: 4, live: 3 };
        const ours = await templateStandIn(input, withOurs);
        const theirs = await templateStandIn(input, [
          "--post-renderer",
          join(EXAMPLE, "kustomize/post-render.sh"),
        ]);
        assert.equal(theirs.code, 0, theirs.stderr);
        const index = (text: string) =>
          Object.fromEntries(parse(text).map((object) => [`${object.kind} ${object.metadata.name}`, object]));
        const [one, other] = [index(ours.stdout), index(theirs.stdout)];
        const { template: pods } = readMember(Object.values(other));
        // it leaves the volume of the script, which no container mounts
        const spec = pods.spec as { volumes: readonly { name: string }[]; initContainers?: unknown };
        spec.volumes = spec.volumes.filter((volume) => volume.name !== "om-bootstrap-script");
        if (JSON.stringify(spec.initContainers) === "[]") delete spec.initContainers;
        assert.deepEqual(other, one);
      });
    }
  });
}

describe("the example for Ozone's chart", () => {
  it("names the same StatefulSet and profile for Helm 3 and 4", async () => {
    const script = await readFile(join(EXAMPLE, "post-render.sh"), "utf8");
    const plugin = parseAllDocuments(
      await readFile(join(EXAMPLE, "plugin/plugin.yaml"), "utf8"),
    )[0]?.toJS() as {
      runtimeConfig: { platformCommand: { command: string; args: string[] }[] };
    };
    const [command] = plugin.runtimeConfig.platformCommand;
    assert.ok(script.includes([command?.command, ...(command?.args ?? [])].join(" ")));
  });
});
