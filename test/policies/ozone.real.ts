// Ozone's warnings and its clients on a real API server, which keeps the managers of each field and generates names.
import assert from "node:assert/strict";
import { renderProfileYaml } from "../profileYaml.ts";
import { startApiServer } from "./apiServer.ts";
import { PolicyCluster } from "./policyCluster.ts";
import { needsWebhook, type RealWebhook, startWebhook } from "./webhook.ts";

const PROFILES = [
  renderProfileYaml(
    "ring",
    `type: OzoneOM, namespaces: [shop], ozoneOM: {serviceID: omservice, metadata: {volume: data, dirs: /data},
    scaleDown: {policy: Managed, minReplicas: 1}}`,
  ),
  renderProfileYaml(
    "clients",
    `type: OzoneOM, namespaces: [shop], ozoneOM: {role: Client, containers: [s3g], serviceID: omservice, maxReplicas: 4,
    members: {statefulSet: om, serviceName: om, namespace: shop}}`,
  ),
].join("");

const labels = { app: "om", "rollcall.dev/profile": "ring" };

const ring = (replicas: number, name = "om"): string =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: "shop" },
    spec: {
      replicas,
      serviceName: "om",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "om",
              image: "apache/ozone:2.2.0",
              args: ["ozone", "om"],
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  });

const HELM = ["apply", "--server-side", "--field-manager=helm", "-f", "-"];

describe("Ozone on a real API server", function () {
  this.timeout(240_000);
  let cluster: PolicyCluster;
  let webhook: RealWebhook;

  before(async function () {
    needsWebhook(this);
    cluster = new PolicyCluster(await startApiServer(this), JSON.parse(ring(1, "probe")));
    await cluster.prepare();
    webhook = await startWebhook(cluster.api, { profiles: PROFILES });
    await cluster.answered();
  });
  after(async () => {
    await webhook?.stop();
    await cluster?.api.stop();
  });

  it("warns if an update replaces what a scale has set, whether it is applied on the server or by the client", async () => {
    await cluster.must(HELM, ring(3));
    const scaled = await cluster.try(["-n", "shop", "scale", "statefulset/om", "--replicas=4"]);
    assert.equal(scaled.code, 0, scaled.stderr);
    assert.doesNotMatch(scaled.stderr, /RC154/);
    const conflict = await cluster.try(HELM, ring(5));
    assert.equal(conflict.code, 1);
    assert.match(conflict.stderr, /conflict with "kubectl" .*subresource "scale".*\.spec\.replicas/s);
    const forced = await cluster.try([...HELM, "--force-conflicts"], ring(5));
    assert.equal(forced.code, 0, forced.stderr);
    const warning =
      /Warning: rollcall RC154 ozone-replicas-replaced: spec\.replicas goes from 4, which kubectl set by a scale, to 5, which helm sets: 1 member would join/;
    assert.match(forced.stderr, warning);
    console.log(`      ${forced.stderr.split("\n").find((line) => line.includes("RC154"))}`);
    // as Helm 3 does
    await cluster.must(["-n", "shop", "scale", "statefulset/om", "--replicas=6"]);
    const patched = await cluster.try([
      "-n",
      "shop",
      "patch",
      "statefulset/om",
      "--field-manager=helm",
      "-p",
      '{"spec":{"replicas":7}}',
    ]);
    assert.match(patched.stderr, /RC154 .* goes from 6, which kubectl set by a scale, to 7, which helm sets/);
    const again = await cluster.try([...HELM, "--force-conflicts"], ring(7));
    assert.doesNotMatch(again.stderr, /RC154/);
  });

  it("configures a client's pod whose name the API server generates", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: "s3g-", namespace: "shop", labels: { "rollcall.dev/profile": "clients" } },
      spec: { containers: [{ name: "s3g", image: "apache/ozone:2.2.0", args: ["ozone", "s3g"] }] },
    };
    const made = await cluster.must(["create", "-f", "-", "-o", "json"], JSON.stringify(pod));
    const { spec } = JSON.parse(made) as {
      spec: { initContainers?: unknown; containers: { env: { name: string; value?: string }[] }[] };
    };
    const env = new Map(spec.containers[0]?.env.map(({ name, value }) => [name, value]));
    assert.equal(
      env.get("OZONE-SITE.XML_ozone.om.address.omservice.om-3"),
      "om-3.om.shop.svc.cluster.local:9862",
    );
    assert.equal(spec.initContainers, undefined);
  });
});
