// `rollcall doctor` against a real API server with the base, whose defaults a stand-in can only imitate. No webhook runs:
// checks that need none must find nothing, and printed commands must be accepted.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readExpectedObjects } from "../../../../webhook/cli/doctor/expected.ts";
import { readKubeconfigAccess } from "../../../../webhook/cli/doctor/kubeconfig.ts";
import type { CheckReport } from "../../../../webhook/cli/doctor/report.ts";
import { runChecks } from "../../../../webhook/cli/doctor/runChecks.ts";
import { buildAdminAccess, type RealApiServer, startApiServer } from "../../../policies/apiServer.ts";
import { REPOSITORY_ROOT } from "../cli.ts";

describe("rollcall doctor on a real API server", function () {
  this.timeout(600_000);
  let api: RealApiServer;
  let kubeconfig: string;

  before(async function () {
    api = await startApiServer(this);
    await must(["apply", "-k", join(REPOSITORY_ROOT, "manifests/base")]);
    kubeconfig = join(api.folder, "doctor.kubeconfig");
    await writeFile(kubeconfig, JSON.stringify(await buildKubeconfig()));
  });
  after(() => api?.stop());

  async function must(words: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await api.kubectl("admin", words, input);
    assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  async function buildKubeconfig(): Promise<unknown> {
    const { server, readCredentials } = await buildAdminAccess(api);
    const { ca, token } = await readCredentials();
    const data = Buffer.from(ca ?? "").toString("base64");
    return {
      "current-context": "real",
      contexts: [{ name: "real", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server, "certificate-authority-data": data } }],
      users: [{ name: "u", user: { token } }],
    };
  }

  async function find(name: string): Promise<CheckReport> {
    const words = { kubeconfig, probe: false, program: ["rollcall"] as const };
    const { reports } = await runChecks(words, await readKubeconfigAccess(words));
    const found = reports.find((each) => each.name === name);
    assert.ok(found, reports.map((each) => each.message).join("; "));
    return found;
  }

  it("finds nothing wrong with what kubectl apply -k stored", async () => {
    const words = { kubeconfig, probe: false, program: ["rollcall"] as const };
    const { reports } = await runChecks(words, await readKubeconfigAccess(words));
    const status = Object.fromEntries(reports.map(({ name, status: each }) => [name, each]));
    const shown = reports.map((each) => `${each.name}: ${each.message}`).join("\n");
    for (const name of [
      "api-server",
      "objects",
      "versions",
      "configurations",
      "definition",
      "policies",
      "roles",
      "rights",
      "profiles",
      "statefulsets",
      "pods",
      "image-volumes",
      "other-installations",
      "ca-bundle-owners",
    ])
      assert.equal(status[name], "ok", shown);
    // no replica runs, and no CA is published
    for (const name of ["replicas", "certificate", "answer"]) assert.equal(status[name], "fault", shown);
  });

  it("names the failed call of the webhook in the API server's words", async () => {
    const { findings } = await find("answer");
    assert.match(
      findings[0]?.message ?? "",
      /failed calling webhook "statefulsets\.validate\.rollcall\.dev"/,
    );
  });

  it("prints objects that kubectl applies, and with which nothing is wrong any more", async () => {
    for (const [check, kind, name] of [
      ["objects", "PodDisruptionBudget", "rollcall"],
      ["policies", "ValidatingAdmissionPolicy", "leases.rollcall.dev"],
      ["configurations", "ValidatingWebhookConfiguration", "rollcall"],
      ["roles", "ClusterRoleBinding", "rollcall"],
      ["rights", "ClusterRole", "rollcall"],
    ] as const) {
      const namespace = "rollcall-system";
      await must(["-n", namespace, "delete", kind, name]);
      assert.equal((await find(check)).status, "fault", `${kind} ${name}`);
      const objects = await readExpectedObjects({ namespace });
      const object = objects.find((each) => each.kind === kind && each.name === name)?.object;
      await must(["apply", "-f", "-"], JSON.stringify(object));
      const { status, message } = await find(check);
      assert.equal(status, "ok", message);
    }
  });
});
