// Describes system errors in plain words.

/** The code of a system error; undefined if it has none. */
export function readSystemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Whether a file operation failed because the file does not exist. */
export const isMissing = (error: unknown): boolean => readSystemCode(error) === "ENOENT";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the volume is full",
  EDQUOT: "the volume's quota is used up",
  EROFS: "the volume is mounted read-only",
  EACCES: "this user has no permission to write there",
  EPERM: "this user has no permission to write there",
  ENOENT: "the folder does not exist",
  ENOTSUP: "its file system cannot sync to the disk",
  ENOTDIR: "a component of the path is a file or a link, not a folder",
};

/** Describes a file error in plain words, followed by the system's code. */
export function describeFileError(error: unknown): string {
  const code = readSystemCode(error);
  const plain = code === undefined ? undefined : REASONS[code];
  const own = error instanceof Error ? error.message : String(error);
  return plain === undefined ? own : `${plain} (${code})`;
}
