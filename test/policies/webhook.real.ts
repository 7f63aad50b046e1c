// The webhook and controllers on a real API server: deletions by the garbage collector, callers other than the API
// server, the client certificate, and a namespace that is deleted while the webhook is down.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { renderGenericYaml } from "../profileYaml.ts";
import { makeClientCa } from "../webhook/server/clientCertificates.ts";
import { writeAdmissionConfiguration } from "../webhook/server/writeAdmissionConfiguration.ts";
import { startApiServer } from "./apiServer.ts";
import { PolicyCluster } from "./policyCluster.ts";
import { needsWebhook, type RealWebhook, startWebhook } from "./webhook.ts";

const PROFILES = renderGenericYaml("fixed", "scaleDown: {policy: Deny}");

const CONTROLLERS = ["namespace-controller", "garbage-collector-controller", "statefulset-controller"];

const setNamed = (name: string, metadata: object = {}, whenDeleted = "Retain"): object => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name, namespace: "shop", ...metadata },
  spec: {
    replicas: 2,
    podManagementPolicy: "Parallel",
    serviceName: name,
    persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled: "Retain" },
    selector: { matchLabels: { app: name, "rollcall.dev/profile": "fixed" } },
    template: {
      metadata: { labels: { app: name, "rollcall.dev/profile": "fixed" } },
      spec: { containers: [{ name: "app", image: "registry.test/app:1" }] },
    },
  },
});

/** POSTs a review to the webhook, as any client that reaches its port can. */
function post(url: string, review: object, client: { cert: string; key: string } | null = null) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const body = JSON.stringify({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      request: review,
    });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(`${url}/validate`, {
      method: "POST",
      headers,
      rejectUnauthorized: false,
      ...client,
    });
    asked.on("error", reject);
    asked.on("response", (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.end(body);
  });
}

/** A review that did not come from the API server. */
const forged = (name: string, different: object): object => ({
  uid: "11111111-1111-4111-8111-111111111111",
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
  operation: "DELETE",
  namespace: "shop",
  name,
  userInfo: { username: "call 0900-1 to get your pods back", groups: [] },
  object: null,
  ...different,
});

