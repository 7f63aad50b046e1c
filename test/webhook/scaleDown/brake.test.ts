// The pod-deletion gate (docs/architecture.md#pod-deletion-gate): which deletions of pods by the StatefulSet controller
// are held. First case by case, then every scale-down of every ring of up to seven members, with every subset of
// members failing to leave.
import assert from "node:assert/strict";
import { isMajority } from "../../../init/contract/ring/majority.ts";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { buildUnknownEvidence, type Evidence } from "../../../webhook/scaleDown/evidence.ts";
import {
  gatePodDeletion,
  type PodDeletionInput,
} from "../../../webhook/scaleDown/podDeletion/gatePodDeletion.ts";
import type { GuardResult } from "../../../webhook/scaleDown/reviewOutcome.ts";
import { loadCaseProfiles, NOW } from "./language/judge.ts";

const CONTROLLER = "system:serviceaccount:kube-system:statefulset-controller";
const profiles = await loadCaseProfiles();

/** A deletion: the pod, its StatefulSet, and the evidence. */
interface DeletionInput {
  ordinal: number;
  replicas: number;
  ring: Evidence["ring"];
  profile?: string;
  user?: string;
  start?: number;
  annotations?: Record<string, string>;
  setUid?: string;
  terminating?: boolean;
  /** the label of the pod, if it differs from that of its StatefulSet */
  podProfile?: string;
  /** the label of the StatefulSet's template; null: none */
  template?: string | null;
  /** the answer for the StatefulSet, instead of the StatefulSet */
  live?: Awaited<ReturnType<PodDeletionInput["ports"]["liveSet"]>>;
}

const buildSet = ({
  replicas,
  start = 0,
  annotations = {},
  setUid = "u-1",
  profile = "ozone",
  template = profile,
}: DeletionInput) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "om", uid: setUid, annotations },
  spec: {
    replicas,
    ordinals: { start },
    serviceName: "om",
    selector: { matchLabels: { app: "om" } },
    template: {
      metadata: { labels: template === null ? {} : { "rollcall.dev/profile": template } },
      spec: { containers: [] },
    },
  },
});

const buildRequest = ({
  ordinal,
  profile = "ozone",
  podProfile = profile,
  user = CONTROLLER,
}: DeletionInput): AdmissionRequest => ({
  uid: "r-1",
  kind: { group: "", version: "v1", kind: "Pod" },
  operation: "DELETE",
  namespace: "shop",
  name: `om-${ordinal}`,
  resource: { group: "", version: "v1", resource: "pods" },
  userInfo: { username: user },
  oldObject: {
    metadata: {
      name: `om-${ordinal}`,
      labels: { "rollcall.dev/profile": podProfile },
      ownerReferences: [{ kind: "StatefulSet", name: "om", uid: "u-1", controller: true }],
    },
  },
});

async function ask(request: DeletionInput): Promise<GuardResult & { questions: string[] }> {
  const questions: string[] = [];
  const guarded = await gatePodDeletion(buildRequest(request), {
    config: { profiles, controllerUsers: [CONTROLLER], now: () => NOW },
    deadline: AbortSignal.timeout(10_000),
    ports: {
      liveSet: (namespace, name) => {
        questions.push(`set ${namespace}/${name}`);
        return Promise.resolve(request.live ?? { known: buildSet(request) });
      },
      gather: (_, kinds) => {
        questions.push(...[...kinds].sort());
        return Promise.resolve({
          ...buildUnknownEvidence("it was not requested"),
          ring: request.ring,
          namespace: { known: { terminating: request.terminating === true } },
        });
      },
    },
  });
  return { ...guarded, questions };
}

function buildRing(members: readonly number[], ill: readonly number[] = []): Evidence["ring"] {
  const healthy = members.filter((each) => !ill.includes(each));
  return {
    known: {
      leader: `om-${healthy[0] ?? 0}`,
      term: 3,
      members: members.map((each) => ({ id: `om-${each}`, healthy: healthy.includes(each) })),
    },
  };
}

