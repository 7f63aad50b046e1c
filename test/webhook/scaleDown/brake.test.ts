// The brake: which deletions of pods by the StatefulSet controller are held (docs/architecture.md#pod-deletion-gate).
// First case by case, then every drop of every ring up to seven members, with every part of the leaves failing: a
// majority runs at every moment.
import assert from "node:assert/strict";
import { isMajority } from "../../../init/contract/ring/majority.ts";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { type Evidence, unknownEvidence } from "../../../webhook/scaleDown/evidence.ts";
import { brake, type Given } from "../../../webhook/scaleDown/podDeletion/reviewPodDeletion.ts";
import type { Guarded } from "../../../webhook/scaleDown/reviewScaleDown.ts";
import { caseProfiles, NOW } from "./language/judge.ts";

const CONTROLLER = "system:serviceaccount:kube-system:statefulset-controller";
const profiles = await caseProfiles();

/** What is asked: the pod, its set, and what can be found out. */
interface Asked {
  ordinal: number;
  replicas: number;
  ring: Evidence["ring"];
  profile?: string;
  user?: string;
  start?: number;
  annotations?: Record<string, string>;
  setUid?: string;
  terminating?: boolean;
  /** the pod's own label, where it is another than its set's; null: none */
  podProfile?: string;
  /** the label on the set's template; null: none */
  template?: string | null;
  /** what stands for the StatefulSet instead of it */
  live?: Awaited<ReturnType<Given["ports"]["liveSet"]>>;
}

