// The plan survives the kubelet: whatever text a profile holds, the runner reads what the operator wrote.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readPlan } from "../../init/contract/plan.ts";
import { containerEnv } from "../../webhook/cli/try/containerEnv.ts";
import { expand } from "../../webhook/cli/try/expand.ts";
import { literally, readLiterally } from "../../webhook/inject/dollars.ts";
import { initContainer } from "../../webhook/inject/init.ts";
import { planText } from "../../webhook/inject/plan.ts";
import type { Profile } from "../../webhook/profiles/compile.ts";
import { forceOf, podWeb1 } from "./pod.ts";

/** Text made of what is dangerous between profile, JSON, kubelet and shell. */
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

describe("the plan on its way through the kubelet", () => {
  it("arrives as it was written, whatever text it holds", () => {
    fc.assert(
      fc.property(argv, argv, argv, nasty, nasty, (run, verify, still, release, path) => {
        const step = {
          name: "seed",
          scope: "pod" as const,
          run,
          verify,
          still,
          timeoutSeconds: 5,
          retries: 0,
        };
        const demo = forceOf().profiles?.get("demo");
        if (!demo?.work) assert.fail();
        const work = { ...demo.work, steps: [step], path: `x${path}` };
        const profile: Profile = { ...demo, release: [release], work };
        const member = { namespace: "demo", statefulSet: "web", pod: "web-1", ordinal: 1, serviceName: "" };
        const plan = planText({ profile, work, member, nodeId: "2", image: "i" });
        if (typeof plan !== "string") assert.fail(plan.message);

        // as the container would see it, with a HOSTNAME defined before it that a reference could catch
        const app = { name: "app", image: "i", env: [{ name: "HOSTNAME", value: "caught" }] };
        const container = initContainer({ app, env: app.env, plan, work });
        const seen = containerEnv(container, podWeb1(), "uid").values["ROLLCALL_PLAN"];
        const read = readPlan(seen);
        if ("wrong" in read) assert.fail(read.wrong);
        assert.deepEqual(read.plan.steps, [step]);
        assert.equal(read.plan.release, release);
        assert.equal(read.plan.markers.path, `x${path}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("is doubled in every $, and can be read back by the webhook itself", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        assert.equal(expand(literally(text), { HOSTNAME: "caught" }), text);
        assert.equal(readLiterally(literally(text)), text);
      }),
      { numRuns: 2000 },
    );
  });
});

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
