// Secrets in the fields of a pod appear in no patch, message or log line: audit logs record patches, and Events messages.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AdmissionAnswer } from "../../../webhook/admission/answer.ts";
import { mutatePod } from "../../../webhook/mutation/reviewPod.ts";
import { logServed, openLog } from "../../../webhook/server/log.ts";
import { validatePod } from "../../../webhook/validation/validatePod.ts";
import { anyPod, generatePodChange, SENTINEL } from "./anyPod.ts";
import {
  applied,
  buildCreateRequest,
  buildRequestContext,
  decideInjected,
  loadActiveConfig,
  type RawPod,
} from "./pod.ts";
import { RUNS } from "./runs.ts";

const force = loadActiveConfig();

/** All output for the CREATE of a pod: both answers, their patch decoded, and the log. */
async function collectOutput(pod: RawPod, username?: string): Promise<string> {
  const request = buildCreateRequest(pod, username === undefined ? {} : { username });
  let log = "";
  const to = openLog("debug", { write: (text) => (log += text) });
  const answers: AdmissionAnswer[] = [
    await mutatePod(request, buildRequestContext(force)),
    await validatePod(request, buildRequestContext(force)),
  ];
  const rest = { status: 200, wrong: null, fault: null, milliseconds: 1 };
  for (const answer of answers) logServed(to, { path: "/x", request, answer, ...rest });
  const patches = answers.map(({ patch = "" }) => Buffer.from(patch, "base64").toString());
  return [...answers.map((each) => JSON.stringify(each)), ...patches, log].join("\n");
}

const assertSilent = (told: string): void => assert.ok(!told.includes(SENTINEL), told);

describe("a secret in a pod", function () {
  // seconds on an idle machine
  this.timeout(170_000);

  it("appears in no answer: at the first pass, at the second one, or after other webhooks", async () => {
    let carried = 0;
    await fc.assert(
      fc.asyncProperty(anyPod, generatePodChange("late"), async (pod, late) => {
        if (JSON.stringify(pod).includes(SENTINEL)) carried += 1;
        assertSilent(await collectOutput(pod));
        const after = applied(pod, decideInjected(pod).injection.operations);
        assertSilent(await collectOutput(after));
        // only the application gets one more
        const meddled = late(after);
        const app = meddled.spec.containers.find(({ name }) => name === "app") as unknown as {
          env: unknown[];
        };
        app.env.push({ name: "LATE", value: SENTINEL });
        assertSilent(await collectOutput(meddled));
      }),
      RUNS,
    );
    assert.ok(carried > RUNS.numRuns / 4, `only ${carried} pods carried one`);
  });

  it("appears in no denial", async () => {
    const wrong: readonly ((pod: RawPod) => unknown)[] = [
      ({ metadata }) => delete metadata["ownerReferences"],
      ({ metadata }) => Object.assign(metadata, { name: "web-x" }),
      ({ metadata }) => Object.assign(metadata.labels, { "rollcall.dev/profile": "gone" }),
      ({ spec }) => Object.assign(spec.containers[0] ?? {}, { name: "other" }),
      ({ spec }) => Object.assign(spec.containers[0] ?? {}, { env: { PASSWORD: SENTINEL } }),
      ({ spec }) => Object.assign(spec, { volumes: [{ name: "rollcall", hostPath: { path: SENTINEL } }] }),
      ({ spec }) =>
        Object.assign(spec.containers[0] ?? {}, {
          env: [{ name: "NODE_ID", valueFrom: { secretKeyRef: { name: "s", key: SENTINEL } } }],
        }),
      ({ spec }) =>
        Object.assign(spec.containers[0] ?? {}, {
          lifecycle: { preStop: { httpGet: { path: SENTINEL, port: 1 } } },
        }),
    ];
    let denied = 0;
    await fc.assert(
      fc.asyncProperty(anyPod, fc.constantFrom(...wrong), async (pod, breakIt) => {
        breakIt(pod);
        const told = await collectOutput(pod);
        if (told.includes('"allowed":false')) denied += 1;
        assertSilent(told);
        assertSilent(await collectOutput(pod, "somebody"));
      }),
      RUNS,
    );
    assert.ok(denied > RUNS.numRuns / 2, `only ${denied} were denied`);
  });
});
