// The policies of manifests/base on a real API server: what they allow and deny, as kubectl prints it, for users with
// different rights and for pods with their own tokens. No webhook runs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readOverride } from "../../webhook/scaleDown/overrides.ts";
import { KUBERNETES_MINOR } from "../e2e/cluster/image/pins.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { makeClientCa } from "../webhook/server/clientCertificates.ts";
import { type RealApiServer, startApiServer, type Who } from "./apiServer.ts";

const NAMESPACE = "shop";

/** dev has the built-in role edit and more; oncall is also in the break-glass group. */
const USERS = { dev: ["devs"], oncall: ["devs", "rollcall-breakglass"], idle: [] };

const RIGHTS = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Namespace
metadata: {name: elsewhere}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: members, namespace: ${NAMESPACE}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: members, namespace: elsewhere}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: devs, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
---
# what an operator for StatefulSets or pods is given, and no built-in role has
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: status, namespace: ${NAMESPACE}}
rules:
- {apiGroups: [apps], resources: [statefulsets/status], verbs: [get, update, patch]}
- {apiGroups: [""], resources: [pods/status, pods/resize, pods/ephemeralcontainers], verbs: [get, update, patch]}
- {apiGroups: [""], resources: [pods/binding, bindings], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: status, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: status}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: members, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: rollcall-member}
subjects:
- {kind: ServiceAccount, name: members, namespace: ${NAMESPACE}}
- {kind: ServiceAccount, name: members, namespace: elsewhere}
`;

const setNamed = (name: string, metadata: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name, namespace: NAMESPACE, ...metadata },
  spec: {
    replicas: 0,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, "rollcall.dev/profile": "demo" } },
      spec: { containers: [{ name: "app", image: "registry.test/app:1" }] },
    },
  },
});

const podNamed = (name: string, namespace: string, labels: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  spec: { serviceAccountName: "members", containers: [{ name: "app", image: "registry.test/app:1" }] },
});

const leaseNamed = (name: string, holder = "x"): object => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace: NAMESPACE },
  spec: { holderIdentity: holder },
});

/** Rights of every account. */
const EVERYBODYS = /^(self\S+reviews\.|clustertrustbundles\.)/;

/** "resources names verbs" of each line of `kubectl auth can-i --list`, without paths. */
function parseRights(list: string): string[] {
  return list
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, resource, paths, names, verbs] = /^(\S*)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]/.exec(line) ?? [];
      if (!resource || paths !== "" || EVERYBODYS.test(resource)) return [];
      return [`${resource} ${names} ${verbs}`];
    });
}

/** The two tables of the threat model, in the same format. */
function rightsIn(page: string): { everywhere: string[]; own: string[] } {
  const section =
    page.split("\n## ").find((each) => each.startsWith("The rights of the webhook's account")) ?? "";
  const [everywhere = [], own = []] = section
    .split("besides:")
    .map((part) =>
      [...part.matchAll(/^\| ([a-z.0-9/]+) \| ([-a-z]*) ?\| ([a-z ]+) \|/gm)]
        .map(([, resource, names, verbs]) => `${resource} ${names?.trim()} ${verbs}`)
        .filter((right) => !right.startsWith("resources ")),
    );
  return { everywhere, own };
}

describe("the base's policies on a real API server", function () {
  this.timeout(180_000);
  let api: RealApiServer;

  before(async function () {
    api = await startApiServer(this, { users: USERS });
    await must("admin", ["apply", "-k", join(REPOSITORY_ROOT, "manifests/base")]);
    // no webhook answers reviews in this test, so only the policies decide
    const kinds = "mutatingwebhookconfiguration,validatingwebhookconfiguration";
    await must("admin", ["delete", kinds, "rollcall"]);
    await api.startControllers([
      "namespace-controller",
      "garbage-collector-controller",
      // aggregates rules into the built-in role edit
      "clusterrole-aggregation-controller",
      "validatingadmissionpolicy-status-controller",
    ]);
    await must("admin", ["apply", "-f", "-"], RIGHTS);
    for (const set of ["web", "rollcall-lock-web"]) await apply("admin", setNamed(set));
    for (const pod of ["web-1", "web-x", "web-01", "other-0", "rollcall-lock-web-0", "bare"])
      await apply("admin", podNamed(pod, NAMESPACE));
    await apply("admin", podNamed("web-1", "elsewhere"));
    await apply("admin", podNamed("web-2", NAMESPACE, { "rollcall.dev/profile": "demo" }));
    await untilEnforced();
  });
  after(() => api?.stop());

  async function must(who: Who, words: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await api.kubectl(who, words, input);
    assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
    return stdout;
  }
  async function denied(who: Who, words: readonly string[], why: RegExp, input?: string): Promise<void> {
    const { code, stdout, stderr } = await api.kubectl(who, words, input);
    assert.equal(code, 1, `allowed: kubectl ${words.join(" ")}: ${stdout}`);
    assert.match(stderr, why);
  }
  const apply = (who: Who, object: object) => must(who, ["apply", "-f", "-"], JSON.stringify(object));
  const create = (who: Who, object: object) => must(who, ["create", "-f", "-"], JSON.stringify(object));
  const notCreated = (who: Who, object: object, why: RegExp) =>
    denied(who, ["create", "-f", "-"], why, JSON.stringify(object));
  const inShop = (...words: string[]): string[] => ["-n", NAMESPACE, ...words];
  const patch = (kind: string, name: string, body: unknown, ...more: string[]): string[] =>
    inShop("patch", kind, name, "--type=merge", "-p", JSON.stringify(body), ...more);

  /** A token as the kubelet would mount it into a pod. */
  async function createToken(pod: string, namespace = NAMESPACE): Promise<Who> {
    const bound = ["--bound-object-kind=Pod", `--bound-object-name=${pod}`];
    return { token: (await must("admin", ["-n", namespace, "create", "token", "members", ...bound])).trim() };
  }

  /**
   * An API server applies a new policy a moment after it was written. A policy that is never applied fails the tests.
   */
  async function untilEnforced(): Promise<void> {
    const probes: [Who, string[]][] = [
      ["dev", inShop("annotate", "statefulset", "web", "--dry-run=server", "rollcall.dev/override=x")],
      ["dev", patch("statefulset", "web", { metadata: { ownerReferences: [GONE] } }, "--dry-run=server")],
      ["dev", inShop("label", "pod", "bare", "--dry-run=server", "rollcall.dev/profile=demo")],
      ["dev", inShop("create", "--dry-run=server", "-f", "-")],
    ];
    for (const [who, words] of probes) {
      const input = words.includes("-f") ? JSON.stringify(leaseNamed("rollcall-lock-probe")) : undefined;
      for (let tries = 0; tries < 50; tries += 1) {
        if ((await api.kubectl(who, words, input)).code !== 0) break;
        await pause(100);
      }
    }
  }

  const GONE = {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "gone",
    uid: "00000000-0000-4000-8000-000000000001",
  };

  it("pass the type check of the API server", async () => {
    const policies = async () =>
      JSON.parse(await must("admin", ["get", "validatingadmissionpolicies", "-o", "json"])) as {
        items: {
          metadata: { name: string };
          status?: { observedGeneration?: number; typeChecking?: { expressionWarnings?: unknown[] } };
        }[];
      };
    let all = await policies();
    for (
      let tries = 0;
      tries < 100 && all.items.some(({ status }) => status?.observedGeneration === undefined);
      tries += 1
    ) {
      await pause(100);
      all = await policies();
    }
    assert.ok(all.items.length >= 6);
    for (const { metadata, status } of all.items) {
      assert.ok(status?.typeChecking, `${metadata.name} was not checked`);
      assert.deepEqual(status.typeChecking.expressionWarnings ?? [], [], metadata.name);
    }
  });

  describe("on the override", () => {
    const OVERRIDE = { metadata: { annotations: { "rollcall.dev/override": "2030-01-01T00:00:00Z mine" } } };
    const WHY =
      /^Error from server \(Forbidden\): .*override\.rollcall\.dev.* rollcall override-not-allowed: dev may not set rollcall\.dev\/override on StatefulSet shop\/web/;

    it("deny it on the StatefulSet and on its status to users who may not use overrides.rollcall.dev", async () => {
      await denied("dev", patch("statefulset", "web", OVERRIDE), WHY);
      await denied("dev", patch("statefulset", "web", OVERRIDE, "--subresource=status"), WHY);
    });

    it("allow it for the break-glass group, and allow status updates without it", async () => {
      await must("dev", patch("statefulset", "web", { status: { replicas: 0 } }, "--subresource=status"));
      await must("oncall", patch("statefulset", "web", OVERRIDE, "--subresource=status"));
      await must(
        "dev",
        patch("statefulset", "web", { status: { observedGeneration: 1 } }, "--subresource=status"),
      );
      await must("dev", inShop("annotate", "statefulset", "web", "rollcall.dev/override-"));
    });
  });

  describe("on owners", () => {
    const WHY =
      /owners\.rollcall\.dev.* rollcall owner-not-allowed: dev may not add an owner to StatefulSet shop\/\S+: if that owner is deleted/;
    const owned = (...ownerReferences: object[]) => ({ metadata: { ownerReferences } });

    it("deny that one is added later, on the StatefulSet and on its status", async () => {
      await denied("dev", patch("statefulset", "web", owned(GONE)), WHY);
      await denied("dev", patch("statefulset", "web", owned(GONE), "--subresource=status"), WHY);
    });

    it("allow owners at creation and their removal, and deny another name under an owner's uid", async () => {
      const map = JSON.parse(await must("dev", inShop("create", "configmap", "owner", "-o", "json"))) as {
        metadata: { uid: string };
      };
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: map.metadata.uid };
      await create("dev", setNamed("owned", { ownerReferences: [owner] }));
      await must("dev", patch("statefulset", "owned", owned({ ...owner, blockOwnerDeletion: true })));
      await denied("dev", patch("statefulset", "owned", owned({ ...owner, name: "another" })), WHY);
      await denied("dev", patch("statefulset", "owned", owned(owner, GONE)), WHY);
      await must("dev", patch("statefulset", "owned", owned()));
      await denied("dev", patch("statefulset", "owned", owned(owner)), WHY);
    });

    it("let the break-glass group add one, and ignore StatefulSets without the label", async () => {
      await must("oncall", patch("statefulset", "owned", owned(GONE), "--dry-run=server"));
      const free = setNamed("free") as {
        spec: { template: { metadata: { labels: Record<string, string> } } };
      };
      delete free.spec.template.metadata.labels["rollcall.dev/profile"];
      await create("dev", free);
      await must("dev", patch("statefulset", "free", owned(GONE), "--dry-run=server"));
    });
  });

  describe("on the profile label of a pod", () => {
    const WHY =
      /pod-label\.rollcall\.dev.* rollcall pod-label: dev may not change the label rollcall\.dev\/profile of pod shop\//;
    const readLabel = (pod: string) =>
      must("dev", inShop("get", "pod", pod, "-o", "jsonpath={.metadata.labels.rollcall\\.dev/profile}"));
    const labels = (value: string | null) => ({ metadata: { labels: { "rollcall.dev/profile": value } } });

    /** Some subresources ignore labels, and then there is nothing to deny. */
    async function isKept(
      pod: string,
      asked: string | null,
      is: string,
      more: readonly string[],
    ): Promise<void> {
      const { code, stderr } = await api.kubectl("dev", patch("pod", pod, labels(asked), ...more));
      if (code === 1) assert.match(stderr, WHY);
      assert.equal(await readLabel(pod), is, `${pod}: ${stderr}`);
    }
    const BY: readonly [string, readonly string[]][] = [
      ["", []],
      [" by status", ["--subresource=status"]],
      // a subresource since 1.33
      ...(KUBERNETES_MINOR >= 33
        ? [[" by resize", ["--subresource=resize"]] satisfies [string, string[]]]
        : []),
    ];
    for (const [by, more] of BY) {
      it(`deny that it is set, changed or removed${by}`, async () => {
        await isKept("bare", "demo", "", more);
        await isKept("web-2", "other", "demo", more);
        await isKept("web-2", null, "demo", more);
      });
    }

    it("deny that a Binding sets it, and allow other Bindings", async () => {
      const bindingWith = (labels: object) =>
        JSON.stringify({
          apiVersion: "v1",
          kind: "Binding",
          metadata: { name: "bare", namespace: NAMESPACE, labels },
          target: { kind: "Node", name: "node-1" },
        });
      for (const path of ["pods/bare/binding", "bindings"]) {
        const post = ["create", "--raw", `/api/v1/namespaces/${NAMESPACE}/${path}`, "-f", "-"];
        await denied(
          "dev",
          post,
          /rollcall pod-label: dev may not change/,
          bindingWith({ "rollcall.dev/profile": "demo" }),
        );
      }
      assert.equal(await readLabel("bare"), "");
      await must(
        "dev",
        ["create", "--raw", `/api/v1/namespaces/${NAMESPACE}/pods/bare/binding`, "-f", "-"],
        bindingWith({ team: "a" }),
      );
    });

    it("allow changes of other labels, and of this one by the break-glass group", async () => {
      await must("dev", inShop("label", "pod", "web-2", "team=a"));
      await must("oncall", inShop("label", "pod", "web-2", "rollcall.dev/profile-", "--dry-run=server"));
    });
  });

  describe("on Leases", () => {
    const WHY =
      /leases\.rollcall\.dev.* rollcall lease-protected: \S+ may not (create|change|delete) Lease shop\/rollcall-/;
    const change = (name: string) => patch("lease", name, { spec: { holderIdentity: "forged" } });

    it("allow a pod of the StatefulSet to create and change record and lock", async () => {
      const web = await createToken("web-1");
      for (const name of ["rollcall-record-web", "rollcall-lock-web"]) {
        await create(web, leaseNamed(name));
        const lease = JSON.parse(await must(web, inShop("get", "lease", name, "-o", "json"))) as {
          spec: object;
        };
        await must(web, ["replace", "-f", "-"], JSON.stringify({ ...lease, spec: { holderIdentity: "me" } }));
      }
    });

    it("deny it to pods of other StatefulSets or namespaces, to pods without an ordinal, and to tokens without a pod", async () => {
      const notPods: Who[] = [{ token: (await must("admin", inShop("create", "token", "members"))).trim() }];
      for (const pod of ["other-0", "web-x", "web-01", "bare"]) notPods.push(await createToken(pod));
      notPods.push(await createToken("web-1", "elsewhere"));
      for (const who of notPods) {
        const lease = JSON.parse(
          await must(who, inShop("get", "lease", "rollcall-record-web", "-o", "json")),
        ) as object;
        await denied(
          who,
          ["replace", "-f", "-"],
          WHY,
          JSON.stringify({ ...lease, spec: { holderIdentity: "forged" } }),
        );
        await notCreated(who, leaseNamed("rollcall-record-new"), WHY);
      }
    });

    it("compare whole names: a pod of StatefulSet rollcall-lock-web writes neither the record nor the lock of web", async () => {
      const odd = await createToken("rollcall-lock-web-0");
      await notCreated(odd, leaseNamed("rollcall-record-lock-web"), WHY);
      const record = JSON.parse(
        await must(odd, inShop("get", "lease", "rollcall-record-web", "-o", "json")),
      ) as object;
      await denied(
        odd,
        ["replace", "-f", "-"],
        WHY,
        JSON.stringify({ ...record, spec: { holderIdentity: "forged" } }),
      );
      await create(odd, leaseNamed("rollcall-record-rollcall-lock-web"));
    });

    it("deny all verbs to the role edit, also for collections and generated names, and allow it other Leases", async () => {
      await notCreated("dev", leaseNamed("rollcall-record-x"), WHY);
      const { metadata: _name, ...rest } = leaseNamed("x") as { metadata: object };
      await notCreated(
        "dev",
        { ...rest, metadata: { generateName: "rollcall-record-", namespace: NAMESPACE } },
        WHY,
      );
      await denied("dev", change("rollcall-record-web"), WHY);
      await denied("dev", inShop("delete", "lease", "rollcall-record-web"), WHY);
      await create("dev", leaseNamed("mine"));
      await must("dev", change("mine"));
      await denied("dev", inShop("delete", "lease", "--all"), WHY);
      const collection = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
      await denied(
        "dev",
        ["delete", "--raw", collection],
        /lease-protected: dev may not delete Lease shop\/rollcall-/,
      );
      assert.match(await must("dev", inShop("get", "leases", "-o", "name")), /rollcall-record-web\n/);
    });

    it("allow the break-glass group the deletions that denials suggest", async () => {
      await must("oncall", change("rollcall-record-web"));
      await must("oncall", inShop("delete", "lease", "rollcall-record-rollcall-lock-web"));
    });
  });

  describe("on the webhook's account", () => {
    let us: Who;
    before(async () => {
      us = { token: (await must("admin", ["-n", "rollcall-system", "create", "token", "rollcall"])).trim() };
    });

    it("match its rights, which docs/threat-model.md explains line by line", async () => {
      const documented = rightsIn(await readFile(join(REPOSITORY_ROOT, "docs/threat-model.md"), "utf8"));
      const listed = async (namespace: string) =>
        parseRights(await must(us, ["auth", "can-i", "--list", "-n", namespace])).sort();
      assert.deepEqual(await listed(NAMESPACE), documented.everywhere.toSorted());
      assert.deepEqual(
        await listed("rollcall-system"),
        [...documented.everywhere, ...documented.own].toSorted(),
      );
    });

    it("allow it to write records, but not locks, and to delete neither", async () => {
      await create(us, leaseNamed("rollcall-record-shop"));
      await must("admin", ["-n", NAMESPACE, "get", "lease", "rollcall-record-shop"]);
      await notCreated(us, leaseNamed("rollcall-lock-shop"), /lease-protected|webhook-account-restricted/);
    });

    it("allow it the leader election for the status of profiles, in its own namespace only", async () => {
      const status = leaseNamed("rollcall-profile-status");
      await notCreated(us, status, /lease-protected|webhook-account-restricted/);
      await create(us, {
        ...status,
        metadata: { name: "rollcall-profile-status", namespace: "rollcall-system" },
      });
      await notCreated(
        us,
        { ...status, metadata: { name: "rollcall-other", namespace: "rollcall-system" } },
        /webhook-account-restricted/,
      );
    });

    it("deny it every other Lease of the cluster, including the leader elections of kube-system", async () => {
      await must(
        "admin",
        ["apply", "-f", "-"],
        JSON.stringify({
          ...leaseNamed("kube-scheduler"),
          metadata: { name: "kube-scheduler", namespace: "kube-system" },
        }),
      );
      const get = ["-n", "kube-system", "get", "lease", "kube-scheduler", "-o", "json"];
      const lease = JSON.parse(await must(us, get)) as object;
      const forged = JSON.stringify({ ...lease, spec: { holderIdentity: "forged" } });
      await denied(
        us,
        ["replace", "-f", "-"],
        /webhook-account-restricted: Rollcall's webhook may write only the Leases rollcall-record-\* and rollcall-system\/rollcall-profile-status/,
        forged,
      );
    });

    it("deny it Secrets of other names", async () => {
      const secret = (name: string) => ({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: "rollcall-system" },
      });
      await create(us, secret("rollcall-tls"));
      await notCreated(
        us,
        secret("stolen"),
        /webhook-account-restricted: Rollcall's webhook may create only the Secret rollcall-tls/,
      );
    });

    for (const kind of ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"]) {
      it(`allow it to publish its CA in the ${kind}, and no other change`, async () => {
        const file = join(REPOSITORY_ROOT, "manifests/base/webhooks.yaml");
        await must("admin", ["apply", "-f", file]);
        const ca = Buffer.from(makeClientCa().ca).toString("base64");
        const at = (path: string, value: unknown) => JSON.stringify([{ op: "add", path, value }]);
        const asked = (path: string, value: unknown) => [
          "patch",
          kind,
          "rollcall",
          "--type=json",
          "-p",
          at(path, value),
          "--dry-run=server",
        ];
        try {
          await must(us, asked("/webhooks/0/clientConfig/caBundle", ca));
          const WHY =
            /webhook-account-restricted: Rollcall's webhook may change only the caBundle of its configurations/;
          for (const [path, value] of [
            ["/webhooks/0/clientConfig", { url: "https://192.0.2.1/" }],
            ["/webhooks/0/failurePolicy", "Ignore"],
            ["/webhooks/0/objectSelector", {}],
            ["/webhooks/0/namespaceSelector", {}],
            ["/webhooks/0/rules/0/operations", ["*"]],
            ["/webhooks/0/rules/0/resources", ["*"]],
            ["/webhooks/0/timeoutSeconds", 30],
            ["/webhooks/0/matchConditions", [{ name: "never", expression: "false" }]],
            ["/metadata/labels", { some: "thing" }],
            ["/metadata/ownerReferences", [GONE]],
            ["/webhooks", []],
          ] as const)
            await denied(us, asked(path, value), WHY);
        } finally {
          await must("admin", [
            "delete",
            "mutatingwebhookconfiguration,validatingwebhookconfiguration",
            "rollcall",
          ]);
        }
      });
    }
  });

  describe("of the floor", () => {
    const WHY =
      /floor\.rollcall\.dev.* rollcall RC012 scale-down-denied \(floor\): Deleting StatefulSet shop\/floored .* is denied/;
    const remove = (...who: string[]) =>
      inShop("delete", "statefulset", "floored", "--dry-run=server", ...who);

    before(async () => {
      await must("admin", ["apply", "-k", join(REPOSITORY_ROOT, "manifests/overlays/floor")]);
      const set = setNamed("floored") as { spec: { replicas: number } };
      set.spec.replicas = 1;
      await create("dev", set);
      for (let tries = 0; tries < 50 && (await api.kubectl("dev", remove())).code === 0; tries += 1)
        await pause(100);
    });

    it("deny a deletion only to people and the garbage collector (F10)", async () => {
      await denied("dev", remove(), WHY);
      const collector = "--as=system:serviceaccount:kube-system:generic-garbage-collector";
      await denied("admin", remove(collector), WHY);
    });

    /** Scales down to zero, with an override for this reason. */
    const scaleWith = (reason: string) => {
      const deadline = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`;
      const annotations = { "rollcall.dev/override": `${deadline} ${reason}` };
      const patch = JSON.stringify({ metadata: { annotations }, spec: { replicas: 0 } });
      return {
        byWebhook: readOverride(annotations, new Date()).is,
        words: inShop("patch", "statefulset", "floored", "-p", patch, "--dry-run=server"),
      };
    };

    it("take no placeholder for the reason of an override, as the webhook does not", async () => {
      const placeholders = ["REASON", "reason", "<reason>", "<why it must pass>", "<>", " <reason> "];
      for (const reason of [...placeholders, "\u00a0REASON", "<reason>\u3000", "\n\tREASON"]) {
        const { byWebhook, words } = scaleWith(reason);
        assert.equal(byWebhook, "void", reason);
        await denied("admin", words, /is not valid: .* and a reason, not a placeholder\. To override/);
      }
    });

    it("take a reason that contains a placeholder, as the webhook does", async () => {
      for (const reason of ["ticket 4711", "REASON: volume lost", "reasonable", "<reason> volume lost"]) {
        const { byWebhook, words } = scaleWith(reason);
        assert.equal(byWebhook, "valid", reason);
        await must("admin", words);
      }
    });
  });

  describe("on a terminating namespace", () => {
    it("allow deletion of everything in it, including records and a StatefulSet above the floor", async () => {
      assert.match(await must("admin", inShop("get", "leases", "-o", "name")), /rollcall-record-web/);
      await must("admin", inShop("delete", "pods", "--all", "--force", "--grace-period=0"));
      await must("admin", ["delete", "namespace", NAMESPACE, "--timeout=60s"]);
      await denied("admin", ["get", "namespace", NAMESPACE], /NotFound/);
    });
  });
});
