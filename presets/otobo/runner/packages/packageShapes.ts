// Shapes that the database's rows, the list of staged files and the pod's state have in common.
import * as z from "zod";

export const PACKAGE_VERSION = { name: z.string(), version: z.string() } as const;

/** Of a row that installs a package. */
export const PACKAGE_ROW = {
  ...PACKAGE_VERSION,
  /** the time of the row's last change, as the database writes it */
  changed: z.string(),
} as const;

export const packageFile = z.object({
  path: z.string(),
  mode: z.number(),
  size: z.number(),
  /** of the content in memory, before it was written */
  sha256: z.string(),
});

export const PACKAGE_FILES = {
  /** the time that its files get, in seconds: the time of its build, the same in every pod */
  time: z.number(),
  files: z.array(packageFile),
} as const;
