// Cases as files: each holds a pod (or changes to the usual one), perhaps profiles, and what is expected of
// injection. Adding a case is adding a file.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import type { Operation } from "../../webhook/admission/patch.ts";
import { decideOnPod, type PodDecision } from "../../webhook/inject/decide.ts";
import { applied, CONTROLLER, forceOf, podWeb1, type RawPod } from "./pod.ts";

const folder = fileURLToPath(new URL("cases", import.meta.url));

const caseFile = z.strictObject({
  /** what the case shows, a sentence */
  shows: z.string(),
  profile: z.string().default("demo"),
  /** profiles.yaml, where the usual profiles will not do */
  profiles: z.string().optional(),
  username: z.string().default(CONTROLLER),
  namespace: z.string().default("demo"),
  /** JSON pointer to value, set in the usual pod before; null removes */
  pod: z.record(z.string(), z.unknown()).default({}),
  /** what is expected is that of a second pass, over the first one's output */
  again: z.boolean().default(false),
  expect: z.union([
    z.strictObject({ operations: z.array(z.unknown()), warnings: z.array(z.string()).default([]) }),
    /** JSON pointer to value in the pod afterwards; null: not there */
    z.strictObject({
      afterwards: z.record(z.string(), z.unknown()),
      warnings: z.array(z.string()).default([]),
    }),
    z.strictObject({ denied: z.string(), says: z.string() }),
    z.strictObject({ untouched: z.literal(true) }),
  ]),
});

const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();

describe("injection, case by case", () => {
  for (const file of files) {
    it(basename(file, ".yaml"), async () => {
      const given = caseFile.parse(parse(await readFile(join(folder, file), "utf8")));
      const decide = (each: RawPod): PodDecision => decideOnPod(each, given, forceOf(given.profiles));
      let pod = podWeb1(given.profile);
      for (const [path, value] of Object.entries(given.pod)) put(pod, path, value);
      if (given.again) {
        const first = decide(pod);
        if (first.is !== "injected") assert.fail(`not injected but ${first.is}`);
        pod = applied(pod, first.injection.operations);
      }
      check(pod, decide(pod), given.expect);
    });
  }
});

function check(pod: RawPod, decision: PodDecision, expect: z.infer<typeof caseFile>["expect"]): void {
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
  operations: readonly Operation[],
  expect: { operations: unknown[] } | { afterwards: Record<string, unknown> },
): void {
  if ("operations" in expect) {
    assert.deepEqual(operations, expect.operations);
    return;
  }
  const after = applied(pod, operations);
  for (const [path, value] of Object.entries(expect.afterwards)) {
    assert.deepEqual(get(after, path) ?? null, value, path);
  }
}

const partsOf = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

function get(object: unknown, path: string): unknown {
  return partsOf(path).reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    object,
  );
}

function put(object: unknown, path: string, value: unknown): void {
  const parts = partsOf(path);
  const last = parts.pop() ?? "";
  const parent = get(
    object,
    parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
  );
  assert.ok(typeof parent === "object" && parent !== null, `there is no parent of ${path}`);
  if (value === null) delete (parent as Record<string, unknown>)[last];
  else (parent as Record<string, unknown>)[last] = value;
}
