// Every known way to scale down, tried on the real API server: none bypasses the guard, and harmless changes pass.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import {
  assertDenied,
  assertPassed,
  mergePatch,
  readStoredSet,
  rewriteSet,
  start,
  waitUntilEmpty,
  withoutConflict,
} from "../../harness/guarded.ts";
import type { Kubectl, KubectlOutcome } from "../../harness/kubectl.ts";
import { makeSpace, type Space } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";

const OTHER_TEMPLATE = { metadata: { annotations: { changed: "yes" } } };

/** The attempt and the code of the denial. */
type Attempt = [what: string, code: string, attempt: (k: Kubectl) => Promise<KubectlOutcome>];

const WAYS: Attempt[] = [
  ["kubectl scale", "RC012", (k) => k.try(["scale", "statefulset/kept", "--replicas=2"])],
  [
    "a patch of the scale subresource",
    "RC012",
    (k) =>
      k.try([
        "patch",
        "statefulset",
        "kept",
        "--subresource=scale",
        "--type=merge",
        "-p",
        '{"spec":{"replicas":1}}',
      ]),
  ],
  ["a merge patch", "RC012", (k) => mergePatch(k, "kept", { spec: { replicas: 2 } })],
  [
    "a JSON patch",
    "RC012",
    (k) =>
      k.try([
        "patch",
        "statefulset",
        "kept",
        "--type=json",
        "-p",
        '[{"op":"replace","path":"/spec/replicas","value":2}]',
      ]),
  ],
  // the API server stores 1
  ["replicas null", "RC012", (k) => mergePatch(k, "kept", { spec: { replicas: null } })],
  [
    "kubectl replace",
    "RC012",
    (k) =>
      withoutConflict(async () => {
        const fewer = await rewriteSet(k, "kept", ({ spec }) => {
          spec.replicas = 2;
        });
        return k.try(["replace", "-f", "-"], fewer);
      }),
  ],
  [
    "server-side apply",
    "RC012",
    async (k) => {
      const [, set] = buildWorkload({ name: "kept", profile: "kept", replicas: 2 });
      return k.try(["apply", "--server-side", "--force-conflicts", "-f", "-"], JSON.stringify(set));
    },
  ],
  ["kubectl apply", "RC012", (k) => k.apply(buildWorkload({ name: "kept", profile: "kept", replicas: 2 }))],
  ["a dry run", "RC012", (k) => mergePatch(k, "kept", { spec: { replicas: 2 } }, "--dry-run=server")],
  [
    "another first ordinal with as many replicas",
    "RC012",
    (k) => mergePatch(k, "kept", { spec: { ordinals: { start: 1 } } }),
  ],
  [
    "replicas and template in one update, as helm upgrade does",
    "RC012",
    (k) => mergePatch(k, "kept", { spec: { replicas: 2, template: OTHER_TEMPLATE } }),
  ],
  [
    "whenScaled: Delete in the same update",
    "RC006",
    (k) =>
      mergePatch(k, "kept", {
        spec: { replicas: 2, persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" } },
      }),
  ],
  ["zero without maintenance", "RC007", (k) => k.try(["scale", "statefulset/kept", "--replicas=0"])],
  [
    "zero with a maintenance that gives no reason",
    "RC007",
    (k) =>
      mergePatch(k, "kept", {
        metadata: { annotations: { "rollcall.dev/maintenance": " " } },
        spec: { replicas: 0 },
      }),
  ],
  [
    "an override that is over",
    "RC012",
    (k) =>
      mergePatch(k, "kept", {
        metadata: { annotations: { "rollcall.dev/override": "2020-01-01T00:00:00Z because" } },
        spec: { replicas: 2 },
      }),
  ],
  [
    "an override for ever",
    "RC012",
    (k) =>
      mergePatch(k, "kept", {
        metadata: { annotations: { "rollcall.dev/override": "2099-01-01T00:00:00Z because" } },
        spec: { replicas: 2 },
      }),
  ],
  [
    "more replicas than there are numbers",
    "RC105",
    (k) => k.try(["scale", "statefulset/kept", "--replicas=6"]),
  ],
  ["the label taken away", "RC004", (k) => mergePatch(k, "lax", { spec: { template: withLabel(null) } })],
  ["another profile", "RC004", (k) => mergePatch(k, "lax", { spec: { template: withLabel("demo") } })],
  [
    "the label taken away together with replicas",
    "RC004",
    (k) => mergePatch(k, "lax", { spec: { replicas: 1, template: withLabel(null) } }),
  ],
  // its selector lacks the label, so the Scale does not show it; the guard reads the StatefulSet
  [
    "kubectl scale of a set whose selector lacks the label",
    "RC012",
    (k) => k.try(["scale", "statefulset/lax", "--replicas=1"]),
  ],
  [
    "deletion that takes the volumes",
    "RC011",
    (k) => k.try(["delete", "statefulset", "volatile", "--wait=false"]),
  ],
];

const withLabel = (profile: string | null) => ({ metadata: { labels: { "rollcall.dev/profile": profile } } });

const HARMLESS: [what: string, attempt: (k: Kubectl) => Promise<KubectlOutcome>][] = [
  ["a label", (k) => k.try(["label", "statefulset", "kept", "team=a"])],
  ["an annotation", (k) => k.try(["annotate", "statefulset", "kept", "note=b"])],
  [
    "a finalizer, and its end",
    async (k) => {
      assertPassed(await mergePatch(k, "kept", { metadata: { finalizers: ["example.com/f"] } }));
      return mergePatch(k, "kept", { metadata: { finalizers: null } });
    },
  ],
  ["resources", (k) => k.try(["set", "resources", "statefulset/kept", "-c", "app", "--requests=cpu=1m"])],
  ["a template's annotation", (k) => mergePatch(k, "kept", { spec: { template: OTHER_TEMPLATE } })],
  [
    "its status",
    (k) =>
      k.try([
        "patch",
        "statefulset",
        "kept",
        "--subresource=status",
        "--type=merge",
        "-p",
        '{"status":{"replicas":3}}',
      ]),
  ],
  ["scale to what it is", (k) => k.try(["scale", "statefulset/kept", "--replicas=3"])],
  ["scale up", (k) => k.try(["scale", "statefulset/kept", "--replicas=4"])],
];

const AUTOSCALER = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "kept" },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: "kept" },
    minReplicas: 1,
    maxReplicas: 2,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      },
    ],
  },
};

