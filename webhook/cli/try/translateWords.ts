// Translates the arguments of steps that do not have their own file system: a path on a volume becomes a path in the volume's
// folder. Other text that contains such a path is refused, since a step could otherwise read and write this machine's files.
import { UnknownAnswer } from "../ending.ts";
import { type FolderMount, toHostPath } from "./folders.ts";
import type { NoNamespaces } from "./namespaces.ts";

/** Characters that are special to a shell. */
const NO_PATH = /[\s;&|<>$`"'()*?[\]{}\\]/;

/**
 * @param what names the arguments in errors, e.g. "step seed"
 * @throws UnknownAnswer for an argument that contains a mountPath and is not a path
 */
export function translateWords(
  what: string,
  words: readonly string[],
  { mounts, none }: { mounts: readonly FolderMount[]; none: NoNamespaces },
): string[] {
  return words.map((word) => {
    const path = findMountPath(word, mounts);
    if (path === null || isPathBelow(word, mounts)) return toHostPath(word, mounts);
    const shown = word.length > 80 ? `${word.slice(0, 80)}…` : word;
    throw new UnknownAnswer(
      `${what} contains the mountPath ${path} in ${JSON.stringify(shown)}, and no folder can be mounted there (${none.why}), ` +
        `so it would read and write this machine's ${path}. ${none.instead}`,
    );
  });
}

function findMountPath(word: string, mounts: readonly FolderMount[]): string | null {
  const found = mounts.find(({ path }) => {
    for (let at = word.indexOf(path); at !== -1; at = word.indexOf(path, at + 1)) {
      // /mydata and /database do not contain /data
      if (!/[\w.-]$/.test(word.slice(0, at)) && !/^[\w.-]/.test(word.slice(at + path.length))) return true;
    }
    return false;
  });
  return found?.path ?? null;
}

function isPathBelow(word: string, mounts: readonly FolderMount[]): boolean {
  if (NO_PATH.test(word) || word.split("/").includes("..")) return false;
  const mount = mounts.find(({ path }) => word === path || word.startsWith(`${path}/`));
  // not a list of paths such as PATH
  return mount !== undefined && !/[:,=]\//.test(word);
}
