// `rollcall doctor` on a cluster: faults are planted one after another, and each is mended by the commands that it prints.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import {
  DEFAULT_IMAGE_VOLUMES_MINOR,
  IMAGE_VOLUMES_MINOR,
  KUBERNETES_MINOR,
} from "../../cluster/image/pins.ts";
import { waitUntilPasses } from "../../harness/eventually.ts";
import { CHECKOUT_ROOT, SYSTEM, scaleWebhook } from "../../harness/rollcall.ts";
import { makeSpace, type Space } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";

interface Report {
  name: string;
  status: string;
  message: string;
  findings: { status: string; message: string; commands: string[] }[];
}

describe("rollcall doctor", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("doctor");
    if (KUBERNETES_MINOR < DEFAULT_IMAGE_VOLUMES_MINOR) await removeImageVolumeProfiles();
  });
  after(() => space.remove());

  /** Profiles of other suites. An older Kubernetes supports them behind a feature gate, and its API does not say whether that is on. */
  async function removeImageVolumeProfiles(): Promise<void> {
    const { items } = await space.all.json<{
      items: { metadata: { name: string }; spec: { runner?: { delivery?: string } } }[];
    }>(["get", "rcp"]);
    const names = items
      .filter(({ spec }) => spec.runner?.delivery === "ImageVolume")
      .map(({ metadata }) => metadata.name);
    if (names.length > 0) await space.all.run(["delete", "rcp", ...names]);
  }

  /** Runs a program with the kubeconfig of the cluster, and kubectl and rollcall in PATH. */
  function runShell(script: string): Promise<{ code: number | null; output: string }> {
    const { kubeconfig, kubectl } = space.access;
    const functions =
      `kubectl() { "$ROLLCALL_KUBECTL" "$@"; }; ` +
      `rollcall() { "$ROLLCALL_NODE" "$ROLLCALL_PROGRAM" "$@"; }; set -e; `;
    return new Promise((resolve, reject) => {
      const child = spawn("sh", ["-c", functions + script], {
        env: {
          ...process.env,
          KUBECONFIG: kubeconfig,
          ROLLCALL_KUBECTL: kubectl,
          ROLLCALL_NODE: process.execPath,
          ROLLCALL_PROGRAM: join(CHECKOUT_ROOT, "build/bin/rollcall.js"),
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => {
          output += chunk.toString();
        });
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output }));
    });
  }

  async function runDoctor(): Promise<{ code: number | null; checks: Report[] }> {
    const { code, output } = await runShell(`rollcall doctor -n ${space.name} -o json`);
    return { code, checks: (JSON.parse(output) as { checks: Report[] }).checks };
  }

  const listFaults = (checks: readonly Report[]): string[] =>
    checks.flatMap(({ name, findings }) =>
      findings.filter(({ status }) => status === "fault").map(({ message }) => `${name}: ${message}`),
    );

  const assertHealthy = (): Promise<void> =>
    waitUntilPasses(async () => {
      const { code, checks } = await runDoctor();
      assert.deepEqual(listFaults(checks), []);
      assert.equal(code, 0, JSON.stringify(checks.filter(({ status }) => status === "unknown")));
    });

  it("finds nothing wrong with the installation of the suites", () => assertHealthy());

  const patch = (kind: string, name: string, type: string, body: unknown): string =>
    `kubectl patch ${kind} ${name} --type=${type} -p '${JSON.stringify(body)}'`;

  for (const { what, plant, check, says } of [
    {
      what: "a webhook that is scaled to zero",
      plant: `kubectl -n ${SYSTEM} scale deployment/rollcall --replicas=0`,
      check: "replicas",
      says: /is scaled to 0 replicas/,
    },
    {
      what: "a missing budget",
      plant: `kubectl -n ${SYSTEM} delete poddisruptionbudget rollcall`,
      check: "objects",
      says: /PodDisruptionBudget .* does not exist/,
    },
    {
      what: "a missing Service",
      plant: `kubectl -n ${SYSTEM} delete service rollcall`,
      check: "objects",
      says: /Service .* does not exist/,
    },
    {
      what: "a missing mutating configuration",
      plant: "kubectl delete mutatingwebhookconfiguration rollcall",
      check: "configurations",
      says: /MutatingWebhookConfiguration rollcall does not exist/,
    },
    {
      what: "an entry that fails open",
      plant: patch("validatingwebhookconfiguration", "rollcall", "json", [
        { op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" },
      ]),
      check: "configurations",
      says: /failurePolicy is "Ignore", not "Fail"/,
    },
    {
      what: "a missing policy",
      plant: "kubectl delete validatingadmissionpolicy leases.rollcall.dev",
      check: "policies",
      says: /leases\.rollcall\.dev does not exist/,
    },
    {
      what: "a binding that only audits",
      plant: patch("validatingadmissionpolicybinding", "override.rollcall.dev", "merge", {
        spec: { validationActions: ["Audit"] },
      }),
      check: "policies",
      says: /override\.rollcall\.dev differs/,
    },
    {
      what: "a missing role for members",
      plant: "kubectl delete clusterrole rollcall-member",
      check: "roles",
      says: /ClusterRole rollcall-member does not exist/,
    },
    {
      what: "an account without its rights",
      plant: patch("clusterrole", "rollcall", "json", [{ op: "remove", path: "/rules/0" }]),
      check: "rights",
      says: /may not .*webhookconfigurations/,
    },
    {
      what: "a definition with another schema",
      plant: patch("customresourcedefinition", "rollcallprofiles.rollcall.dev", "json", [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/later",
          value: { type: "string" },
        },
      ]),
      check: "definition",
      says: /is not that of this version/,
    },
    {
      what: "a webhook configuration of an earlier installation",
      plant:
        "rollcall doctor --print ValidatingWebhookConfiguration/rollcall | " +
        "sed '0,/  name: rollcall$/s//  name: rollcall-old/' | kubectl create -f -",
      check: "other-installations",
      says: /rollcall-old has entries of Rollcall/,
    },
  ]) {
    it(`names ${what}, and prints what mends it`, async () => {
      const planted = await runShell(plant);
      assert.equal(planted.code, 0, planted.output);
      const { code, checks } = await runDoctor();
      const found = checks.find(({ name }) => name === check);
      const fault = found?.findings.find((each) => each.status === "fault" && says.test(each.message));
      assert.ok(fault, JSON.stringify(found));
      assert.equal(code, 1);
      for (const command of fault.commands) {
        const mended = await runShell(command);
        assert.equal(mended.code, 0, `${command}: ${mended.output}`);
      }
      await assertHealthy();
    });
  }

  it("names a pod that was created while the webhook was away, and prints what mends it", async () => {
    const restore = ["Mutating", "Validating"].map(
      (each) => `rollcall doctor --print ${each}WebhookConfiguration/rollcall | kubectl apply -f -`,
    );
    await runShell("kubectl delete mutatingwebhookconfiguration,validatingwebhookconfiguration rollcall");
    try {
      const labels = "rollcall.dev/profile=demo";
      assert.equal((await space.k.apply(buildWorkload({ replicas: 1 }))).code, 0);
      await waitUntilPasses(async () =>
        assert.match(await space.k.run(["get", "pods", "-l", labels, "-o", "name"]), /web-0/),
      );
    } finally {
      for (const command of restore) assert.equal((await runShell(command)).code, 0, command);
      await scaleWebhook(space.all, 2);
    }
    await waitUntilPasses(async () => {
      const { checks } = await runDoctor();
      const found = checks.find(({ name }) => name === "pods");
      assert.match(found?.message ?? "", /web-0 is labelled, and was not injected/);
      assert.ok(!listFaults(checks).some((each) => /^(answer|certificate):/.test(each)));
    });
    const fault = (await runDoctor()).checks.find(({ name }) => name === "pods")?.findings[0];
    for (const command of fault?.commands ?? []) assert.equal((await runShell(command)).code, 0, command);
    await assertHealthy();
  });

  it("makes a probe pod in the namespace that is given, and removes it", async () => {
    const { output } = await runShell(`rollcall doctor -n ${space.name} --probe -o json || true`);
    const found = (JSON.parse(output) as { checks: Report[] }).checks.find(
      ({ name }) => name === "image-volumes",
    );
    const isSupported = KUBERNETES_MINOR >= IMAGE_VOLUMES_MINOR;
    const says = isSupported ? /^a pod with an image volume ran in namespace/ : /image volume/;
    assert.match(found?.message ?? "", says);
    assert.equal(found?.status, isSupported ? "ok" : "fault", found?.message);
    const left = await space.k.run([
      "get",
      "pods",
      "-l",
      "app.kubernetes.io/managed-by=rollcall-doctor",
      "-o",
      "name",
    ]);
    assert.equal(left.trim(), "");
  });
});