const SEVEN = [0, 1, 2, 3, 4, 5, 6];
const UNKNOWN = { unknown: "no majority of 7 pods agrees on a leader" };

const PASSES: Record<string, DeletionInput> = {
  "an ordinal that stays, whatever the state of the ring": { ordinal: 2, replicas: 3, ring: UNKNOWN },
  "the highest ordinal that is removed": { ordinal: 6, replicas: 3, ring: buildRing(SEVEN) },
  "the next ordinal when the one above has left": {
    ordinal: 5,
    replicas: 3,
    ring: buildRing(SEVEN.slice(0, 6)),
  },
  "a pod that was never a member": { ordinal: 7, replicas: 3, ring: buildRing(SEVEN) },
  "a pod that has left, although a higher one is a member": {
    ordinal: 5,
    replicas: 3,
    ring: buildRing([0, 1, 2, 6]),
  },
  "the second of two members": { ordinal: 1, replicas: 1, ring: buildRing([0, 1]) },
  "all pods during maintenance": { ordinal: 2, replicas: 0, ring: UNKNOWN },
  "a deletion by another user than the controller": {
    ordinal: 6,
    replicas: 3,
    ring: UNKNOWN,
    user: "system:node:a",
  },
  "pods of a StatefulSet that is gone": { ordinal: 6, replicas: 3, ring: UNKNOWN, live: { known: null } },
  "pods of another StatefulSet of that name": { ordinal: 6, replicas: 3, ring: UNKNOWN, setUid: "u-2" },
  "pods of a StatefulSet whose profile is no ring, whatever their own label": {
    ordinal: 6,
    replicas: 3,
    ring: UNKNOWN,
    profile: "queue",
    podProfile: "free",
  },
  "pods of policy Allow in a StatefulSet without the label": {
    ordinal: 6,
    replicas: 3,
    ring: UNKNOWN,
    profile: "free",
    template: null,
  },
  "pods of a profile that is no ring": { ordinal: 6, replicas: 3, ring: UNKNOWN, profile: "queue" },
  "pods in a terminating namespace": { ordinal: 5, replicas: 3, ring: UNKNOWN, terminating: true },
};

