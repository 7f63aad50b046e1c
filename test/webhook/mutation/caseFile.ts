// A case of injection as a file: a pod (or changes of the default one), optional profiles, and the expected result.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { CONTROLLER } from "./pod.ts";

const folder = fileURLToPath(new URL("cases", import.meta.url));

/** Values by JSON pointer; null removes; "-" as the last part appends to a list */
const changes = z.record(z.string(), z.unknown());

const warnings = z.array(z.string()).default([]);

const caseFile = z.strictObject({
  /** the title: the behaviour that the case shows */
  shows: z.string(),
  profile: z.string().default("demo"),
  /** YAML of the profiles, instead of the default ones */
  profiles: z.string().optional(),
  username: z.string().default(CONTROLLER),
  namespace: z.string().default("demo"),
  /** changes of the default pod */
  pod: changes.default({}),
  /** the expected result is that of a second pass, after these changes by other webhooks */
  again: changes.or(z.literal(true)).optional(),
  expect: z.union([
    z.strictObject({ operations: z.array(z.unknown()), warnings }),
    /** values by JSON pointer in the resulting pod, null: absent; and text that the patch must not contain */
    z.strictObject({ afterwards: z.record(z.string(), z.unknown()), never: z.string().optional(), warnings }),
    z.strictObject({ denied: z.string(), says: z.string() }),
    z.strictObject({ untouched: z.literal(true) }),
    /** mode Warn: allowed without a patch, with these warnings */
    z.strictObject({ told: z.array(z.string()) }),
  ]),
});

export type Case = z.infer<typeof caseFile> & {
  /** of the file, without .yaml */
  name: string;
};

export type ExpectedOutcome = Case["expect"];

/** All cases, by name. */
export async function readMutationCases(): Promise<Case[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = basename(file, ".yaml");
      const read = caseFile.safeParse(parse(await readFile(join(folder, file), "utf8")));
      if (read.success) return { name, ...read.data };
      throw new Error(`${file}: ${z.prettifyError(read.error)}`);
    }),
  );
}

const splitPath = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

const below = (object: unknown, parts: readonly string[]): unknown =>
  parts.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    object,
  );

/** The value at a JSON pointer, or undefined. */
export const get = (object: unknown, path: string): unknown => below(object, splitPath(path));

/** Makes the changes in an object. */
export function applyChanges(object: unknown, all: z.infer<typeof changes>): void {
  for (const [path, value] of Object.entries(all)) put(object, path, value);
}

function put(object: unknown, path: string, value: unknown): void {
  const parts = splitPath(path);
  const last = parts.pop() ?? "";
  const parent = below(object, parts);
  assert.ok(typeof parent === "object" && parent !== null, `there is no parent of ${path}`);
  if (Array.isArray(parent) && last === "-") parent.push(value);
  else if (Array.isArray(parent) && value === null) parent.splice(Number(last), 1);
  else if (value === null) delete (parent as Record<string, unknown>)[last];
  else (parent as Record<string, unknown>)[last] = value;
}
