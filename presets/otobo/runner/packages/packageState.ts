// What the watcher knows of this pod: the packages whose files are in place, with their checksums. It is a file in the
// pod's home. If it is missing or damaged, the next round finds out the same from the files.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { isMissing } from "../../../../init/engine/failure.ts";
import { CHANGED_MODULES } from "../../contract/packages.ts";
import { PACKAGE_FILES, PACKAGE_ROW, PACKAGE_VERSION, type packageFile } from "./packageShapes.ts";

const installedPackage = z.object({
  /** the row in the database that its files are from */
  id: z.number(),
  ...PACKAGE_ROW,
  ...PACKAGE_FILES,
});

const attempt = z.object({
  name: z.string(),
  /** the row that was being read */
  id: z.number(),
  tries: z.number(),
});

/** A row that cannot be used. */
const refusal = z.object({
  ...PACKAGE_VERSION,
  fault: z.string(),
});

const stored = z.object({
  schema: z.literal(1),
  packages: z.array(installedPackage),
  /** packages that are being read: a watcher that finds one was ended by it, or while it was read */
  attempts: z.array(attempt).default([]),
  /** packages that could not be used in the last round */
  refused: z.array(refusal).default([]),
  /** files have changed since the daemon has read them */
  isReloadDue: z.boolean(),
  /** one of them is of the daemon's first process, which a reload does not end */
  isRestartDue: z.boolean(),
  /** the daemon may not have read the settings of these files, which OTOBO deploys later */
  isSettingsDue: z.boolean().default(false),
  /** time and size of the deployed settings that the daemon has read at its last reload */
  readSettings: z.string().default(""),
});

export type InstalledFile = z.infer<typeof packageFile>;
export type InstalledPackage = z.infer<typeof installedPackage>;

export type Refusal = Omit<z.infer<typeof refusal>, "name">;

export interface PackageState {
  /** by name */
  packages: Map<string, InstalledPackage>;
  /** by name */
  attempts: Map<string, { id: number; tries: number }>;
  /** by name */
  refused: Map<string, Refusal>;
  isReloadDue: boolean;
  isRestartDue: boolean;
  isSettingsDue: boolean;
  readSettings: string;
}

/** That of a pod whose files are not known yet. */
export const createPackageState = (): PackageState => ({
  packages: new Map(),
  attempts: new Map(),
  refused: new Map(),
  isReloadDue: false,
  isRestartDue: false,
  isSettingsDue: false,
  readSettings: "",
});

const STATE = "var/rollcall-packages.json";
/** A line PATH, tab, NAME=VERSION for each file; the step `packages` writes it, and other steps read it. */
const LIST = "var/rollcall-packages";
/** Far more than the list of the most files that are allowed. */
const MOST_BYTES = 64 * 1024 * 1024;

/** null: there is none that can be used */
export async function readPackageState(home: string): Promise<PackageState | null> {
  const text = await readBounded(join(home, STATE));
  if (text === null) return null;
  try {
    const read = stored.safeParse(JSON.parse(text));
    if (!read.success) return null;
    const { packages, attempts, refused, ...due } = read.data;
    return {
      packages: new Map(packages.map((each) => [each.name, each])),
      attempts: new Map(attempts.map(({ name, ...rest }) => [name, rest])),
      refused: new Map(refused.map(({ name, ...rest }) => [name, rest])),
      ...due,
    };
  } catch {
    return null;
  }
}

export async function writePackageState(
  home: string,
  { packages, attempts, refused, ...due }: PackageState,
): Promise<void> {
  const state: z.infer<typeof stored> = {
    schema: 1,
    packages: [...packages.values()],
    attempts: [...attempts].map(([name, rest]) => ({ name, ...rest })),
    refused: [...refused].map(([name, rest]) => ({ name, ...rest })),
    ...due,
  };
  await writeWhole(join(home, STATE), JSON.stringify(state));
}

/** The packages' files by path, each with NAME=VERSION. */
export async function readFileList(home: string): Promise<Map<string, string>> {
  const text = (await readBounded(join(home, LIST))) ?? "";
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line): [string, string] => {
      const tab = line.lastIndexOf("\t");
      return tab < 0 ? [line, ""] : [line.slice(0, tab), line.slice(tab + 1)];
    }),
  );
}

export async function writeFileList(home: string, list: ReadonlyMap<string, string>): Promise<void> {
  const lines = [...list].map(([path, of]) => `${path}\t${of}\n`).sort();
  await writeWhole(join(home, LIST), lines.join(""));
}

/**
 * Adds to the modules that a web server must read again. Never shortened while the pod lives, because a web process may be
 * idle for days.
 */
export async function noteChangedModules(home: string, paths: readonly string[]): Promise<void> {
  const place = join(home, CHANGED_MODULES);
  const before = new Set(((await readBounded(place)) ?? "").split("\n").filter((line) => line !== ""));
  const size = before.size;
  for (const path of paths) {
    const module = /^(?:Custom\/)?(Kernel\/.+\.pm|var\/packagesetup\/.+\.pm)$/.exec(path)?.[1];
    if (module !== undefined) before.add(module);
  }
  if (before.size > size) await writeWhole(place, [...before].map((module) => `${module}\n`).join(""));
}

export const formatOwner = ({ name, version }: { name: string; version: string }): string =>
  `${name}=${version}`;

/** The name in NAME=VERSION; no name contains an equals sign (packagePath.ts). */
export const parseOwnerName = (owner: string): string => owner.slice(0, owner.indexOf("="));

/** Replaces a file as a whole. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.rollcall-incoming`;
  await fs.writeFile(temporary, text, { mode: 0o660 });
  await fs.rename(temporary, path);
}

async function readBounded(path: string): Promise<string | null> {
  try {
    if ((await fs.stat(path)).size > MOST_BYTES) return null;
    return await fs.readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
