// Cases as files: each holds a change of a StatefulSet, its evidence, and the expected answer. To add a case, add a
// file; the notation is described in test/webhook/scaleDown/language/caseFile.ts.
import assert from "node:assert/strict";
import { formatGuardDenial } from "../../../webhook/scaleDown/codes.ts";
import {
  type JudgedCase,
  judge,
  loadCaseProfiles,
  type NamedCase,
  readScaleDownCases,
} from "./language/judge.ts";

const profiles = await loadCaseProfiles();
const cases = await readScaleDownCases();

describe("the guard, case by case", () => {
  for (const given of cases) {
    it(`${given.name}: ${given.shows}`, async () => {
      const judged = await judge(given, profiles);
      if ("denied" in given.expect) checkDenied(judged, given.expect);
      else checkAllowed(judged, given.expect);
    });
  }
});

function checkDenied(
  judged: JudgedCase | null,
  expect: Extract<NamedCase["expect"], { denied: string }>,
): void {
  if (judged === null || judged.answer.allowed) assert.fail(`allowed: ${JSON.stringify(judged?.answer)}`);
  const message = judged.answer.status?.message ?? "";
  assert.equal(judged.answer.status?.code, 403);
  // held: the request of a controller, which retries
  assert.ok(judged.outcome?.is === "denied" || judged.outcome?.is === "held", "it is not reported");
  const { rule, code } = judged.outcome.denial;
  assert.equal(`${code} ${rule}`, expect.denied, message);
  checkReassurance(judged);
  assert.deepEqual(judged.answer.auditAnnotations, { rule, code });
  for (const text of expect.says) assert.ok(message.includes(text), `no "${text}" in: ${message}`);
  const lines = message.split("\n").map((line) => line.trim());
  for (const command of expect.commands)
    assert.ok(lines.includes(command), `no line ${command} in: ${message}`);
  const places = expect.commands.map((command) => lines.indexOf(command));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    `in another order: ${message}`,
  );
  for (const text of expect.lacks) assert.ok(!message.includes(text), `"${text}" in: ${message}`);
  assert.equal(judged.recorded, null, "a denied change is not recorded");
}

/** A denial says before its commands that nothing happened. What passes must not say so. */
function checkReassurance({ answer, outcome }: JudgedCase): void {
  const denial = outcome === null ? "" : formatGuardDenial(outcome.denial);
  const [text = "", ...commands] = denial.split("\n");
  const [said = "", ...others] = (answer.status?.message ?? "").split("\n");
  assert.ok(said.startsWith(`${text} `), said);
  assert.match(
    said.slice(text.length),
    /^ The StatefulSet was not (created|changed); this denial does not affect running pods\.$/,
  );
  assert.deepEqual(others, commands);
}

function checkAllowed(
  judged: JudgedCase | null,
  expect: Extract<NamedCase["expect"], { allowed: true }>,
): void {
  if (judged !== null && !judged.answer.allowed) assert.fail(judged.answer.status?.message);
  if (expect.asks !== undefined) assert.deepEqual([...(judged?.asked ?? [])].sort(), expect.asks);
  const { recorded = null, outcome: told = null } = judged ?? {};
  const spans = recorded === null ? undefined : [recorded.start, recorded.replicas];
  assert.deepEqual(spans, expect.records);
  const warnings = (judged?.answer.warnings ?? []).join("\n");
  for (const text of expect.warns) assert.ok(warnings.includes(text), `no "${text}" in: ${warnings}`);
  assert.doesNotMatch(warnings, /was not (created|changed)/);
  if (expect.warns.length === 0 && expect.overridden === undefined) assert.equal(warnings, "");
  if (expect.overridden === undefined) return;
  assert.equal(told?.is, "overridden");
  assert.equal(told?.denial.code, expect.overridden);
  assert.equal(judged?.answer.auditAnnotations?.["code"], expect.overridden);
}
