// Pods of role Client: the addresses of all possible members, and nothing else, whatever controller owns them.
import assert from "node:assert/strict";
import { decideOnPod } from "../../../webhook/mutation/decidePod.ts";
import { mutatePod } from "../../../webhook/mutation/reviewPod.ts";
import { validatePod } from "../../../webhook/validation/validatePod.ts";
import { renderProfileYaml } from "../../profileYaml.ts";
import { ask, expectDenial, expectWarnings } from "../validation/ask.ts";
import { applied, buildCreateRequest, buildRequestContext, loadActiveConfig, type RawPod } from "./pod.ts";

const MEMBERS = "statefulSet: om, serviceName: om, namespace: ozone";

const profilesWith = (members = MEMBERS, more = ""): string =>
  renderProfileYaml(
    "clients",
    `type: OzoneOM, namespaces: [demo, shop], ozoneOM: {role: Client, containers: [s3g], serviceID: omservice, maxReplicas: 4,
    members: {${members}}${more}}`,
  );

type Owner = "ReplicaSet" | "DaemonSet" | "StatefulSet" | null;

function pod(owner: Owner, container: object = {}, spec: object = {}): RawPod {
  const owned = { apiVersion: "apps/v1", kind: owner, name: "s3g-6f7", uid: "u", controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      // the API server generates the name after admission
      generateName: "s3g-6f7-",
      namespace: "demo",
      labels: { "rollcall.dev/profile": "clients" },
      ...(owner === null ? {} : { ownerReferences: [owned] }),
    } as unknown as RawPod["metadata"],
    spec: {
      containers: [{ name: "s3g", image: "apache/ozone:2.2.0", args: ["ozone", "s3g"], ...container }],
      ...spec,
    },
  };
}

const SOMEONE = { namespace: "demo", username: "system:serviceaccount:kube-system:replicaset-controller" };

function injected(raw: RawPod, yaml = profilesWith()) {
  const config = loadActiveConfig(yaml);
  const decision = decideOnPod(raw, SOMEONE, config);
  if (decision.is !== "injected") assert.fail(JSON.stringify(decision));
  const after = applied(raw, decision.injection.operations);
  const again = decideOnPod(after, SOMEONE, config);
  assert.ok(again.is === "injected");
  assert.deepEqual(again.injection.operations, [], "a second pass changes nothing");
  const env = (after.spec.containers[0]?.["env"] ?? []) as { name: string; value?: string }[];
  return {
    after,
    warnings: decision.injection.warnings,
    env: Object.fromEntries(env.map(({ name, value = "" }) => [name, value])),
  };
}

describe("a pod of a client of a ring", () => {
  for (const owner of ["ReplicaSet", "DaemonSet", "StatefulSet", null] as const) {
    it(`gets the addresses of all possible members and nothing else: owner ${owner ?? "none"}`, () => {
      const { after, env, warnings } = injected(pod(owner));
      const site = (name: string): string | undefined => env[`OZONE-SITE.XML_${name}`];
      assert.equal(site("ozone.om.service.ids"), "omservice");
      assert.equal(site("ozone.om.nodes.omservice"), "om-0,om-1,om-2,om-3");
      assert.equal(site("ozone.om.address.omservice.om-3"), "om-3.om.ozone.svc.cluster.local:9862");
      assert.equal(site("ozone.om.http-address.omservice.om-3"), "om-3.om.ozone.svc.cluster.local:9874");
      assert.equal(site("ozone.om.https-address.omservice.om-3"), "om-3.om.ozone.svc.cluster.local:9875");
      assert.equal(site("ozone.om.decommissioned.nodes.omservice"), "");
      assert.equal(site("ozone.om.node.id"), undefined);
      assert.ok(!("ROLLCALL_PLAN" in env));
      const { initContainers, volumes, containers, terminationGracePeriodSeconds } = after.spec;
      assert.deepEqual(
        [initContainers, volumes, terminationGracePeriodSeconds],
        [undefined, undefined, undefined],
      );
      const { env: _, ...rest } = containers[0] ?? { name: "" };
      assert.deepEqual(rest, pod(owner).spec.containers[0]);
      assert.deepEqual(warnings, []);
    });
  }

  it("gets the names of Services where the profile says so", () => {
    const { env } = injected(pod("ReplicaSet"), profilesWith(`${MEMBERS}, addresses: Services`));
    assert.equal(env["OZONE-SITE.XML_ozone.om.address.omservice.om-3"], "om-3.ozone.svc.cluster.local:9862");
  });

  it("loses a chart's list of members, with one warning", () => {
    const own = [
      { name: "OZONE-SITE.XML_ozone.om.nodes.omservice", value: "om-0" },
      { name: "OZONE-SITE.XML_ozone.om.decommissioned.nodes.omservice", value: "om-1" },
    ];
    const { env, warnings } = injected(pod("ReplicaSet", { env: own }));
    assert.equal(env["OZONE-SITE.XML_ozone.om.nodes.omservice"], "om-0,om-1,om-2,om-3");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^rollcall RC144 /);
  });

  it("is denied where variables would not configure it", () => {
    const denial = (raw: RawPod): string => {
      const decision = decideOnPod(raw, SOMEONE, loadActiveConfig(profilesWith()));
      assert.ok(decision.is === "denied", JSON.stringify(decision));
      return `${decision.denial.code} ${decision.denial.message}`;
    };
    assert.match(
      denial(pod("ReplicaSet", { command: ["ozone", "s3g"] })),
      /^RC140 .*args: \[ozone, s3g\]\.$/,
    );
    const mounted = pod(
      "ReplicaSet",
      { volumeMounts: [{ name: "site", mountPath: "/opt/hadoop/etc/hadoop/ozone-site.xml" }] },
      { volumes: [{ name: "site", configMap: { name: "site" } }] },
    );
    assert.match(denial(mounted), /^RC141 .*its ozone-site\.xml configures a client\. Rollcall sets/);
  });

  it("passes both webhooks, without a number in the audit log", async () => {
    const config = loadActiveConfig(profilesWith());
    const context = buildRequestContext(config);
    const raw = pod("ReplicaSet");
    const mutated = await mutatePod(buildCreateRequest(raw, SOMEONE), context);
    assert.ok(mutated.allowed && mutated.patch !== undefined);
    assert.deepEqual(mutated.auditAnnotations, { profile: "clients" });
    const validated = await validatePod(buildCreateRequest(injected(raw).after, SOMEONE), context);
    assert.equal(validated.allowed, true, JSON.stringify(validated.status));
  });
});

describe("a StatefulSet of clients", () => {
  const labels = { app: "dn", "rollcall.dev/profile": "clients" };
  const set = (replicas: number, container: object = {}) => ({
    metadata: { name: "datanode" },
    spec: {
      replicas,
      serviceName: "datanode",
      selector: { matchLabels: { app: "dn" } },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "s3g", image: "i", args: ["ozone", "datanode"], ...container }] },
      },
    },
  });

  it("gets a summary without numbers, and no warnings of rings", async () => {
    const never = () => Promise.reject(new Error("asked"));
    assert.equal(
      expectWarnings(await ask(set(12), { profiles: profilesWith(), budgets: never, rights: never })),
      "rollcall RC118 understood: StatefulSet datanode, profile clients: pods datanode-0..datanode-11, variables in s3g; " +
        "no steps; scaleDown.policy Allow",
    );
  });

  it("is denied at apply where variables would not configure its pods", async () => {
    const faulty = set(3, { command: ["ozone", "datanode"] });
    assert.match(expectDenial(await ask(faulty, { profiles: profilesWith() })), /RC140 /);
  });
});
