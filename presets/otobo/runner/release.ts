// The id of an OTOBO release. RELEASE alone is not unique for builds of a branch, and the set of packages is part of a
// release (docs/research/otobo.md#release).
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../../init/engine/failure.ts";
import type { Otobo } from "./otobo.ts";
import { DATABASE, databaseAnswer, describeDatabase } from "./probes/database.ts";
import { PACKAGES, packagesAnswer } from "./probes/packages.ts";

/** VERSION+commit+checksum of a tree, e.g. "11.0.5+9f0e4d921d0b+3f2a…". @throws if it is not OTOBO's tree */
export async function readTreeId(tree: string): Promise<string> {
  const release = await readFile(join(tree, "RELEASE"), "utf8");
  const version = /^VERSION\s*=\s*(\S+)/m.exec(release)?.[1];
  if (version === undefined) throw new Error(`${join(tree, "RELEASE")} has no VERSION`);
  const commit = (await readOptionalText(join(tree, "git-commit.txt")))?.trim() || "nogit";
  const archive = await readOptionalText(join(tree, "ARCHIVE"));
  const sum = archive === null ? "noarchive" : computeShortDigest(archive);
  return `${version}+${commit.slice(0, 12)}+${sum}`;
}

/** The id of the tree and of the set of packages in the database; a change of either is a new release. */
export async function readRelease(otobo: Otobo): Promise<{ id: string } | { why: string }> {
  const request = await otobo.ask(PACKAGES, packagesAnswer, "list", otobo.next);
  if ("why" in request) return request;
  return { id: await buildReleaseId(otobo, request.answer.packages) };
}

/**
 * The same for a database that the step `install` may still have to install: it then has no packages, so the id stays the
 * same when it is installed.
 */
export async function readCurrentOrFirstRelease(otobo: Otobo): Promise<{ id: string } | { why: string }> {
  const request = await otobo.ask(DATABASE, databaseAnswer);
  if ("why" in request) return request;
  const { state, why, finished } = request.answer;
  if (state === "unreachable") return { why: `cannot connect to ${describeDatabase(otobo.env)}: ${why}` };
  return finished ? readRelease(otobo) : { id: await buildReleaseId(otobo, []) };
}

async function buildReleaseId({ next }: Otobo, packages: readonly string[]): Promise<string> {
  return `${await readTreeId(next)} packages:${packages.length}:${computeShortDigest(packages.join("\n"))}`;
}

/** Enough to tell sets apart, and short enough for an id. */
export const computeShortDigest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 12);

async function readOptionalText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
