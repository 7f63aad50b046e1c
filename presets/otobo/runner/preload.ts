// Files of Kernel/Config/Files that OTOBO keeps in S3. They are saved with S3's modification time in whole seconds,
// because OTOBO compares size and time (docs/research/otobo.md#sync).
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { describeFileError } from "../../../init/engine/failure.ts";
import type { ListedObject, ObjectTree } from "../../../init/world/tree.ts";
import { getModifiedSeconds } from "./fileStats.ts";
import type { WhyNot } from "./otobo.ts";

export const FILES = "Kernel/Config/Files";

/** The last change of the set of packages (docs/research/otobo.md#package-event). */
export const EVENT = "event_package.json";

/** Where the event is kept until everything else is in place. */
export const SIDE_EVENT = `${FILES}/.rollcall-event`;

const OWN = new Set(["ZZZAAuto.pm", "ZZZACL.pm", "ZZZProcessManagement.pm"]);

/** Whether OTOBO itself fetches this file from S3. */
export function isRelevant(path: string, userFiles: boolean): boolean {
  return OWN.has(path) || (userFiles && /^User\/\d+\.pm$/.test(path));
}

export async function isSame(place: string, { size, seconds }: ListedObject): Promise<boolean> {
  const is = await fs.stat(place).catch(() => null);
  return is !== null && is.size === size && getModifiedSeconds(is) === seconds;
}

/** Saves an object atomically, with its modification time. */
export async function save(tree: ObjectTree, object: ListedObject, place: string): Promise<WhyNot> {
  const got = await tree.get(object.key);
  if ("why" in got) return got.why;
  if (got.bytes.length !== object.size) return `${object.key} was changed in S3 after it was listed`;
  const temporary = `${place}.rollcall-incoming`;
  try {
    await fs.mkdir(dirname(place), { recursive: true });
    await fs.writeFile(temporary, got.bytes, { mode: 0o660 });
    await fs.utimes(temporary, object.seconds, object.seconds);
    await fs.rename(temporary, place);
    return null;
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    return `cannot write ${place}: ${describeFileError(error)}`;
  }
}

/** Keeps the listed package event for later, unless it is already in place. */
export async function keepEvent(tree: ObjectTree, event: ListedObject, home: string): Promise<WhyNot> {
  if (await isSame(join(home, FILES, EVENT), event)) return null;
  const side = join(home, SIDE_EVENT);
  // keep the older event, so that newer ones are still processed
  if ((await fs.stat(side).catch(() => null)) !== null) return null;
  return save(tree, event, side);
}

/** Lists .pm files that belong neither to OTOBO, the image nor a package. */
export async function listForeignFiles(home: string): Promise<string[]> {
  const archive = await fs.readFile(join(home, ".rollcall-archive"), "utf8").catch(() => "");
  const packages = await fs.readFile(join(home, "var/rollcall-packages"), "utf8").catch(() => "");
  const known = new Set([
    ...archive.split("\n").map((line) => line.slice("-::".length)),
    ...packages.split("\n").map((line) => line.split("\t")[0] ?? ""),
  ]);
  const names = await fs.readdir(join(home, FILES)).catch(() => []);
  return names.filter(
    (name) => name.endsWith(".pm") && !OWN.has(name) && !known.has(`${FILES}/${name}`) && archive !== "",
  );
}
