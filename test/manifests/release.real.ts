// A release by real Helm on a real API server, in another namespace: every object is accepted, an upgrade and a
// rollback change what they should, and after `uninstall` the CRD remains and nothing blocks. No pod runs.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findBuiltTool } from "../e2e/cluster/provider.ts";
import { type RealApiServer, startApiServer } from "../policies/apiServer.ts";
import { needs } from "../requirements.ts";
import { REPOSITORY_ROOT, runProgram } from "../webhook/cli/cli.ts";

const NAMESPACE = "guard-1";
/** file name in the API server's folder */
const KUBECONFIG = "helm.kubeconfig";

for (const name of ["helm3", "helm4"] as const) {
  describe(`a release by ${name}`, function () {
    this.timeout(240_000);
    let program = "";
    let api: RealApiServer | null = null;
    before(async function () {
      const built = await findBuiltTool(name);
      needs(this, built !== null, `${name}, which \`npm run cluster -- tools\` builds`);
      program = built ?? "";
      api = await startApiServer(this);
      await writeFile(join(api.folder, KUBECONFIG), await kubectl("config", "view", "--raw"), {
        mode: 0o600,
      });
    });
    after(() => api?.stop());

    function server(): RealApiServer {
      if (api === null) throw new Error("there is no API server");
      return api;
    }

    async function helm(...args: readonly string[]): Promise<string> {
      const { folder } = server();
      const own = { HOME: folder, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
      const env = { PATH: process.env["PATH"], ...own, KUBECONFIG: join(folder, KUBECONFIG) };
      const { code, stdout, stderr } = await runProgram(program, [...args, "--namespace", NAMESPACE], {
        env,
      });
      assert.equal(code, 0, `helm ${args.join(" ")}: ${stderr}`);
      return stdout;
    }

    const kubectl = async (...words: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await server().kubectl("admin", words);
      assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
      return stdout;
    };

    const replicas = (): Promise<string> =>
      kubectl("-n", NAMESPACE, "get", "deployment", "rollcall", "-o", "jsonpath={.spec.replicas}");

    const chart = join(REPOSITORY_ROOT, "manifests/helm/rollcall");

    it("can be installed, upgraded, rolled back and uninstalled, and keeps the CRD", async () => {
      const all = ["--set", "floor.enabled=true", "--set", "networkPolicy.enabled=true"];
      const from = ["--set", "networkPolicy.from={10.0.0.0/8}"];
      assert.match(
        await helm("install", "rollcall", chart, "--create-namespace", ...all, ...from),
        /kubectl -n guard-1 rollout status/,
      );
      assert.equal(await replicas(), "2");
      const expression = "jsonpath={.spec.matchConditions[0].expression}";
      assert.equal(
        await kubectl("get", "validatingadmissionpolicy", "account.rollcall.dev", "-o", expression),
        "request.userInfo.username == 'system:serviceaccount:guard-1:rollcall'",
      );

      await helm("upgrade", "rollcall", chart, "--set", "replicas=3");
      assert.equal(await replicas(), "3");
      // only the first revision had the floor
      await assert.rejects(kubectl("get", "validatingadmissionpolicy", "floor.rollcall.dev"), /NotFound/);

      await helm("rollback", "rollcall", "1");
      assert.equal(await replicas(), "2");
      await kubectl("get", "validatingadmissionpolicy", "floor.rollcall.dev");

      await helm("uninstall", "rollcall");
      await kubectl("get", "crd", "rollcallprofiles.rollcall.dev");
      const left =
        "mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicies";
      const label = "app.kubernetes.io/part-of=rollcall";
      assert.equal(await kubectl("get", left, "-l", label, "-o", "name"), "");
    });
  });
}