describe("the guard, with scaleDown.policy Deny", () => {
  let space: Space;
  let k: Kubectl;
  before(async () => {
    space = await makeSpace("guard-ways");
    k = space.k;
    const lax = { selector: { matchLabels: { app: "lax" } } };
    await k.apply(buildWorkload({ name: "lax", profile: "kept", replicas: 2, set: lax }));
    const volatile = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } };
    await k.apply(buildWorkload({ name: "volatile", profile: "kept", replicas: 1, set: volatile }));
    await start(k, { name: "kept", profile: "kept" });
  });
  after(() => space.remove());

  for (const [what, code, attempt] of WAYS) {
    it(`denies ${what}`, async () => {
      const all = () =>
        Promise.all(["kept", "lax", "volatile"].map(async (name) => (await readStoredSet(k, name)).spec));
      const before = await all();
      assertDenied(await attempt(k), code);
      assert.deepEqual(await all(), before);
    });
  }

  it("denies a scale-down by an HPA with a lower maxReplicas, and the HPA reports it", async () => {
    await k.run(["apply", "-f", "-"], JSON.stringify(AUTOSCALER));
    await waitUntilPasses(async () => {
      const said = await k.run(["describe", "hpa", "kept"]);
      assert.match(said, /FailedRescale|FailedUpdateScale/);
      assert.match(said, /RC012 scale-down-denied/);
    });
    assert.equal((await readStoredSet(k, "kept")).spec.replicas, 3);
    await k.run(["delete", "hpa", "kept"]);
  });

  for (const [what, attempt] of HARMLESS) {
    it(`allows ${what}`, async () => {
      assertPassed(await attempt(k));
    });
  }

  it("denies --cascade=orphan while pods exist; after an override denies a smaller set of that name, and allows the same size", async () => {
    const orphan = () => k.try(["delete", "statefulset", "lax", "--cascade=orphan"]);
    assertDenied(await orphan(), "RC030");
    const until = `${new Date(Date.now() + 10 * 60_000).toISOString().slice(0, 19)}Z`;
    assertPassed(await k.try(["annotate", "statefulset", "lax", `rollcall.dev/override=${until} made anew`]));
    assertPassed(await orphan());
    const lax = { selector: { matchLabels: { app: "lax" } } };
    const [, smaller] = buildWorkload({ name: "lax", profile: "kept", replicas: 1, set: lax });
    assertDenied(await k.try(["create", "-f", "-"], JSON.stringify(smaller)), "RC010");
    const [, same] = buildWorkload({ name: "lax", profile: "kept", replicas: 2, set: lax });
    assertPassed(await k.try(["create", "-f", "-"], JSON.stringify(same)));
  });

  it("remembers the replicas across a deletion", async () => {
    const name = "kept";
    const had = (await readStoredSet(k, name)).spec.replicas;
    assertDenied(await k.try(["delete", "statefulset", name]), "RC030");
    // as the denial instructs
    assertPassed(await k.try(["annotate", "statefulset", name, "rollcall.dev/maintenance=it stops"]));
    assertPassed(await k.try(["scale", "statefulset", name, "--replicas=0"]));
    await waitUntilEmpty(k, name);
    assertPassed(await k.try(["delete", "statefulset", name]));
    const create = async (replicas: number): Promise<KubectlOutcome> => {
      const [, set] = buildWorkload({ name, profile: "kept", replicas });
      return k.try(["create", "-f", "-"], JSON.stringify(set));
    };
    const said = await create(had - 1);
    assertDenied(said, "RC010");
    assert.match(said.stderr, /delete lease rollcall-record-kept/);
    assertPassed(await create(had));
  });

  it("does not block the deletion of the namespace", async () => {
    await space.all.run(["delete", "namespace", space.name, TIMEOUT]);
  });
});
