// Reviews that the author of a workload, or any pod that reaches the port, may send: each is answered soon and delays
// no other request.
import assert from "node:assert/strict";
import {
  APP,
  buildPodObject,
  buildPodReview,
  buildSetObject,
  createEntries,
  DATA,
  setReview,
} from "./reviews.ts";
import { type WebhookAnswer, WebhookProcess } from "./webhook.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

interface Verdict {
  allowed: boolean;
  status?: { message: string };
}

const readVerdict = ({ status, text }: WebhookAnswer): Verdict => {
  assert.equal(status, 200, text.slice(0, 300));
  return (JSON.parse(text) as { response: Verdict }).response;
};

const env = (bytes: number) => createEntries(bytes, (index) => ({ name: `V${index}` }));

describe("a hostile review", function () {
  this.timeout(60_000);
  let webhook: WebhookProcess;
  before(async () => {
    webhook = await WebhookProcess.start();
  });
  after(() => webhook.stop());
  afterEach(async function () {
    if (this.currentTest?.state === "passed") return;
    await webhook.stop();
    webhook = await WebhookProcess.start();
  });

  /** The answer, and how long the health probe had to wait in the meantime. */
  async function send(path: string, body: string): Promise<WebhookAnswer & { probe: number }> {
    let probe = 0;
    let isOver = false;
    const watch = async (): Promise<void> => {
      while (!isOver) {
        const { milliseconds } = await webhook.get("/healthz", 8_000);
        probe = Math.max(probe, milliseconds);
      }
    };
    const watching = watch();
    try {
      const answer = await webhook.post(path, body, 8_000);
      isOver = true;
      await watching;
      return { ...answer, probe };
    } finally {
      isOver = true;
      await watching.catch(() => undefined);
    }
  }

  const init = { name: "rollcall-init", image: "app:1" };
  const ringEnv = { name: "OZONE-SITE.XML_ozone.om.nodes.omservice", value: "x" };
  const app = (more: object) => ({ containers: [{ ...APP, ...more }] });

  /** Found by searching the code for lists that are scanned for each entry of another list. */
  const long: Record<string, { path: string; body: () => string }> = {
    "a StatefulSet with 600 KiB of variables": {
      path: "/validate",
      body: () => setReview(buildSetObject("demo", app({ env: env(600 * KIB) }))),
    },
    "a pod with 600 KiB of variables": {
      path: "/mutate",
      body: () => buildPodReview(buildPodObject("demo", app({ env: env(600 * KIB) }))),
    },
    "a StatefulSet with 600 KiB of claims and as many volumes": {
      path: "/validate",
      body: () =>
        setReview(
          buildSetObject(
            "plain",
            { volumes: createEntries(600 * KIB, (index) => ({ name: `v${index}` })) },
            {
              volumeClaimTemplates: createEntries(600 * KIB, (index) => ({
                metadata: { name: `c${index}` },
              })),
            },
          ),
        ),
    },
    "a pod whose rollcall-init lacks 600 KiB of variables": {
      path: "/mutate",
      body: () =>
        buildPodReview(
          buildPodObject("demo", {
            ...app({ env: env(600 * KIB) }),
            initContainers: [{ ...init, env: [{ name: "A" }] }],
          }),
        ),
    },
    "a member that sets reserved variables 15,000 times": {
      path: "/mutate",
      body: () => buildPodReview(buildPodObject("ring", app({ env: Array(15_000).fill(ringEnv) }))),
    },
    "a member with 300 KiB of mounts of one configuration folder and as many volumes": {
      path: "/mutate",
      body: () =>
        buildPodReview(
          buildPodObject("ring", {
            ...app({
              volumeMounts: createEntries(600 * KIB, () => ({ name: "w", mountPath: "/etc/hadoop" })),
            }),
            volumes: [
              ...createEntries(600 * KIB, (index) => ({ name: `w${index}`, emptyDir: {} })),
              { name: "w", emptyDir: {} },
            ],
          }),
        ),
    },
    "a member with a mount path of 300,000 slashes": {
      path: "/mutate",
      body: () =>
        buildPodReview(
          buildPodObject(
            "ring",
            app({ volumeMounts: [{ name: "data", mountPath: `${"/".repeat(300_000)}x` }] }),
          ),
        ),
    },
  };
  for (const [what, { path, body }] of Object.entries(long)) {
    it(`${what} is answered within 2 s, and the health probe within half a second`, async () => {
      const answer = await send(path, body());
      readVerdict(answer);
      assert.ok(answer.milliseconds < 2_000, `${Math.round(answer.milliseconds)} ms`);
      assert.ok(answer.probe < 500, `the probe waited ${Math.round(answer.probe)} ms`);
    });
  }

  it("of an object that the API server can store is evaluated, not rejected for its length", async () => {
    const object = buildPodObject("demo", app({ env: env(1.5 * MIB) }));
    assert.equal(readVerdict(await send("/mutate", buildPodReview(object))).allowed, true);
    const set = buildSetObject("demo", app({ env: env(1.5 * MIB) }));
    assert.equal(readVerdict(await send("/validate", setReview(set))).allowed, true);
  });

  it("of more entries than the API server can store is rejected in one sentence", async () => {
    const object = buildPodObject("demo", app({ envFrom: Array(500_000).fill({}) }));
    const { allowed, status } = readVerdict(await send("/mutate", buildPodReview(object)));
    assert.equal(allowed, false);
    assert.match(status?.message ?? "", /^rollcall RC113 .*envFrom: more than 400000 entries/);
  });

  /** Wrong elements in each list that is read. */
  const zeros = (bytes: number): number[] => Array(Math.floor(bytes / 2)).fill(0);
  const wrong: Record<string, (bytes: number) => { path: string; body: string }> = {
    "userInfo.groups": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo"), { userInfo: { username: "x", groups: zeros(bytes) } }),
    }),
    "a pod's containers": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", { containers: zeros(bytes) })),
    }),
    "a pod's init containers": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", { initContainers: zeros(bytes) })),
    }),
    "a pod's volumes": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", { volumes: zeros(bytes) })),
    }),
    "a pod's owners": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", {}, { ownerReferences: zeros(bytes) })),
    }),
    "a pod's labels": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(
        buildPodObject(
          "demo",
          {},
          { labels: Object.fromEntries(zeros(bytes / 8).map((_, i) => [`l${i}`, 0])) },
        ),
      ),
    }),
    "a container's env": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", app({ env: zeros(bytes) }))),
    }),
    "a container's mounts": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", app({ volumeMounts: zeros(bytes) }))),
    }),
    "a container's command": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(buildPodObject("demo", app({ command: zeros(bytes) }))),
    }),
    "a preStop's command": (bytes) => ({
      path: "/mutate",
      body: buildPodReview(
        buildPodObject("demo", app({ lifecycle: { preStop: { exec: { command: zeros(bytes) } } } })),
      ),
    }),
    "a set's claims": (bytes) => ({
      path: "/validate",
      body: setReview(buildSetObject("demo", {}, { volumeClaimTemplates: zeros(bytes) })),
    }),
    "a set's annotations": (bytes) => ({
      path: "/validate",
      body: setReview(
        buildSetObject(
          "demo",
          {},
          {},
          { annotations: Object.fromEntries(zeros(bytes / 8).map((_, i) => [`l${i}`, 0])) },
        ),
      ),
    }),
    "the owners of a pod that is deleted": (bytes) => ({
      path: "/validate",
      body: buildPodReview(
        {},
        {
          operation: "DELETE",
          oldObject: buildPodObject("ring", {}, { ownerReferences: zeros(bytes) }),
          object: null,
        },
      ),
    }),
  };
  for (const [where, make] of Object.entries(wrong)) {
    it(`with 650 KiB of wrong elements in ${where} does not end the process`, async () => {
      const { path, body } = make(650 * KIB);
      const { status } = await send(path, body);
      assert.ok(status === 200 || status === 400, String(status));
      assert.ok(webhook.isAlive);
    });
  }

  it("of 1 MiB without credentials does not end the process", async () => {
    const { path, body } = wrong["userInfo.groups"]?.(1 * MIB) ?? assert.fail();
    const { status, text } = await send(path, body);
    assert.equal(status, 400);
    assert.match(text, /: request\.userInfo\.groups: more than 400000 entries/);
  });

  it("of 6 MiB of single digits is rejected before it is parsed", async () => {
    const { path, body } = wrong["a pod's containers"]?.(6 * MIB) ?? assert.fail();
    const { status, text } = await send(path, body);
    assert.equal(status, 413);
    assert.match(text, /more than 1500000 values/);
  });

  const odd: Record<string, string> = {
    "with a key __proto__ in each map": buildPodReview(buildPodObject("demo")).replaceAll(
      '{"',
      '{"__proto__":{"polluted":1},"',
    ),
    "with one key twice": buildPodReview(buildPodObject("demo")).replaceAll(
      '"name":"app"',
      '"name":"app","name":"app"',
    ),
    "with a name of 3 MB": buildPodReview(buildPodObject("demo", {}, { name: "x".repeat(3e6) })),
    "with a profile of 3 MB": buildPodReview(buildPodObject("x".repeat(3e6))),
    "with 40,000 containers of other names": buildPodReview(
      buildPodObject("demo", { containers: Array.from({ length: 40_000 }, (_, i) => ({ name: `c${i}` })) }),
    ),
  };
  for (const [what, body] of Object.entries(odd)) {
    it(`${what} gets a short answer`, async () => {
      const answer = await send("/mutate", body);
      readVerdict(answer);
      assert.ok(answer.text.length < 64 * KIB, `${answer.text.length} bytes`);
      assert.ok(answer.milliseconds < 2_000, `${Math.round(answer.milliseconds)} ms`);
    });
  }

  // what a patch copies is written by JSON.stringify, which has its own limit
  for (const [where, object] of Object.entries({
    "in unknown fields": buildPodObject("demo", { nested: 0 }),
    "in what a patch repeats": buildPodObject(
      "demo",
      app({ env: [{ name: "A", valueFrom: { nested: 0 } }] }),
    ),
  })) {
    it(`nested 5,000 and 100,000 levels deep ${where} is rejected in one sentence`, async () => {
      for (const levels of [5_000, 100_000]) {
        const deep = `"nested":${"[".repeat(levels)}${"]".repeat(levels)}`;
        const { status, text } = await send("/mutate", buildPodReview(object).replace('"nested":0', deep));
        assert.equal(status, 400);
        assert.match(text, /more than 500 levels/);
      }
    });
  }

  it("of a user with a name of 6 MB is logged in a short line", async () => {
    const before = webhook.output.length;
    const userInfo = { username: "x".repeat(6e6) };
    readVerdict(await send("/validate", setReview(buildSetObject("demo"), { userInfo })));
    readVerdict(await send("/mutate", buildPodReview(buildPodObject("demo"), { userInfo })));
    await new Promise((done) => setTimeout(done, 200));
    const told = webhook.output.length - before;
    assert.ok(told > 0 && told < 16 * KIB, `${told} characters`);
  });

  it("of a valid pod is still patched afterwards", async () => {
    const { allowed } = readVerdict(
      await send("/mutate", buildPodReview(buildPodObject("demo", { volumes: [DATA] }))),
    );
    assert.equal(allowed, true);
  });
});