describe("the webhook on a real API server", function () {
  this.timeout(240_000);
  let cluster: PolicyCluster;
  let webhook: RealWebhook;

  before(async function () {
    needsWebhook(this);
    cluster = new PolicyCluster(await startApiServer(this), setNamed("probe"));
    await cluster.prepare();
    await cluster.api.startControllers(CONTROLLERS);
    webhook = await startWebhook(cluster.api, { profiles: PROFILES });
    await cluster.answered();
    const { code, stderr } = await cluster.create(setNamed("web"));
    assert.equal(code, 0, stderr);
    await cluster.until("its pods are there", () => hasPod("web-1"));
  });
  after(async () => {
    await webhook?.stop();
    await cluster?.api.stop();
  });

  const hasPod = async (name: string): Promise<boolean> =>
    (await cluster.inShop("get", "pods", "-o", "name")).split("\n").includes(`pod/${name}`);
  const readEvents = (name: string): Promise<string> =>
    cluster.inShop(
      "get",
      "events",
      `--field-selector=involvedObject.name=${name}`,
      "-o",
      "jsonpath={range .items[*]}{.reason}: {.message}{end}",
    );
  const readUid = (kind: string, name: string) =>
    cluster.inShop("get", kind, name, "-o", "jsonpath={.metadata.uid}");

  it("writes no record on behalf of a forged review (F3)", async () => {
    const invented = setNamed("invented", { uid: "u" });
    for (const namespace of ["shop", "default", "kube-system"]) {
      const { status } = await post(webhook.url, forged("invented", { namespace, oldObject: invented }));
      assert.equal(status, 200);
    }
    // an existing StatefulSet, with another number of pods, scaled to zero
    const real = JSON.parse(await cluster.inShop("get", "statefulset", "web", "-o", "json")) as {
      metadata: object;
      spec: object;
    };
    const annotations = { "rollcall.dev/maintenance": "x" };
    await post(
      webhook.url,
      forged("web", {
        operation: "UPDATE",
        oldObject: { ...real, spec: { ...real.spec, replicas: 999 } },
        object: { ...real, metadata: { ...real.metadata, annotations }, spec: { ...real.spec, replicas: 0 } },
      }),
    );
    await pause(1_000);
    const leases = JSON.parse(await cluster.must(["get", "leases", "-A", "-o", "json"])) as {
      items: { metadata: { namespace: string; name: string; annotations?: Record<string, string> } }[];
    };
    // the Lease of the replicas' leader election for the status of profiles
    const own = "rollcall-profile-status";
    const written = leases.items.filter(
      ({ metadata: { name } }) => name.startsWith("rollcall-") && name !== own,
    );
    assert.deepEqual(
      written.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      ["shop/rollcall-record-web"],
    );
    const record = JSON.parse(written[0]?.metadata.annotations?.["rollcall.dev/record"] ?? "{}") as {
      ordinals?: object;
    };
    assert.deepEqual(
      record.ordinals,
      { start: 0, replicas: 2 },
      "what the live set has, and not what was said",
    );
  });

  it("writes no Event with contents of a forged review (F3)", async () => {
    const real = JSON.parse(await cluster.inShop("get", "statefulset", "web", "-o", "json")) as {
      metadata: object;
      spec: object;
    };
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    const annotations = { "rollcall.dev/override": `${deadline} call 0900-1 to get your pods back` };
    const smaller = {
      ...real,
      metadata: { ...real.metadata, annotations },
      spec: { ...real.spec, replicas: 1 },
    };
    const { text } = await post(
      webhook.url,
      forged("web", { operation: "UPDATE", oldObject: real, object: smaller }),
    );
    assert.match(text, /RC027 override-used: overridden by call 0900-1/, "who asks is answered");
    const elsewhere = setNamed("kube-proxy", { uid: "u" }, "Delete");
    await post(webhook.url, forged("kube-proxy", { namespace: "kube-system", oldObject: elsewhere }));
    // waits longer than an allowed Event takes
    await pause(5_000);
    const told = "jsonpath={range .items[*]}{.involvedObject.namespace} {.reason}: {.message}{'\\n'}{end}";
    const events = await cluster.must(["get", "events", "-A", "-o", told]);
    assert.doesNotMatch(events, /0900/);
    assert.doesNotMatch(events, /kube-system ChangeDenied/);
  });

  it("keeps a set whose owner is gone (F10), and writes an Event with what to do", async () => {
    await cluster.inShop("create", "configmap", "owner");
    const owner = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "owner",
      uid: await readUid("configmap", "owner"),
    };
    const { code, stderr } = await cluster.create(setNamed("owned", { ownerReferences: [owner] }, "Delete"));
    assert.equal(code, 0, stderr);
    await cluster.until("its pods are there", () => hasPod("owned-1"));
    await cluster.inShop("delete", "configmap", "owner");
    await cluster.until("the collector was refused, and that is told", async () =>
      /DeletionHeld/.test(await readEvents("owned")),
    );
    const told = await readEvents("owned");
    assert.match(
      told,
      /DeletionHeld: rollcall RC011 deletion-deletes-volumes: Deleting StatefulSet shop\/owned \(profile fixed\) is denied/,
    );
    assert.match(
      told,
      /The garbage collector requests this deletion .*\nKeeps the StatefulSet .*:\n {2}kubectl -n shop patch statefulset owned --type=json -p '\[\{"op":"remove","path":"\/metadata\/ownerReferences"\}\]'/,
    );
    assert.equal(
      await cluster.inShop("get", "statefulset", "owned", "-o", "jsonpath={.metadata.deletionTimestamp}"),
      "",
    );
    // as the Event suggests
    await cluster.inShop(
      "patch",
      "statefulset",
      "owned",
      "--type=json",
      "-p",
      '[{"op":"remove","path":"/metadata/ownerReferences"}]',
    );
  });

  it("denies the deletion of a StatefulSet while it has pods (F11), also with --cascade=orphan", async () => {
    for (const cascade of ["background", "foreground", "orphan"]) {
      const { code, stderr } = await cluster.try([
        "-n",
        "shop",
        "delete",
        "statefulset",
        "web",
        `--cascade=${cascade}`,
      ]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /RC030 pods-still-exist: Deleting StatefulSet shop\/web \(profile fixed\)( with --cascade=orphan)? is denied: the profile's scaleDown\.policy is Deny, and pods web-1, web-0 still exist\./,
      );
    }
  });

  it("does not block the deletion of a namespace while the webhook is down", async () => {
    await webhook.stop();
    await cluster.inShop("delete", "pods", "--all", "--force", "--grace-period=0", "--wait=false");
    await cluster.must(["delete", "namespace", "shop", "--wait=false"]);
    // in a terminating namespace the controller creates no pods, and no kubelet removes the existing ones
    await cluster.until("the namespace is gone", async () => {
      await cluster.try([
        "-n",
        "shop",
        "delete",
        "pods",
        "--all",
        "--force",
        "--grace-period=0",
        "--wait=false",
      ]);
      return (await cluster.try(["get", "namespace", "shop"])).code === 1;
    });
  });
});

describe("the API server's client certificate", function () {
  this.timeout(240_000);
  const ca = makeClientCa();
  const own = ca.sign("rollcall-kube-apiserver");
  let cluster: PolicyCluster;
  let webhook: RealWebhook;

  before(async function () {
    needsWebhook(this);
    cluster = new PolicyCluster(
      await startApiServer(this, {
        admission: (folder) => writeAdmissionConfiguration(folder, own),
      }),
      setNamed("probe"),
    );
    await cluster.prepare();
    const path = join(cluster.api.folder, "client-ca.crt");
    await writeFile(path, ca.ca);
    webhook = await startWebhook(cluster.api, {
      profiles: PROFILES,
      env: { ROLLCALL_CLIENT_CA: path, ROLLCALL_CLIENT_NAMES: "rollcall-kube-apiserver" },
    });
  });
  after(async () => {
    await webhook?.stop();
    await cluster?.api.stop();
  });

  it("lets the API server send reviews", () => cluster.answered());

  it("rejects other clients with a reason, and answers their probes", async () => {
    const other = makeClientCa().sign("rollcall-kube-apiserver");
    for (const client of [null, other, ca.sign("mallory")]) {
      const { status, text } = await post(webhook.url, forged("web", { oldObject: setNamed("web") }), client);
      assert.equal(status, 403, text);
      assert.match(
        text,
        /^only the API server may send reviews, with a client certificate for rollcall-kube-apiserver/,
      );
    }
    const { status } = await post(webhook.url, forged("web", { oldObject: setNamed("web") }), own);
    assert.equal(status, 200);
  });
});