const setOf = ({
  replicas,
  start = 0,
  annotations = {},
  setUid = "u-1",
  profile = "ozone",
  template = profile,
}: Asked) => ({
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

const requestOf = ({
  ordinal,
  profile = "ozone",
  podProfile = profile,
  user = CONTROLLER,
}: Asked): AdmissionRequest => ({
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

async function ask(asked: Asked): Promise<Guarded & { questions: string[] }> {
  const questions: string[] = [];
  const guarded = await brake(requestOf(asked), {
    force: { profiles, controllerUsers: [CONTROLLER], now: () => NOW },
    deadline: AbortSignal.timeout(10_000),
    ports: {
      liveSet: (namespace, name) => {
        questions.push(`set ${namespace}/${name}`);
        return Promise.resolve(asked.live ?? { known: setOf(asked) });
      },
      gather: (_, kinds) => {
        questions.push(...[...kinds].sort());
        return Promise.resolve({
          ...unknownEvidence("it was not asked"),
          ring: asked.ring,
          namespace: { known: { terminating: asked.terminating === true } },
        });
      },
    },
  });
  return { ...guarded, questions };
}

function ringOf(members: readonly number[], ill: readonly number[] = []): Evidence["ring"] {
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

const PASSES: Record<string, Asked> = {
  "an ordinal that stays, whatever the ring is like": { ordinal: 2, replicas: 3, ring: UNKNOWN },
  "the highest that goes": { ordinal: 6, replicas: 3, ring: ringOf(SEVEN) },
  "the next one, when the one above has left": { ordinal: 5, replicas: 3, ring: ringOf(SEVEN.slice(0, 6)) },
  "one that was never in the ring": { ordinal: 7, replicas: 3, ring: ringOf(SEVEN) },
  "one that has left, although a higher one is in": { ordinal: 5, replicas: 3, ring: ringOf([0, 1, 2, 6]) },
  "the second of two": { ordinal: 1, replicas: 1, ring: ringOf([0, 1]) },
  "all of them, which is maintenance": { ordinal: 2, replicas: 0, ring: UNKNOWN },
  "somebody else's deletion": { ordinal: 6, replicas: 3, ring: UNKNOWN, user: "system:node:a" },
  "pods of a set that is gone": { ordinal: 6, replicas: 3, ring: UNKNOWN, live: { known: null } },
  "pods of another set of that name": { ordinal: 6, replicas: 3, ring: UNKNOWN, setUid: "u-2" },
  "pods of a set that lets them go, whatever label they have been given": {
    ordinal: 6,
    replicas: 3,
    ring: UNKNOWN,
    profile: "queue",
    podProfile: "free",
  },
  "pods of a profile that protects nothing, in a set without the label": {
    ordinal: 6,
    replicas: 3,
    ring: UNKNOWN,
    profile: "free",
    template: null,
  },
  "pods of a profile that is no ring": { ordinal: 6, replicas: 3, ring: UNKNOWN, profile: "queue" },
  "a namespace on its way out": { ordinal: 5, replicas: 3, ring: UNKNOWN, terminating: true },
};

const HELD: Record<string, [Asked, code: string, words: RegExp]> = {
  "one below a member that goes, too": [
    { ordinal: 4, replicas: 3, ring: ringOf(SEVEN) },
    "RC028",
    /om-4 is held until om-6, om-5 are out of the ring[\s\S]*om evict om-6[\s\S]*"rollcall\.dev\/ask-again=\$\(date \+%s\)"$/,
  ],
  "one below a member whose pod is gone without having left": [
    { ordinal: 5, replicas: 3, ring: ringOf(SEVEN, [6]) },
    "RC028",
    /until om-6 is out of the ring/,
  ],
  "one below, where the lowest ordinals go": [
    { ordinal: 0, replicas: 3, start: 2, ring: ringOf([0, 1, 2, 3, 4]) },
    "RC028",
    /om-0 is held until om-1 is out/,
  ],
  "one without whom no majority is well": [
    { ordinal: 4, replicas: 4, ring: ringOf([0, 1, 2, 3, 4], [0, 1]) },
    "RC029",
    /only 2 of 5 members are healthy, and a majority is 3; bring back om-0, om-1/,
  ],
  "the second of two, where the first is ill": [
    { ordinal: 1, replicas: 1, ring: ringOf([0, 1], [0]) },
    "RC029",
    /bring back om-0/,
  ],
  "the last member": [{ ordinal: 3, replicas: 3, ring: ringOf([3]) }, "RC029", /the last member/],
  "a member that was given another label": [
    { ordinal: 4, replicas: 3, ring: ringOf(SEVEN), podProfile: "free" },
    "RC028",
    /om-4 is held until om-6, om-5 are out of the ring/,
  ],
  "a member that was given the label of no profile": [
    { ordinal: 4, replicas: 3, ring: ringOf(SEVEN), podProfile: "none-such" },
    "RC028",
    /om-4 is held until/,
  ],
  "pods of a set that was created anew without the label": [
    { ordinal: 2, replicas: 1, ring: UNKNOWN, profile: "queue", template: null },
    "RC004",
    /pod om-2 was created under profile queue, and StatefulSet shop\/om, which has it now, picks no profile[\s\S]*kubectl -n shop patch statefulset om -p '\{"spec":\{"template":\{"metadata":\{"labels":\{"rollcall\.dev\/profile":"queue"/,
  ],
  "pods of such a set at zero replicas, which nobody has judged": [
    { ordinal: 0, replicas: 0, ring: UNKNOWN, profile: "fixed", template: "free" },
    "RC004",
    /picks profile free/,
  ],
  "anybody who goes while the ring is unknown": [
    { ordinal: 6, replicas: 3, ring: UNKNOWN },
    "RC002",
    /RC028\) could not be judged: no majority of 7 pods/,
  ],
  "anybody whose set cannot be read": [
    { ordinal: 1, replicas: 3, ring: ringOf(SEVEN), live: { unknown: "the API server: timed out" } },
    "RC002",
    /ordinal 1 of StatefulSet shop\/om goes could not be found out: the API server: timed out/,
  ],
  "anybody who goes and whose profile is gone": [
    { ordinal: 6, replicas: 3, ring: ringOf(SEVEN), profile: "lost" },
    "RC003",
    /its profile does not exist/,
  ],
};

describe("the brake", () => {
  for (const [what, asked] of Object.entries(PASSES)) {
    it(`lets pass ${what}`, async () => {
      const { answer, told } = await ask(asked);
      assert.deepEqual([answer, told], [{ allowed: true }, null]);
    });
  }

  for (const [what, [asked, code, words]] of Object.entries(HELD)) {
    it(`holds ${what}`, async () => {
      const { answer, told } = await ask(asked);
      assert.equal(answer.allowed, false);
      assert.equal(answer.auditAnnotations?.["code"], code);
      assert.match(answer.status?.message ?? "", words);
      assert.equal(told?.is, "held", "the controller's own Event may be dropped");
    });
  }

  it("asks nobody about deletions that are not the controller's, and no ring about restarts", async () => {
    const other = await ask({ ordinal: 6, replicas: 3, ring: UNKNOWN, user: "kubernetes-admin" });
    assert.deepEqual(other.questions, []);
    const restart = await ask({ ordinal: 1, replicas: 3, ring: UNKNOWN });
    assert.deepEqual(restart.questions, ["set shop/om"]);
  });

  it("yields to an override that counts, and tells who has used it", async () => {
    const annotations = { "rollcall.dev/override": "2026-01-01T13:00:00Z om-6 is burnt" };
    const { answer, told } = await ask({ ordinal: 4, replicas: 3, ring: ringOf(SEVEN), annotations });
    assert.equal(answer.allowed, true);
    assert.equal(told?.is, "overridden");
    assert.match(told?.message ?? "", /RC027 .*om-6 is burnt.*RC028/s);
    // also where nobody can judge any more
    const lost = await ask({ ordinal: 4, replicas: 3, ring: ringOf(SEVEN), annotations, profile: "lost" });
    assert.equal(lost.answer.allowed, true);
    assert.match(lost.told?.message ?? "", /RC027 .*om-6 is burnt.*RC003/s);
  });
});

interface Shrinking {
  from: number;
  to: number;
  /** ordinals that cannot leave */
  failing: ReadonlySet<number>;
  parallel: boolean;
}

/** A cluster in which a ring shrinks: pods that run, members that are in it, and those who cannot leave. */
class Cluster {
  readonly #running: Set<number>;
  readonly ring: Set<number>;
  readonly given: Shrinking;
  constructor(given: Shrinking) {
    this.given = given;
    this.#running = new Set(Array.from({ length: given.from }, (_, ordinal) => ordinal));
    this.ring = new Set(this.#running);
  }

  /** Whose deletion the controller asks for now: Parallel all of them, in the worst order, lowest first. */
  asked(): number[] {
    const going = [...this.#running].filter((each) => each >= this.given.to).sort((a, b) => a - b);
    return this.given.parallel ? going : going.slice(-1);
  }

  /** @returns whether the pod went */
  async delete(ordinal: number): Promise<boolean> {
    const ill = [...this.ring].filter((each) => !this.#running.has(each));
    const ring = ringOf([...this.ring].sort(), ill);
    const { answer } = await ask({ ordinal, replicas: this.given.to, ring });
    if (!answer.allowed) return false;
    if (!this.given.failing.has(ordinal)) this.ring.delete(ordinal);
    this.#running.delete(ordinal);
    this.#check();
    return true;
  }

  /** What the Event says: the highest one that is left in the ring without a pod. */
  evict(): void {
    const stuck = Math.max(...this.ring);
    assert.ok(!this.#running.has(stuck) && stuck >= this.given.to, "held, and nobody who could be taken out");
    this.ring.delete(stuck);
  }

  #check(): void {
    const healthy = [...this.ring].filter((each) => this.#running.has(each)).length;
    // of two members nobody could be without the other
    if (this.ring.size === 2) return;
    const { from, to, failing } = this.given;
    const where = `${from} to ${to}, ${[...failing].join()} cannot leave: ${healthy} of ${this.ring.size}`;
    assert.ok(isMajority(healthy, this.ring.size), where);
  }
}

/** @returns who was left in the ring without a pod, and how many had to be taken out by hand */
async function shrink(given: Shrinking): Promise<{ left: number[]; evictions: number }> {
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

/** Every drop of a ring up to seven, with every part of those who go failing to leave. */
function* everyDrop(): Generator<Omit<Shrinking, "parallel">> {
  for (let from = 2; from <= 7; from++) {
    for (let to = 1; to < from; to++) {
      for (let bits = 0; bits < 1 << (from - to); bits++) {
        const going = Array.from({ length: from - to }, (_, bit) => to + bit);
        yield { from, to, failing: new Set(going.filter((_, bit) => ((bits >> bit) & 1) === 1)) };
      }
    }
  }
}

describe("a ring that shrinks behind the brake", () => {
  for (const parallel of [false, true]) {
    it(`keeps a majority running, whoever cannot leave: ${parallel ? "Parallel" : "OrderedReady"}`, async () => {
      let drops = 0;
      for (const drop of everyDrop()) {
        const { left, evictions } = await shrink({ ...drop, parallel });
        drops += 1;
        // the last one is nobody's brake: the guard tells of it at the next change
        assert.ok(left.length <= 1, `${left.join()} left behind`);
        assert.equal(evictions + left.length, drop.failing.size);
      }
      assert.equal(drops, 240);
    });
  }
});
