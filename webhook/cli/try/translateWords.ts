// Steps where no file system of their own can be had: a word that is a path on a volume gets the volume's folder, and a
// text that holds such a path is refused, since a guess may read and write this machine's own files.
import { CouldNotAsk } from "../ending.ts";
import { type FolderMount, toHostPath } from "./folders.ts";
import type { NoNamespaces } from "./namespaces.ts";

/** What a shell would make something else of. */
const NO_PATH = /[\s;&|<>$`"'()*?[\]{}\\]/;

/**
 * The words of something as they are on this machine.
 * @param what names it in the refusal, e.g. "step seed"
 * @throws CouldNotAsk for a word that holds a mountPath and is no path itself
 */
export function translateWords(
  what: string,
  words: readonly string[],
  { mounts, none }: { mounts: readonly FolderMount[]; none: NoNamespaces },
): string[] {
  return words.map((word) => {
    const named = mountIn(word, mounts);
    if (named === null || isPathBelow(word, mounts)) return toHostPath(word, mounts);
    const shown = word.length > 80 ? `${word.slice(0, 80)}…` : word;
    throw new CouldNotAsk(
      `${what} names the mountPath ${named} inside of ${JSON.stringify(shown)}, and here no folder can be put there (${none.why}): ` +
        `it would read and write this machine's own ${named}. ${none.instead}`,
    );
  });
}

function mountIn(word: string, mounts: readonly FolderMount[]): string | null {
  const found = mounts.find(({ path }) => {
    for (let at = word.indexOf(path); at !== -1; at = word.indexOf(path, at + 1)) {
      // /data is no part of /mydata or /database
      if (!/[\w.-]$/.test(word.slice(0, at)) && !/^[\w.-]/.test(word.slice(at + path.length))) return true;
    }
    return false;
  });
  return found?.path ?? null;
}

function isPathBelow(word: string, mounts: readonly FolderMount[]): boolean {
  if (NO_PATH.test(word) || word.split("/").includes("..")) return false;
  const mount = mounts.find(({ path }) => word === path || word.startsWith(`${path}/`));
  // a list of paths, as PATH is one
  return mount !== undefined && !/[:,=]\//.test(word);
}
