// Which of two versions of Rollcall is newer, after semver.org 2.0.0.

const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?$/;

interface Version {
  readonly numbers: readonly number[];
  /** what stands behind "-"; empty: it is a release, which is newer than all that lead to it */
  readonly prerelease: readonly string[];
}

/** False also where one of them is no version. */
export function isNewerVersion(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  if (a === null || b === null) return false;
  for (const [at, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return isNewerPrerelease(a.prerelease, b.prerelease);
}

function parseVersion(text: string): Version | null {
  const [, major, minor, patch, prerelease] = VERSION.exec(text) ?? [];
  if (major === undefined) return null;
  return {
    numbers: [major, minor, patch].map(Number),
    prerelease: prerelease === undefined ? [] : prerelease.split("."),
  };
}

function isNewerPrerelease(one: readonly string[], other: readonly string[]): boolean {
  if (one.length === 0 || other.length === 0) return one.length === 0 && other.length > 0;
  for (const [at, word] of one.entries()) {
    const against = other[at];
    if (against === undefined) return true;
    if (word !== against) return isNewerWord(word, against);
  }
  return false;
}

/** Numbers are older than words, and are compared as numbers. */
function isNewerWord(one: string, other: string): boolean {
  const [isNumber, isOtherNumber] = [one, other].map((word) => /^\d+$/.test(word));
  if (isNumber && isOtherNumber) return Number(one) > Number(other);
  return isNumber === isOtherNumber ? one > other : !isNumber;
}
