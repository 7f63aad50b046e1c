// Each way of installing Rollcall on a cluster: kustomize, install.yaml, Helm 3 and 4, the charts also in a namespace of
// another name and printed for kubectl. After each the example runs; after each removal its profile and pods are still
// there, and pods can be created.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeInstall } from "../../../build/manifests/writeInstall.ts";
import { findBuiltTool } from "../../e2e/cluster/provider.ts";
import { TIMEOUT, waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../e2e/harness/kubectl.ts";
import { BASE, CHECKOUT_ROOT, SYSTEM } from "../../e2e/harness/rollcall.ts";
import { runProgram } from "../../webhook/cli/cli.ts";

const EXAMPLE = join(CHECKOUT_ROOT, "manifests/examples/generic");
const CHART = join(CHECKOUT_ROOT, "manifests/helm/rollcall");
const PROFILES_CHART = join(CHECKOUT_ROOT, "manifests/helm/rollcall-profiles");
const DEMO = "rollcall-demo";
const CRD = "rollcallprofiles.rollcall.dev";
const PART_OF = "app.kubernetes.io/part-of=rollcall";

/** Objects outside of namespaces that could block others once Rollcall is gone. */
const BLOCKING = [
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "clusterroles",
  "clusterrolebindings",
].join(",");

describe("Rollcall", () => {
  const access = readClusterAccess();
  const k = createKubectl(access);
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-install-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const waitForRollout = (namespace: string): Promise<string> =>
    k.run(["-n", namespace, "rollout", "status", "deployment/rollcall", TIMEOUT]);

  /** Applies the example, and waits until each of its pods has its number. */
  async function runExample(): Promise<void> {
    // the webhook publishes its CA a moment after it is ready
    await waitUntilPasses(() => k.run(["apply", "-k", EXAMPLE]));
    await k.run(["-n", DEMO, "rollout", "status", "statefulset/web", TIMEOUT]);
    assert.deepEqual(await readNumbers(), ["1", "2", "3"]);
  }

  async function readNumbers(): Promise<string[]> {
    const numbers: string[] = [];
    for (const pod of ["web-0", "web-1", "web-2"]) {
      const log = await k.run(["-n", DEMO, "logs", pod, "-c", "app"]);
      numbers.push(/^I am number (\d+), known as /m.exec(log)?.[1] ?? log);
    }
    return numbers;
  }

  /** The example runs on, its profile is stored, and neither labelled nor other pods are blocked. */
  async function assertNothingBlocks(): Promise<void> {
    assert.equal(await k.run(["get", BLOCKING, "-l", PART_OF, "-o", "name"]), "");
    assert.match(await k.run(["get", "rcp", "demo", "-o", "name"]), /rollcallprofile/);
    assert.deepEqual(await readNumbers(), ["1", "2", "3"]);
    for (const label of ["rollcall.dev/profile=demo", "app=other"])
      await k.run([
        "-n",
        DEMO,
        "run",
        "lone",
        "--image=example.test/none",
        `--labels=${label}`,
        "--dry-run=server",
      ]);
    await k.run(["-n", DEMO, "scale", "statefulset/web", "--replicas=2"]);
  }

  /** The installed objects do not differ from the base, and applying it again keeps the CA bundles. */
  async function assertIsSteady(): Promise<void> {
    await k.run(["apply", "-k", BASE]);
    const diff = await k.try(["diff", "-k", BASE]);
    assert.deepEqual([diff.code, diff.stdout], [0, ""], diff.stderr);
    for (const kind of ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"]) {
      const path = "jsonpath={.webhooks[*].clientConfig.caBundle}";
      const bundles = (await k.run(["get", kind, "rollcall", "-o", path])).split(" ");
      assert.ok(
        bundles.every((bundle) => bundle.length > 100),
        `${kind} after kubectl apply`,
      );
    }
    await runExample();
  }

  /** Removes what a removed installation leaves behind on purpose. */
  async function cleanUp(namespace: string): Promise<void> {
    await k.run(["delete", "namespace", DEMO, namespace, "--ignore-not-found", "--wait=true", TIMEOUT]);
    await k.run(["delete", "crd", CRD, "--ignore-not-found"]);
  }

  it("is installed and removed by kustomize; the definition is the last thing that goes", async () => {
    await k.run(["apply", "-k", BASE]);
    await waitForRollout(SYSTEM);
    await runExample();
    await assertIsSteady();
    // as docs/operations.md says: first the webhook configurations
    await k.run(["delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "rollcall"]);
    await k.run(["delete", "-k", BASE, "--ignore-not-found", "--wait=true", TIMEOUT]);
    assert.equal(await k.run(["get", BLOCKING, "-l", PART_OF, "-o", "name"]), "");
    assert.deepEqual(await readNumbers(), ["1", "2", "3"]);
    assert.match((await k.try(["get", "crd", CRD])).stderr, /\(NotFound\)/);
    await cleanUp(SYSTEM);
  });

  it("is installed by install.yaml", async () => {
    const file = join(folder, "install.yaml");
    await writeFile(file, await writeInstall("registry.local/rollcall"));
    await k.run(["apply", "-f", file]);
    await waitForRollout(SYSTEM);
    await runExample();
    await k.run(["delete", "-f", file, "--wait=true", TIMEOUT]);
    assert.equal(await k.run(["get", BLOCKING, "-l", PART_OF, "-o", "name"]), "");
    await cleanUp(SYSTEM);
  });

  it("is installed by helm template and kubectl", async () => {
    const helm = await openHelm("helm3", folder);
    const text = await helm(
      "template",
      "rollcall",
      CHART,
      "--namespace",
      SYSTEM,
      "--set",
      "namespace.create=true",
    );
    assert.equal((await k.apply(text)).code, 0);
    await waitForRollout(SYSTEM);
    await runExample();
    await k.run(["delete", "-f", "-", "--wait=true", TIMEOUT], text);
    assert.equal(await k.run(["get", BLOCKING, "-l", PART_OF, "-o", "name"]), "");
    await cleanUp(SYSTEM);
  });

  for (const [name, namespace] of [
    ["helm3", SYSTEM],
    ["helm4", "guard"],
  ] as const)
    it(`is installed, upgraded with a changed definition, rolled back and uninstalled by ${name} in namespace ${namespace}`, async () => {
      const helm = await openHelm(name, folder);
      const at = ["--namespace", namespace] as const;
      await helm("install", "rollcall", CHART, ...at, "--create-namespace", "--wait", "--timeout", "10m");
      await waitForRollout(namespace);
      await runExample();
      await installProfiles(helm, k, at);

      const changed = await changeDefinition(join(folder, name));
      await helm("upgrade", "rollcall", changed, ...at, "--set", "replicas=1", "--wait", "--timeout", "10m");
      assert.match(await k.run(["get", "rcp"]), /^NAME .*CHANGED/);
      assert.deepEqual(await readReplicas(k, namespace), "1");
      await runExample();

      await helm("rollback", "rollcall", "1", ...at, "--wait", "--timeout", "10m");
      assert.doesNotMatch(await k.run(["get", "rcp"]), /CHANGED/);
      assert.deepEqual(await readReplicas(k, namespace), "2");
      await k.run(["-n", DEMO, "delete", "pod", "web-0", "--wait=true"]);
      await runExample();

      await helm("uninstall", "profiles", ...at);
      await helm("uninstall", "rollcall", ...at, "--wait");
      await assertNothingBlocks();

      // the definition that was kept is taken over again
      await helm("install", "rollcall", CHART, ...at, "--wait", "--timeout", "10m");
      await waitForRollout(namespace);
      await runExample();
      await helm("uninstall", "rollcall", ...at, "--wait");
      await assertNothingBlocks();
      await cleanUp(namespace);
    });
});

type Helm = (...args: readonly string[]) => Promise<string>;

/** Helm on the suite's cluster, with a home of its own. @throws if it is not built */
async function openHelm(name: "helm3" | "helm4", folder: string): Promise<Helm> {
  const program = await findBuiltTool(name);
  assert.ok(program !== null, `${name} is missing: run \`npm run cluster -- tools\``);
  const home = await mkdtemp(join(folder, `${name}-home-`));
  const own = { HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const env = { PATH: process.env["PATH"], ...own, KUBECONFIG: readClusterAccess().kubeconfig };
  return async (...args) => {
    const { code, stdout, stderr } = await runProgram(program, args, { env, timeoutMs: 900_000 });
    assert.equal(code, 0, `${name} ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
}

const readReplicas = (k: Kubectl, namespace: string): Promise<string> =>
  k.run(["-n", namespace, "get", "deployment", "rollcall", "-o", "jsonpath={.spec.replicas}"]);

/** Installs a profile by its own chart, and waits until it is active. */
async function installProfiles(helm: Helm, k: Kubectl, at: readonly string[]): Promise<void> {
  const generic = { containers: ["app"], nodeID: { base: 1, max: 9 }, scaleDown: { policy: "Deny" } };
  const profiles = { second: { type: "Generic", namespaces: ["*"], generic } };
  await helm(
    "install",
    "profiles",
    PROFILES_CHART,
    ...at,
    "--set-json",
    `profiles=${JSON.stringify(profiles)}`,
  );
  await k.run(["wait", "rcp/second", "--for=condition=Ready", TIMEOUT]);
}

/** A copy of the chart whose definition has one more column. @returns its folder */
async function changeDefinition(folder: string): Promise<string> {
  await cp(CHART, folder, { recursive: true });
  const file = join(folder, "templates/crd.yaml");
  const before = await readFile(file, "utf8");
  const columns = "additionalPrinterColumns:\n";
  const column = `${columns}        - {name: Changed, type: string, jsonPath: .metadata.uid}\n`;
  const after = before.replace(columns, column);
  assert.notEqual(after, before, "the definition has no columns");
  await writeFile(file, after);
  return folder;
}
