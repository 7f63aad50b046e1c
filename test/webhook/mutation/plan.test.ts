// The runner reads any text of a profile exactly as it was written, despite the kubelet's expansion.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type PlanStep, readPlan } from "../../../init/contract/plan.ts";
import { expand } from "../../../webhook/cli/try/expand.ts";
import { resolveContainerEnv } from "../../../webhook/cli/try/resolveContainerEnv.ts";
import { buildPlanText } from "../../../webhook/mutation/buildPlan.ts";
import { escapeEnvRefs, unescapeEnvRefs } from "../../../webhook/mutation/env.ts";
import { buildInitContainer } from "../../../webhook/mutation/initContainer.ts";
import type { Profile, RunnerSpec } from "../../../webhook/profiles/profile.ts";
import { buildWeb1, loadActiveConfig } from "./pod.ts";

/** Text from sequences that have a meaning in YAML, JSON, the kubelet's expansion or a shell. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "$",
        "$$",
        "$(",
        "$(HOSTNAME)",
        "$$(HOSTNAME)",
        "$(NODE_ID",
        ")",
        "'",
        '"',
        "\\",
        "\n",
        "\t",
        "`",
        "{",
        "}",
      ),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const argv = fc.array(nasty, { minLength: 1, maxLength: 4 });

const step = fc
  .record({ run: argv, verify: argv, still: argv, scope: fc.constantFrom("pod", "release") })
  .map((given): PlanStep => ({ ...given, name: "seed", timeoutSeconds: 5, retries: 0 }));

const leave = fc.record({ run: argv, verify: argv }).map((given) => ({ ...given, timeoutSeconds: 5 }));

/** The free-text fields of a profile. */
const work = fc
  .record({ step, leave: fc.option(leave), path: nasty, prefix: nasty, ca: nasty, release: nasty })
  .map(({ step: only, path, prefix, ca, ...rest }) => {
    const place = { ...PLACE, prefix, ca };
    const markers: RunnerSpec["markers"] = { store: "both", volume: "data", path: `x${path}` };
    return { ...rest, steps: [only], markers, s3: { place, keys: { from: "default" as const } } };
  });

const PLACE = {
  endpoint: "http://s3.test",
  region: "r",
  bucket: "boot",
  pathStyle: true,
  checksum: "when-required",
} as const;

describe("the plan after the kubelet's expansion", () => {
  it("equals the profile's text", () => {
    const demo = loadActiveConfig().profiles?.get("demo");
    if (!demo?.work) assert.fail();
    const base = demo.work;
    const member = { namespace: "demo", statefulSet: "web", pod: "web-1", ordinal: 1, serviceName: "" };
    const known = { member, nodeId: "2", image: "i", revision: "web-7", api: { folder: "/t" } };
    fc.assert(
      fc.property(work, ({ release, ...written }) => {
        const profile: Profile = {
          ...demo,
          release: [release],
          drop: { policy: "managed", minReplicas: 1, ignoresMinReplicas: false },
        };
        const plan = buildPlanText({ ...known, profile, work: { ...base, ...written } });
        if (typeof plan !== "string") assert.fail(plan.message);

        // expanded as in a container, with a HOSTNAME defined before it to which a reference could expand
        const app = { name: "app", image: "i", env: [{ name: "HOSTNAME", value: "caught" }] };
        const container = buildInitContainer({
          app,
          env: app.env,
          plan,
          resources: {},
          mounts: [],
          keepsEntrypoint: false,
        });
        const seen = resolveContainerEnv(container, buildWeb1(), "uid").values["ROLLCALL_PLAN"];
        const read = readPlan(seen);
        if ("wrong" in read) assert.fail(read.wrong);
        const { steps, leave: left, s3, markers } = read.plan;
        assert.deepEqual([steps, left], [written.steps, written.leave]);
        assert.equal(read.plan.release, release);
        assert.deepEqual(s3, { ...written.s3.place, credentials: { from: "default" } });
        assert.deepEqual(markers, {
          store: "both",
          root: "/rollcall-marker",
          path: getMarkerPath(written.markers),
        });
        assert.deepEqual(
          [read.plan.revision, read.plan.drop, read.plan.api],
          ["web-7", "managed", known.api],
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("has every $ doubled, and the webhook can read it back", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        assert.equal(expand(escapeEnvRefs(text), { HOSTNAME: "caught" }), text);
        assert.equal(unescapeEnvRefs(escapeEnvRefs(text)), text);
      }),
      { numRuns: 2000 },
    );
  });
});

const getMarkerPath = (markers: RunnerSpec["markers"]): string => ("path" in markers ? markers.path : "");

describe("the kubelet's expansion, after the Kubernetes documentation", () => {
  for (const [text, becomes] of [
    ["$(A)", "1"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(B)", "$(B)"],
    ["$(A", "$(A"],
    ["$A", "$A"],
    ["a$", "a$"],
    ["$$", "$"],
  ] as const) {
    it(`makes ${text} ${becomes}`, () => assert.equal(expand(text, { A: "1" }), becomes));
  }
});
