// `rollcall doctor` on a healthy installation, and where the cluster cannot be asked.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import {
  type Configuration,
  InstallationStandIn,
  runDoctor,
  sendRefusal,
  WEBHOOK_NAMESPACE,
} from "./installationStandIn.ts";

interface Document {
  ok: boolean;
  system: string | null;
  context: string;
  checks: {
    group: string;
    name: string;
    looksAt: string;
    status: string;
    message: string;
    findings: unknown[];
  }[];
}

describe("rollcall doctor", () => {
  let cluster: InstallationStandIn;
  beforeEach(async () => {
    cluster = await InstallationStandIn.start();
  });
  afterEach(() => cluster.close());

  it("finds nothing wrong with a healthy installation, and exits with 0", async () => {
    const { code, stdout, stderr } = await cluster.doctor();
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.match(
      stdout,
      /^Kubernetes\n-{10}\n√ https:\/\/127\.0\.0\.1:\d+ \(context test\) is Kubernetes v1\.37\.2/,
    );
    assert.match(
      stdout,
      /^√ the API server reaches the webhook, which denied a dry run in namespace shop with RC101$/m,
    );
    assert.equal(stdout.trim().split("\n").at(-1), "√ all 18 checks are good");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    assert.doesNotMatch(stdout, /\u001b/);
  });

  it("changes nothing: it reads, dry runs and asks for rights", async () => {
    await cluster.doctor();
    const writes = cluster.requests.filter((line) => !line.startsWith("GET "));
    assert.ok(writes.length > 20, "it asked for no rights");
    for (const line of writes)
      assert.match(line, /^POST (\/apis\/authorization\.k8s\.io\/v1\/subjectaccessreviews|\S+\?dryRun=All&)/);
  });

  it("prints one object for each check with -o json", async () => {
    const { code, stdout } = await cluster.doctor("-o", "json");
    const document = JSON.parse(stdout) as Document;
    assert.equal(code, 0);
    assert.deepEqual([document.ok, document.system, document.context], [true, "rollcall-system", "test"]);
    assert.equal(document.checks.length, 18);
    assert.equal(new Set(document.checks.map(({ name }) => name)).size, 18);
    for (const each of document.checks) {
      assert.deepEqual([each.status, each.findings], ["ok", []], each.name);
      assert.ok(each.looksAt !== "" && each.message !== "", each.name);
    }
  });

  it("prints an object of the base with the settings of the installation", async () => {
    const { code, stdout } = await cluster.doctor(
      "--system",
      "other",
      "--print",
      "PodDisruptionBudget/rollcall",
    );
    assert.equal(code, 0);
    const { kind, metadata } = parse(stdout) as { kind: string; metadata: { namespace: string } };
    assert.deepEqual([kind, metadata.namespace], ["PodDisruptionBudget", "other"]);
    const wrong = await cluster.doctor("--print", "Pod/x");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /there is no "Pod\/x", only .*RoleBinding\/rollcall/);
  });

  it("prints with an object what only the installed one has: other tools' labels, and the caBundle", async () => {
    const key = "ValidatingWebhookConfiguration/rollcall";
    const { metadata, webhooks } = cluster.get<Configuration>(key);
    const { labels } = metadata as { labels: Record<string, string> };
    Object.assign(metadata, {
      labels: { ...labels, "app.kubernetes.io/part-of": "wrong", team: "a" },
      annotations: { note: "b", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    });
    const [first, second] = webhooks;
    assert.ok(first && second);
    first.failurePolicy = "Ignore";
    delete second.clientConfig.caBundle;
    const { stdout } = await cluster.doctor("--print", key);
    const printed = parse(stdout) as Configuration;
    assert.deepEqual(printed.metadata["labels"], { ...labels, team: "a" });
    assert.deepEqual(printed.metadata["annotations"], { note: "b" });
    const [entry, other] = printed.webhooks;
    assert.deepEqual(
      [entry?.failurePolicy, entry?.clientConfig.caBundle],
      ["Fail", first.clientConfig.caBundle],
    );
    assert.equal(other?.clientConfig.caBundle, undefined);
  });

  it("prints commands with npx if it was called by npx, which alone finds it in a checkout", async () => {
    cluster.objects.delete(`PodDisruptionBudget/${WEBHOOK_NAMESPACE}/rollcall`);
    const { stdout } = await runDoctor({ npm_command: "exec" }, "--kubeconfig", cluster.kubeconfig);
    assert.match(
      stdout,
      /^ {6}npx rollcall doctor --kubeconfig .* --print PodDisruptionBudget\/rollcall \|/m,
    );
  });

  it("exits with 2 if there is no such kubeconfig or context, in one line", async () => {
    for (const [argv, says] of [
      [["--kubeconfig", "/no/such/config"], /^rollcall: \/no\/such\/config: no such file; set --kubeconfig/],
      [["--kubeconfig", cluster.kubeconfig, "--context", "prod"], /there is no context "prod"/],
      [["--kubeconfig", cluster.kubeconfig, "--probe"], /--probe makes a pod: set --namespace/],
    ] as const) {
      const { code, stdout, stderr } = await runDoctor({}, ...argv, "-o", "json");
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.match((JSON.parse(stdout) as { error: string }).error, /./);
      assert.equal(stderr.trim().split("\n").length, 1);
    }
  });

  it("exits with 3 and one unknown check if the API server does not answer", async () => {
    await cluster.stop();
    const { code, stdout } = await cluster.doctor("-o", "json");
    assert.equal(code, 3);
    const { ok, checks } = JSON.parse(stdout) as Document;
    assert.deepEqual([ok, checks.map(({ status }) => status)], [false, ["unknown"]]);
    assert.match(checks[0]?.message ?? "", /connection refused \(ECONNREFUSED\)/);
    assert.match((await cluster.doctor()).stdout, /^‼ 1 unknown; the other checks were not made$/m);
  });

  it("exits with 3 if rights are missing, and names them", async () => {
    cluster.instead = (request, response) => {
      if (!/secrets/.test(request.url ?? "")) return false;
      sendRefusal(
        response,
        403,
        'secrets "rollcall-tls" is forbidden: User "jane" cannot get resource "secrets"',
      );
      return true;
    };
    const { code, stdout } = await cluster.doctor();
    assert.equal(code, 3, stdout);
    assert.match(
      stdout,
      /^‼ unknown: you may not read Secret rollcall-system\/rollcall-tls: .*User "jane" cannot get/m,
    );
  });

  it("logs in by the command of the kubeconfig, and says why that fails", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-test-"));
    try {
      const config = parse(await (await import("node:fs/promises")).readFile(cluster.kubeconfig, "utf8")) as {
        users: unknown[];
      };
      const login = (script: string): unknown => ({
        exec: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: process.execPath,
          args: ["-e", script],
        },
      });
      const file = join(folder, "config");
      const token = `console.log(JSON.stringify({kind:"ExecCredential",status:{token:"secret-token"}}))`;
      config.users = [{ name: "u", user: login(token) }];
      await writeFile(file, JSON.stringify(config));
      assert.equal((await runDoctor({}, "--kubeconfig", file)).code, 0);
      config.users = [{ name: "u", user: login(`console.error("log in first"); process.exit(4)`) }];
      await writeFile(file, JSON.stringify(config));
      const failed = await runDoctor({}, "--kubeconfig", file);
      assert.equal(failed.code, 3);
      assert.match(failed.stderr, /login command .* failed: it ended with 4: log in first/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
