// Hostile reviews. If a change removes an ordinal of the real StatefulSet, a profile protects it and all evidence is
// unknown, then it is denied, or cannot be read, which is denied as well. The review never throws and never takes long,
// even with 2^31 replicas.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { readSetReview } from "../../../webhook/kubernetes/statefulSetReview.ts";
import {
  type ReadChange,
  readScaleChange,
  readScaleTarget,
  readSetChange,
} from "../../../webhook/scaleDown/change.ts";
import { buildUnknownEvidence } from "../../../webhook/scaleDown/evidence.ts";
import { reviewScaleDown } from "../../../webhook/scaleDown/reviewScaleDown.ts";
import { loadCaseProfiles, NOW } from "./language/judge.ts";

const UNKNOWN = { unknown: "the network is down" };
const NOTHING_KNOWN = buildUnknownEvidence(UNKNOWN.unknown);

/** Far more than any review takes, and far less than counting to 2^31. */
const SOON_MS = 2_000;

const GUARDED = ["fixed", "shop", "queue", "ozone", "strict", "gone"] as const;
const profiles = await loadCaseProfiles();

const label = fc.oneof(
  fc.constantFrom(...GUARDED, "free", "", "__proto__", "constructor", "toString"),
  fc.anything(),
);
const odd = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.constantFrom(
    null,
    undefined,
    -1,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
    Number.NaN,
    1e308,
    1.5,
    "3",
    [],
    {},
    true,
  ),
);
const name = fc.oneof(
  fc.constantFrom(
    "web",
    "om",
    "web-1",
    "a'; rm -rf /; '",
    "$(reboot)",
    "-n",
    "__proto__",
    "\u202ewords",
    "a\nb",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
/** Anything in the place of an object. */
const wild = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, undefined, [], [[]], "", 0, JSON.parse('{"__proto__": {"spec": {}}}')),
);

const setWith = (parts: {
  name: unknown;
  label: unknown;
  replicas: unknown;
  start: unknown;
  more: unknown;
}) => ({
  metadata: { name: parts.name, annotations: {}, uid: "u" },
  spec: {
    replicas: parts.replicas,
    ordinals: parts.start === undefined ? undefined : { start: parts.start },
    selector: { matchLabels: { "rollcall.dev/profile": parts.label } },
    template: {
      metadata: { labels: { "rollcall.dev/profile": parts.label } },
      spec: { containers: [{ name: "app", image: "i" }] },
    },
    updateStrategy: parts.more,
  },
});

const anySet = fc
  .record({ name, label, replicas: odd, start: odd, more: fc.option(wild, { freq: 4, nil: undefined }) })
  .map(setWith);
const anyObject = fc.oneof({ weight: 4, arbitrary: anySet }, { weight: 1, arbitrary: wild });
const operation = fc.constantFrom("CREATE", "UPDATE", "DELETE", "CONNECT") satisfies fc.Arbitrary<string>;

const requestWith = (given: Partial<AdmissionRequest>): AdmissionRequest => ({
  uid: "u",
  kind: { group: "apps", version: "v1", kind: "StatefulSet" },
  resource: { group: "apps", version: "v1", resource: "statefulsets" },
  namespace: "shop",
  operation: "UPDATE",
  userInfo: { username: "mallory" },
  ...given,
});

function readSet(request: AdmissionRequest): ReadChange {
  const review = readSetReview(request);
  return "rule" in review ? { wrong: review.message } : readSetChange(review);
}

type Outcome = "allowed" | "denied" | "unreadable" | "not-ours";

/** The outcome of a change while all evidence is unknown. */
async function evaluateChange(read: ReadChange, request: AdmissionRequest): Promise<Outcome> {
  if ("wrong" in read) return "unreadable";
  if ("nothing" in read) return "not-ours";
  const { answer } = await reviewScaleDown(read.change, request, {
    config: { profiles, collectorUsers: [], now: () => NOW },
    deadline: AbortSignal.timeout(SOON_MS),
    ports: {
      gather: () => Promise.resolve(NOTHING_KNOWN),
      record: () => Promise.resolve(null),
      readmit: () => Promise.resolve(null),
    },
  });
  if (!answer.allowed) assert.ok(answer.status?.message.startsWith("rollcall RC0"), answer.status?.message);
  return answer.allowed ? "allowed" : "denied";
}

async function soon(read: () => ReadChange, request: AdmissionRequest): Promise<Outcome> {
  const began = performance.now();
  const outcome = await evaluateChange(read(), request);
  const took = performance.now() - began;
  assert.ok(took < SOON_MS, `took ${took} ms`);
  return outcome;
}

/** Whether an ordinal of before is missing after. Compares the ends, since there are too many to list. */
function losesAny(
  before: { start: number; replicas: number },
  after: { start: number; replicas: number },
): boolean {
  if (before.replicas === 0) return false;
  const [lowest, highest] = [before.start, before.start + before.replicas - 1];
  const isIn = (ordinal: number) => ordinal >= after.start && ordinal < after.start + after.replicas;
  return !isIn(lowest) || !isIn(highest);
}

const replicas = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(2 ** 31 - 1));
const start = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 }), fc.constantFrom(2 ** 31 - 1));
const real = fc.record({ label: fc.constantFrom(...GUARDED), replicas, start });
const realSet = (of: { label: unknown; replicas: number; start: number }) =>
  setWith({ name: "web", more: undefined, ...of });

