// Mistakes of new users: commands that do not exist, files that are not built yet, numbers instead of text. Each ends
// with exit code 2 and says what to do.
import assert from "node:assert/strict";
import { renderGenericYaml } from "../../profileYaml.ts";
import { withFolder } from "./check.ts";
import { renderDocuments, runCli } from "./cli.ts";

const KUSTOMIZATION = "resources: [web.yaml]\n";
const TYPED = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${KUSTOMIZATION}`;

const SEVERAL_RUNS_MS = 120_000;

describe("rollcall for new users", () => {
  for (const [what, files, says] of [
    [
      "a kustomization",
      { "kustomization.yaml": TYPED },
      /it is a kustomization, build it first:\n {2}kustomize build (\S+) \| rollcall/,
    ],
    [
      "a kustomization without a kind",
      { "kustomization.yaml": KUSTOMIZATION },
      /a kustomization, .*\n {2}kustomize build (\S+) \|/,
    ],
    [
      "a chart",
      { "Chart.yaml": "apiVersion: v2\nname: web\n" },
      /a Helm chart, .*\n {2}helm template (\S+) \|/,
    ],
    ["nothing", {}, /has no \*\.yaml, \*\.yml or \*\.json files \(subfolders are not read\)/],
  ] as const) {
    it(`distinguishes a folder with only ${what} from one with StatefulSets`, async () => {
      await withFolder(files, async (folder) => {
        const seen = await Promise.all([
          runCli(["try", "-f", folder]),
          runCli(["render", "-f", folder]),
          runCli(["check", "--from", folder, "--delete"]),
        ]);
        for (const { code, stdout, stderr } of seen) {
          assert.deepEqual([code, stdout], [2, ""], stderr);
          assert.match(stderr, says);
        }
        if (what !== "nothing")
          assert.deepEqual(
            seen.map(({ stderr }) => / rollcall (.*) - …/.exec(stderr)?.[1]),
            ["try -f", "render -f", "check --from"],
          );
      });
    }).timeout(SEVERAL_RUNS_MS);
  }

  it("recognises commands that exist only in pods, and prints the whole command line", async () => {
    for (const word of ["drain", "status"]) {
      const { code, stderr } = await runCli([word]);
      assert.equal(code, 2);
      assert.match(
        stderr,
        new RegExp(
          `^rollcall: ${word} is a command of the runner, run it in a pod: \n {2}kubectl -n NAMESPACE exec POD -c CONTAINER -- /rollcall/rollcall ${word}\n`,
        ),
      );
    }
  }).timeout(SEVERAL_RUNS_MS);

  it("names the profile's field if --replicas exceeds the numbers", async () => {
    const profiles = [
      renderGenericYaml("max", "nodeID: {base: 11, max: 15}"),
      renderGenericYaml("size", "nodeID: {base: 11, max: 99, size: 5}"),
      renderGenericYaml("both", "nodeID: {base: 11, max: 15, size: 5}"),
    ].join("");
    const says = {
      max: "raise nodeID.max",
      size: "raise nodeID.size",
      both: "raise nodeID.size and nodeID.max",
    };
    for (const [name, raise] of Object.entries(says)) {
      const text = renderDocuments({ profile: name, profiles });
      const observation = await runCli(["check", "--from", "-", "--replicas", "100", "-o", "json"], text);
      assert.equal(observation.code, 1, observation.stderr);
      const { code, message } = JSON.parse(observation.stdout) as { code: string; message: string };
      assert.equal(code, "RC005");
      assert.match(message, new RegExp(`a cluster admin ${raise}\\.\n[^]*\n {2}kubectl edit rcp ${name}$`));
    }
  }).timeout(SEVERAL_RUNS_MS);

  it("does not read standard input twice, and accepts a pipe that is closed early", async () => {
    const observation = await runCli(["try", "-f", "-", "--profiles", "-"], renderDocuments());
    assert.equal(observation.code, 2);
    assert.match(observation.stderr, /standard input \(-\) can be read only once/);
  });
});
