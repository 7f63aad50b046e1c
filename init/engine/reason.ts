// System errors in plain words: what a person reads at 3 a.m. instead of ENOSPC.

/** The code of a system error; undefined where it has none. */
export function readSystemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Whether a file operation failed because there is no such file. */
export const isMissing = (error: unknown): boolean => readSystemCode(error) === "ENOENT";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the volume is full",
  EDQUOT: "the volume's quota is used up",
  EROFS: "the volume is mounted read-only",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOENT: "the folder does not exist",
  ENOTSUP: "its file system cannot sync to the disk",
  ENOTDIR: "a part of the path is a file or a link, not a folder",
};

/** A file error in plain words, with the system's own behind it. */
export function describeFileError(error: unknown): string {
  const code = readSystemCode(error);
  const plain = code === undefined ? undefined : REASONS[code];
  const own = error instanceof Error ? error.message : String(error);
  return plain === undefined ? own : `${plain} (${code})`;
}