describe("hostile reviews", function () {
  this.timeout(120_000);

  it("never throw, and are answered in time", async () => {
    await fc.assert(
      fc.asyncProperty(anyObject, anyObject, operation, async (object, oldObject, what) => {
        const request = requestWith({ object, oldObject, operation: what });
        await soon(() => readSet(request), request);
      }),
      { numRuns: 1_500 },
    );
  });

  it("of a Scale never throw, whatever the StatefulSet is", async () => {
    const anyScale = fc.oneof(
      odd.map((value) => ({ metadata: { name: "web" }, spec: { replicas: value } })),
      fc.constantFrom<unknown>({ spec: [] }, { spec: null }, {}, []),
      wild,
    );
    await fc.assert(
      fc.asyncProperty(anyScale, anyScale, anyObject, async (object, oldObject, live) => {
        const request = requestWith({ object, oldObject, subResource: "scale" });
        readScaleTarget(request);
        await soon(() => readScaleChange(request, { known: live ?? null }), request);
      }),
      { numRuns: 1_500 },
    );
  });

  it("remove no protected pod, whatever they contain", async () => {
    const seen: Record<Outcome, number> = { allowed: 0, denied: 0, unreadable: 0, "not-ours": 0 };
    await fc.assert(
      fc.asyncProperty(real, fc.oneof(anyObject, real.map(realSet)), async (was, object) => {
        const request = requestWith({ object, oldObject: realSet(was) });
        const outcome = await soon(() => readSet(request), request);
        seen[outcome]++;
        assert.notEqual(outcome, "not-ours", "the live StatefulSet has the label");
        if (outcome !== "allowed") return;
        // it could be read, so these are numbers or missing
        const { spec } = object as {
          spec: { replicas?: number | null; ordinals?: { start?: number | null } };
        };
        const after = { start: spec.ordinals?.start ?? 0, replicas: spec.replicas ?? 1 };
        assert.ok(!losesAny(was, after), `${JSON.stringify(was)} to ${JSON.stringify(after)}`);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(seen.allowed > 0 && seen.denied > 0 && seen.unreadable > 0, JSON.stringify(seen));
  });

  it("remove no protected pod by a Scale with a false oldObject", async () => {
    const seen: Record<Outcome, number> = { allowed: 0, denied: 0, unreadable: 0, "not-ours": 0 };
    await fc.assert(
      fc.asyncProperty(real, odd, odd, async (was, asked, claimed) => {
        const object = { metadata: { name: "web" }, spec: { replicas: asked } };
        const oldObject = { metadata: { name: "web" }, spec: { replicas: claimed } };
        const request = requestWith({ object, oldObject, subResource: "scale" });
        const outcome = await soon(() => readScaleChange(request, { known: realSet(was) }), request);
        seen[outcome]++;
        if (outcome !== "allowed") return;
        const after = { start: was.start, replicas: typeof asked === "number" ? asked : 0 };
        assert.ok(!losesAny(was, after), `${JSON.stringify(was)} to ${JSON.stringify(after)}`);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(seen.allowed > 0 && seen.denied > 0 && seen.unreadable > 0, JSON.stringify(seen));
  });

  it("are denied without oldObject, or if the StatefulSet cannot be read", () => {
    const object = realSet({ label: "fixed", replicas: 1, start: 0 });
    for (const missing of [null, undefined, [], {}, "x"])
      assert.ok("wrong" in readSet(requestWith({ object, oldObject: missing })), JSON.stringify(missing));
    const scale = requestWith({ object: { spec: { replicas: 1 } }, subResource: "scale" });
    assert.ok("wrong" in readScaleChange(scale, { known: object }));
    const ours = { spec: { replicas: 3 }, status: { selector: "app=web,rollcall.dev/profile=fixed" } };
    const whole = requestWith({ object: { spec: { replicas: 1 } }, oldObject: ours });
    assert.ok("wrong" in readScaleChange(whole, UNKNOWN));
    // an unlabelled StatefulSet does not depend on whether the API server answers the webhook
    const anybodys = requestWith({ object: { spec: { replicas: 1 } }, oldObject: { spec: { replicas: 3 } } });
    assert.ok("nothing" in readScaleChange(anybodys, UNKNOWN));
    assert.ok("wrong" in readScaleTarget(requestWith({ object: [] })));
  });

  it("cannot smuggle a command into a denial", async () => {
    const evil = "a'; reboot; echo '";
    const was = setWith({ name: evil, label: "fixed", replicas: 3, start: 0, more: undefined });
    const request = requestWith({ object: { ...was, spec: { ...was.spec, replicas: 0 } }, oldObject: was });
    const read = readSet(request);
    assert.ok("change" in read);
    const { answer } = await reviewScaleDown(read.change, request, {
      config: { profiles, collectorUsers: [], now: () => NOW },
      deadline: AbortSignal.timeout(SOON_MS),
      ports: {
        gather: () => Promise.resolve(NOTHING_KNOWN),
        record: () => Promise.resolve(null),
        readmit: () => Promise.resolve(null),
      },
    });
    const lines = answer.status?.message.split("\n") ?? [];
    const [command = "", ...others] = lines.filter((line) => line.startsWith("  kubectl"));
    for (const each of [command, ...others]) assert.ok(each.includes(`'a'\\''; reboot; echo '\\'''`), each);
    assert.notEqual(command, "", "a denial without a command");
  });
});