const HELD: Record<string, [DeletionInput, code: string, words: RegExp]> = {
  "a pod below a member that is removed, too": [
    { ordinal: 4, replicas: 3, ring: buildRing(SEVEN) },
    "RC028",
    /Deleting pod om-4 of StatefulSet shop\/om \(profile ozone\) is held: om-6, om-5, which must leave first, are still members of the ring[\s\S]*om evict om-6[\s\S]*"rollcall\.dev\/ask-again=\$\(date \+%s\)"$/,
  ],
  "a pod below a member whose pod is gone without having left": [
    { ordinal: 5, replicas: 3, ring: buildRing(SEVEN, [6]) },
    "RC028",
    /om-6, which must leave first, is still a member of the ring/,
  ],
  "a pod below when the lowest ordinals are removed": [
    { ordinal: 0, replicas: 3, start: 2, ring: buildRing([0, 1, 2, 3, 4]) },
    "RC028",
    /Deleting pod om-0 .* is held: om-1, which must leave first, is still a member/,
  ],
  "a pod without which the majority would not be healthy": [
    { ordinal: 4, replicas: 4, ring: buildRing([0, 1, 2, 3, 4], [0, 1]) },
    "RC029",
    /only 2 of 5 members are healthy, and a majority is 3\. Bring back om-0, om-1\./,
  ],
  "the second of two members while the first is unhealthy": [
    { ordinal: 1, replicas: 1, ring: buildRing([0, 1], [0]) },
    "RC029",
    /Bring back om-0\./,
  ],
  "the last member": [{ ordinal: 3, replicas: 3, ring: buildRing([3]) }, "RC029", /the last member/],
  "a member whose label was changed": [
    { ordinal: 4, replicas: 3, ring: buildRing(SEVEN), podProfile: "free" },
    "RC028",
    /Deleting pod om-4 .* is held: om-6, om-5, which must leave first, are still members/,
  ],
  "a member whose label was changed to a profile that does not exist": [
    { ordinal: 4, replicas: 3, ring: buildRing(SEVEN), podProfile: "none-such" },
    "RC028",
    /Deleting pod om-4 .* is held: om-6/,
  ],
  "pods of a StatefulSet that was recreated without the label": [
    { ordinal: 2, replicas: 1, ring: UNKNOWN, profile: "queue", template: null },
    "RC004",
    /Deleting pod om-2 is held: it was created under profile queue, and StatefulSet shop\/om now selects no profile\.[\s\S]*kubectl -n shop patch statefulset om -p '\{"spec":\{"template":\{"metadata":\{"labels":\{"rollcall\.dev\/profile":"queue"/,
  ],
  "pods of such a StatefulSet at zero replicas, which was not reviewed": [
    { ordinal: 0, replicas: 0, ring: UNKNOWN, profile: "fixed", template: "free" },
    "RC004",
    /now selects profile free/,
  ],
  "a pod that is removed while the ring is unknown": [
    { ordinal: 6, replicas: 3, ring: UNKNOWN },
    "RC002",
    /Deleting pod om-6 .* is held: cannot evaluate rule higher-ordinal-still-member \(RC028\): no majority of 7 pods/,
  ],
  "a pod that is removed while the ring is unknown for a reason that a retry does not change": [
    { ordinal: 6, replicas: 3, ring: { unknown: "the record is of later", remedy: "Install that version." } },
    "RC002",
    /the record is of later\. Install that version\. The controller retries by itself/,
  ],
  "a pod whose StatefulSet cannot be read": [
    { ordinal: 1, replicas: 3, ring: buildRing(SEVEN), live: { unknown: "the API server: timed out" } },
    "RC002",
    /Deleting pod om-1 is held: cannot read StatefulSet shop\/om: the API server: timed out/,
  ],
  "a pod that is removed and whose profile does not exist": [
    { ordinal: 6, replicas: 3, ring: buildRing(SEVEN), profile: "lost" },
    "RC003",
    /Deleting pod om-6 of StatefulSet shop\/om is held: its profile "lost" does not exist/,
  ],
};

describe("the pod-deletion gate", () => {
  for (const [what, asked] of Object.entries(PASSES)) {
    it(`allows ${what}`, async () => {
      const { answer, outcome: told } = await ask(asked);
      assert.deepEqual([answer, told], [{ allowed: true }, null]);
    });
  }

  for (const [what, [asked, code, words]] of Object.entries(HELD)) {
    it(`holds ${what}`, async () => {
      const { answer, outcome: told } = await ask(asked);
      assert.equal(answer.allowed, false);
      assert.equal(answer.auditAnnotations?.["code"], code);
      assert.match(answer.status?.message ?? "", words);
      assert.equal(told?.is, "held", "the controller's own Event may be dropped");
    });
  }

  it("reads nothing for deletions by others, and no ring for restarts", async () => {
    const other = await ask({ ordinal: 6, replicas: 3, ring: UNKNOWN, user: "kubernetes-admin" });
    assert.deepEqual(other.questions, []);
    const restart = await ask({ ordinal: 1, replicas: 3, ring: UNKNOWN });
    assert.deepEqual(restart.questions, ["set shop/om"]);
  });

  it("allows a deletion by a valid override, and reports who set it", async () => {
    const annotations = { "rollcall.dev/override": "2026-01-01T13:00:00Z om-6 is burnt" };
    const { answer, outcome: told } = await ask({
      ordinal: 4,
      replicas: 3,
      ring: buildRing(SEVEN),
      annotations,
    });
    assert.equal(answer.allowed, true);
    assert.equal(told?.is, "overridden");
    assert.match(told?.message ?? "", /RC027 .*om-6 is burnt.*RC028/s);
    // also if the profile does not exist
    const lost = await ask({ ordinal: 4, replicas: 3, ring: buildRing(SEVEN), annotations, profile: "lost" });
    assert.equal(lost.answer.allowed, true);
    assert.match(lost.outcome?.message ?? "", /RC027 .*om-6 is burnt.*RC003/s);
  });
});

