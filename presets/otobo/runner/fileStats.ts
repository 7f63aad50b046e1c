// What the file system says of files in OTOBO's tree.
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { isMissing } from "../../../init/engine/failure.ts";

/** @param isNone which errors mean that there is nothing @default that the name does not exist */
export async function findStats(
  path: string | Buffer,
  isNone: (error: unknown) => boolean = isMissing,
): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isNone(error)) return null;
    throw error;
  }
}

/** In whole seconds, because rounding to milliseconds can reach the next second. */
export const getModifiedSeconds = ({ mtimeMs }: Stats): number => Math.floor(mtimeMs / 1000);
