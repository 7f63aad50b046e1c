// Runs the cases in cases/, one per file. Together they use each field of a profile.
import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { generic } from "../../../presets/generic/profile/schema.ts";
import type { PatchOperation } from "../../../webhook/admission/answer.ts";
import { type ActiveConfig, decideOnPod, type PodDecision } from "../../../webhook/mutation/decidePod.ts";
import { mutatePod } from "../../../webhook/mutation/reviewPod.ts";
import { applyChanges, type Case, type ExpectedOutcome, get, readMutationCases } from "./caseFile.ts";
import {
  applied,
  buildCreateRequest,
  buildRequestContext,
  buildWeb1,
  loadActiveConfig,
  type RawPod,
} from "./pod.ts";

const cases = await readMutationCases();

describe("injection, case by case", () => {
  for (const each of cases) it(each.name, () => play(each));
});

async function play(given: Case): Promise<void> {
  const config = loadActiveConfig(given.profiles);
  const pod = buildPod(given, config);
  const { expect, namespace, username } = given;
  if ("told" in expect) {
    const request = buildCreateRequest(pod, { namespace, username });
    const { allowed, patch, warnings } = await mutatePod(request, buildRequestContext(config));
    assert.deepEqual([allowed, patch, warnings], [true, undefined, expect.told]);
  } else check(pod, decideOnPod(pod, given, config), expect);
}

/** The input of the decision: the default pod with changes, or the result of a first pass. */
function buildPod(given: Case, config: ActiveConfig): RawPod {
  const pod = buildWeb1(given.profile);
  applyChanges(pod, given.pod);
  if (given.again === undefined) return pod;
  const first = decideOnPod(pod, given, config);
  if (first.is !== "injected") assert.fail(`not injected but ${first.is}`);
  const whole = applied(pod, first.injection.operations);
  applyChanges(whole, given.again === true ? {} : given.again);
  return whole;
}

function check(
  pod: RawPod,
  decision: PodDecision,
  expect: Exclude<ExpectedOutcome, { told: unknown }>,
): void {
  if ("untouched" in expect) {
    assert.equal(decision.is, "not-ours");
  } else if ("denied" in expect) {
    if (decision.is !== "denied") assert.fail(`not denied but ${decision.is}`);
    const { code, rule, message } = decision.denial;
    assert.equal(`${code} ${rule}`, expect.denied);
    assert.ok(message.includes(expect.says), message);
  } else {
    if (decision.is !== "injected") assert.fail(JSON.stringify(decision));
    assert.deepEqual(decision.injection.warnings, expect.warnings);
    checkInjected(pod, decision.injection.operations, expect);
  }
}

function checkInjected(
  pod: RawPod,
  operations: readonly PatchOperation[],
  expect: Extract<ExpectedOutcome, { warnings: unknown }>,
): void {
  if ("operations" in expect) {
    assert.deepEqual(operations, expect.operations);
    return;
  }
  const { never } = expect;
  if (never !== undefined) assert.ok(!JSON.stringify(operations).includes(never), "repeated in the patch");
  const after = applied(pod, operations);
  for (const [path, value] of Object.entries(expect.afterwards)) {
    assert.deepEqual(get(after, path) ?? null, value, path);
  }
}

describe("the cases of injection", () => {
  it("have every field that a generic profile can have", () => {
    const written = new Set(
      cases.flatMap(({ profiles }) => (profiles === undefined ? [] : fieldsIn(profiles))),
    );
    const all = listFields(z.toJSONSchema(generic, { io: "input" }) as Shape);
    assert.ok(all.length > 50, `only ${all.length} fields were found`);
    assert.deepEqual(
      all.filter((field) => !written.has(field)),
      [],
    );
  });
});

interface Shape {
  properties?: Record<string, Shape>;
  items?: Shape;
}

/** Paths of a schema's fields; the items of a list have the list's path. */
function listFields({ properties = {}, items }: Shape, path = ""): string[] {
  const below = Object.entries(properties).flatMap(([name, field]) => [
    `${path}.${name}`,
    ...listFields(field, `${path}.${name}`),
  ]);
  return items === undefined ? below : [...below, ...listFields(items, path)];
}

/** Paths of the fields that the profiles in a text set. */
const fieldsIn = (profiles: string): string[] =>
  parseAllDocuments(profiles).flatMap((document) => {
    const { spec } = document.toJS() as { spec: { generic?: unknown } };
    return pathsIn(spec.generic, "");
  });

function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, path));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    `${path}.${name}`,
    ...pathsIn(field, `${path}.${name}`),
  ]);
}