interface ShrinkInput {
  from: number;
  to: number;
  /** ordinals that fail to leave */
  failing: ReadonlySet<number>;
  parallel: boolean;
}

/** A cluster in which a ring shrinks: running pods, members, and pods that fail to leave. */
class Cluster {
  readonly #running: Set<number>;
  readonly ring: Set<number>;
  readonly given: ShrinkInput;
  constructor(given: ShrinkInput) {
    this.given = given;
    this.#running = new Set(Array.from({ length: given.from }, (_, ordinal) => ordinal));
    this.ring = new Set(this.#running);
  }

  /** The pods that the controller deletes now: with Parallel all of them, in the worst order, lowest first. */
  asked(): number[] {
    const going = [...this.#running].filter((each) => each >= this.given.to).sort((a, b) => a - b);
    return this.given.parallel ? going : going.slice(-1);
  }

  /** @returns whether the pod was deleted */
  async delete(ordinal: number): Promise<boolean> {
    const ill = [...this.ring].filter((each) => !this.#running.has(each));
    const ring = buildRing([...this.ring].sort(), ill);
    const { answer } = await ask({ ordinal, replicas: this.given.to, ring });
    if (!answer.allowed) return false;
    if (!this.given.failing.has(ordinal)) this.ring.delete(ordinal);
    this.#running.delete(ordinal);
    this.#check();
    return true;
  }

  /** As the Event advises: evicts the highest member that has no pod. */
  evict(): void {
    const stuck = Math.max(...this.ring);
    assert.ok(
      !this.#running.has(stuck) && stuck >= this.given.to,
      "held without a member that could be evicted",
    );
    this.ring.delete(stuck);
  }

  #check(): void {
    const healthy = [...this.ring].filter((each) => this.#running.has(each)).length;
    // two members cannot keep a majority without each other
    if (this.ring.size === 2) return;
    const { from, to, failing } = this.given;
    const where = `${from} to ${to}, ${[...failing].join()} fail to leave: ${healthy} of ${this.ring.size}`;
    assert.ok(isMajority(healthy, this.ring.size), where);
  }
}

/** @returns members that were left without a pod, and the number of evictions by hand */
async function shrink(given: ShrinkInput): Promise<{ left: number[]; evictions: number }> {
  const cluster = new Cluster(given);
  let evictions = 0;
  for (let asked = cluster.asked(); asked.length > 0; asked = cluster.asked()) {
    let moved = false;
    for (const ordinal of asked) moved = (await cluster.delete(ordinal)) || moved;
    if (moved) continue;
    cluster.evict();
    evictions += 1;
  }
  return { left: [...cluster.ring].filter((each) => each >= given.to), evictions };
}

/** Every scale-down of a ring of up to seven, with every subset of the removed pods failing to leave. */
function* everyDrop(): Generator<Omit<ShrinkInput, "parallel">> {
  for (let from = 2; from <= 7; from++) {
    for (let to = 1; to < from; to++) {
      for (let bits = 0; bits < 1 << (from - to); bits++) {
        const going = Array.from({ length: from - to }, (_, bit) => to + bit);
        yield { from, to, failing: new Set(going.filter((_, bit) => ((bits >> bit) & 1) === 1)) };
      }
    }
  }
}

describe("a ring that shrinks behind the pod-deletion gate", () => {
  for (const parallel of [false, true]) {
    it(`keeps a majority running, whichever pods fail to leave: ${parallel ? "Parallel" : "OrderedReady"}`, async () => {
      let drops = 0;
      for (const drop of everyDrop()) {
        const { left, evictions } = await shrink({ ...drop, parallel });
        drops += 1;
        // the last one holds no other pod; the next scale-down is denied because of it
        assert.ok(left.length <= 1, `${left.join()} left behind`);
        assert.equal(evictions + left.length, drop.failing.size);
      }
      assert.equal(drops, 240);
    });
  }
});
