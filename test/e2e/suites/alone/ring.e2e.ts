// The guard and a ring: members are queried at the time of the request. The members are a stand-in with recorded
// answers of Ozone Managers (test/init/contract/ring/standIn.mjs), which the test changes; the rest is real. It runs
// alone, since it edits the profiles: Rollcall would not start the stand-in as an Ozone Manager, so its pods are
// created with profiles of type Generic, which are replaced by profiles of type OzoneOM when the pods run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { VERSION } from "../../../../init/contract/version.ts";
import type { State } from "../../../init/contract/ring/standIn.mjs";
import { KUBERNETES_MINOR } from "../../cluster/image/pins.ts";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import {
  assertDenied,
  assertPassed,
  bindMembers,
  mergePatch,
  readStoredSet,
  start,
} from "../../harness/guarded.ts";
import type { Kubectl, KubectlOutcome } from "../../harness/kubectl.ts";
import { patchProfileWebhook } from "../../harness/profiles.ts";
import { makeSpace, type Space } from "../../harness/space.ts";

const NODE = ["/lib/ld.so", "--library-path", "/lib", "/node", "/ring/standIn.mjs"];

const RING_PROFILES = ["ring", "strict", "bare"];

/** The profiles while the pods are created. */
const YOUNG = RING_PROFILES.map((name) =>
  buildProfile(name, "Generic", {
    generic: {
      containers: ["om"],
      nodeID: { base: 1, max: 999 },
      ...(name === "bare"
        ? { scaleDown: { policy: "Allow" } }
        : {
            markers: { volume: "data" },
            scaleDown: {
              policy: "Managed",
              minReplicas: 1,
              leave: { run: ["go"], verify: ["gone"], timeout: "10s" },
            },
          }),
    },
  }),
);

/** The profiles when the pods form a ring. */
const GROWN = RING_PROFILES.map((name) =>
  buildProfile(name, "OzoneOM", {
    ozoneOM: {
      containers: ["om"],
      serviceID: "omservice",
      metadata: { volume: "data", dirs: "/data/metadata" },
      scaleDown: { policy: name === "strict" ? "Drained" : "Managed", minReplicas: 1 },
    },
  }),
);

function buildProfile(name: string, type: string, member: object): object {
  return {
    apiVersion: "rollcall.dev/v1alpha1",
    kind: "RollcallProfile",
    metadata: { name },
    spec: { type, namespaces: ["*"], selectorLabel: "Warn", ...member },
  };
}

interface Pods {
  items: { metadata: { name: string; deletionTimestamp?: string } }[];
}

const RECREATE: [string, object, string] = [
  "updateStrategy Recreate",
  { updateStrategy: { type: "Recreate", rollingUpdate: null } },
  "RC025",
];

describe("the guard and a ring", () => {
  let space: Space;
  let k: Kubectl;

  before(async () => {
    space = await makeSpace("guard-ring");
    k = space.k;
    await bindMembers(space);
    await setProfiles(YOUNG);
    const script = await readFile(
      new URL("../../../init/contract/ring/standIn.mjs", import.meta.url),
      "utf8",
    );
    await k.apply([
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ring" }, data: { "standIn.mjs": script } },
    ]);
    await Promise.all([member("om", "ring", 5), member("os", "strict", 3), member("ob", "bare", 2)]);
    await setProfiles(GROWN);
  });

  after(async () => {
    await space.remove();
    // they are in use until the namespace is gone
    await waitUntilPasses(removeProfiles);
  });

  const removeProfiles = (): Promise<string> =>
    space.all.run(["delete", "rollcallprofile", ...RING_PROFILES, "--ignore-not-found"]);

  /**
   * Adds profiles to those of the suites. A type is immutable, so they are recreated, which users may not do while they
   * are in use.
   */
  async function setProfiles(profiles: readonly object[]): Promise<void> {
    await patchProfileWebhook(space.all, "rules/0/operations", ["CREATE", "UPDATE"]);
    // the API server applies this a moment later
    await waitUntilPasses(removeProfiles);
    await patchProfileWebhook(space.all, "rules/0/operations", ["CREATE", "UPDATE", "DELETE"]);
    const said = await space.all.apply(profiles);
    assert.equal(said.code, 0, said.stderr);
    const names = RING_PROFILES.map((name) => `rollcallprofile/${name}`);
    await space.all.run(["wait", "--for=condition=Ready", ...names, TIMEOUT]);
  }

  function member(name: string, profile: string, replicas: number): Promise<void> {
    const container = {
      name: "om",
      image: `registry.local/rollcall/webhook:${VERSION}`,
      command: NODE,
      readinessProbe: { tcpSocket: { port: 9874 }, periodSeconds: 1, timeoutSeconds: 10 },
      volumeMounts: [
        { name: "data", mountPath: "/data" },
        { name: "ring", mountPath: "/ring" },
      ],
    };
    const pod = {
      volumes: [{ name: "ring", configMap: { name: "ring" } }],
      terminationGracePeriodSeconds: 120,
    };
    return start(k, { name, profile, replicas, container, pod });
  }

  /** Sets the answer of all members of a set. */
  async function say(set: string, parts: Partial<State>): Promise<void> {
    const text = JSON.stringify(parts);
    // also pods beyond the replicas whose deletion is denied
    const { items } = await k.json<Pods>(["get", "pods", "-l", `app=${set}`]);
    const running = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    await Promise.all(
      running.map(({ metadata: { name } }) => k.run(["exec", name, "-c", "om", "--", ...NODE, "say", text])),
    );
  }

  const ids = (set: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${set}-${n}`);
  const scale = (set: string, replicas: number, ...more: readonly string[]): Promise<KubectlOutcome> =>
    k.try(["scale", `statefulset/${set}`, `--replicas=${replicas}`, ...more]);
  /** The webhook gives each member 2 s; if a busy one was late, the request is repeated unchanged. */
  const deniedDrop = (set: string, replicas: number, code: string, words = /./): Promise<void> =>
    waitUntilPasses(async () => {
      for (const more of [["--dry-run=server"], []]) {
        const said = await scale(set, replicas, ...more);
        assertDenied(said, code);
        assert.match(said.stderr, words);
      }
    });

  const RING = { leader: "om-4", term: 7, members: ids("om", 5), says: {} };

  describe("managed", () => {
    beforeEach(() => say("om", RING));

    const UNSAFE: [what: string, parts: Partial<State>, code: string, words: RegExp][] = [
      ["no leader is known", { leader: null }, "RC017", /no member is leader/],
      [
        "the leader was cut off",
        { says: { "om-0": "silent", "om-1": "silent", "om-2": "silent" } },
        "RC017",
        /a majority is \d+; it may be partitioned/,
      ],
      [
        "members are of another group",
        { says: Object.fromEntries(ids("om", 5).map((id) => [id, { group: "group-000000000000" }])) },
        "RC017",
        /not in group-/,
      ],
      ["one that stays does not answer", { says: { "om-1": "silent" } }, "RC019", /om-1/],
      [
        "a remaining member follows no leader",
        { says: { "om-0": { leader: null, role: "CANDIDATE" } } },
        "RC017",
        /om-0 .*do not agree/,
      ],
      ["the removed member does not answer", { leader: "om-0", says: { "om-4": "reset" } }, "RC020", /om-4/],
      ["the ring has a member without a pod", { members: ids("om", 6) }, "RC019", /om-5/],
    ];
    for (const [what, parts, code, words] of UNSAFE) {
      it(`denies a scale-down while ${what}`, async () => {
        await say("om", parts);
        await deniedDrop("om", 4, code, words);
        assert.equal((await readStoredSet(k, "om")).spec.replicas, 5);
      });
    }

    it("denies a scale-down while another change is in progress", async () => {
      const now = new Date().toISOString().replace("Z", "000Z");
      const lock = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "rollcall-lock-om" },
        spec: {
          holderIdentity: "somebody/else",
          leaseDurationSeconds: 600,
          renewTime: now,
          leaseTransitions: 1,
        },
      };
      await k.run(["create", "-f", "-"], JSON.stringify(lock));
      await deniedDrop("om", 4, "RC016");
      await k.run(["delete", "lease", "rollcall-lock-om"]);
    });

    it("denies a scale-down of pods that may not read their StatefulSet", async () => {
      await k.run(["delete", "rolebinding", "rollcall-member"]);
      // the API server caches rights for some seconds
      await deniedDrop("om", 4, "RC015");
      await bindMembers(space);
    });

    it("denies a scale-down of pods without the preStop hook", async () => {
      await say("ob", { leader: "ob-0", term: 1, members: ids("ob", 2) });
      await deniedDrop("ob", 1, "RC014");
    });

    const SHAPES: [what: string, spec: unknown, code: string][] = [
      [
        "maxUnavailable above 1",
        { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } } },
        "RC024",
      ],
      [
        "maxUnavailable of a percentage above 1",
        { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "40%" } } },
        "RC024",
      ],
      // older API servers do not know it
      ...(KUBERNETES_MINOR >= 37 ? [RECREATE] : []),
      ["more than maxReplicas", { replicas: 8 }, "RC005"],
    ];
    for (const [what, spec, code] of SHAPES) {
      it(`denies ${what}`, async () => {
        const said = await mergePatch(k, "om", { spec });
        assert.equal(said.code, 1, said.stdout);
        assert.match(said.stderr, new RegExp(`rollcall ${code} `));
      });
    }

    it("treats a higher ordinals.start as a scale-down", async () => {
      await say("om", { says: { "om-1": "silent" } });
      await waitUntilPasses(async () => {
        const said = await mergePatch(k, "om", { spec: { ordinals: { start: 1 } } }, "--dry-run=server");
        assertDenied(said, "RC019");
        assert.match(said.stderr, /from 5 replicas to ordinals 1\.\.5 is denied/);
      });
    });

    it("denies the deletion of a ring that has members", async () => {
      assertDenied(await k.try(["delete", "statefulset", "om", "--wait=false"]), "RC022");
      assertDenied(await k.try(["delete", "statefulset", "om", "--cascade=orphan"]), "RC022");
    });

    it("allows harmless changes while all members are down", async () => {
      await say("om", { says: Object.fromEntries(ids("om", 5).map((id) => [id, "reset"])) });
      assertPassed(await k.try(["label", "statefulset", "om", "team=a", "--overwrite"]));
      assertPassed(
        await k.try([
          "set",
          "resources",
          "statefulset/om",
          "-c",
          "om",
          "--requests=cpu=1m",
          "--dry-run=server",
        ]),
      );
      assertPassed(await k.try(["scale", "statefulset/om", "--replicas=6", "--dry-run=server"]));
      assertPassed(await mergePatch(k, "om", { metadata: { finalizers: null } }));
    });

    it("allows removing a pod outside the ring while a member is down", async () => {
      // a member outside of the ring has ended; if it still answered for the ring, it would contradict the leader
      const says = { "om-3": "silent", "om-4": "silent" } as const;
      await say("om", { leader: "om-0", term: 8, members: ids("om", 4), says });
      await waitUntilPasses(async () => assertPassed(await scale("om", 4)));
      await k.run(["wait", "--for=delete", "pod/om-4", TIMEOUT]);
    });

    it("removes healthy members one by one, each after the member above has left", async () => {
      await say("om", { leader: "om-0", term: 9, members: ids("om", 4), says: {} });
      await waitUntilPasses(async () => assertPassed(await scale("om", 2)));
      await k.run(["wait", "--for=delete", "pod/om-3", TIMEOUT]);
      // the members report that om-3 is still in their ring
      await waitUntilPasses(async () => {
        const events = await k.run([
          "get",
          "events",
          "--field-selector",
          "reason=DeletionHeld",
          "-o",
          "yaml",
        ]);
        assert.match(events, /RC028 higher-ordinal-still-member/);
        assert.match(events, /om evict om-3/);
      });
      const { items } = await k.json<Pods>(["get", "pods", "-l", "app=om"]);
      const kept = items.map(({ metadata }) => [metadata.name, metadata.deletionTimestamp]);
      assert.deepEqual(
        kept.sort(),
        ids("om", 3).map((id) => [id, undefined]),
      );
      await say("om", { leader: "om-0", term: 10, members: ids("om", 3), says: {} });
      await k.run(["annotate", "--overwrite", "statefulset", "om", "rollcall.dev/ask-again=1"]);
      await k.run(["wait", "--for=delete", "pod/om-2", TIMEOUT]);
    });

    it("never holds pods that a user deletes, or pods that remain", async () => {
      await say("om", { leader: null, says: {} });
      assertPassed(await k.try(["delete", "pod", "om-1", "--wait=true"]));
    });
  });

  describe("strict", () => {
    it("denies with the commands while the ordinal is a member, and allows the scale-down after its removal", async () => {
      await say("os", { leader: "os-2", term: 4, members: ids("os", 3) });
      await deniedDrop("os", 2, "RC018", /exec os-0 -c om -- \S.* om evict os-2/);
      await say("os", { leader: "os-0", term: 5, members: ids("os", 2), says: { "os-2": "silent" } });
      await waitUntilPasses(async () => assertPassed(await scale("os", 2)));
    });
  });

  // a nested suite: mocha runs the tests of the outer one first
  describe("at the end", () => {
    it("does not block the deletion of the namespace", async () => {
      await space.all.run(["delete", "namespace", space.name, TIMEOUT]);
    });
  });
});
