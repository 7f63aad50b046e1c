// Compares two versions of Rollcall as semver.org 2.0.0 defines it.

const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?$/;

interface Version {
  readonly numbers: readonly number[];
  /** the identifiers after "-"; a version without them is newer than its prereleases */
  readonly prerelease: readonly string[];
}

/** Also false if one of them is not a valid version. */
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

/** Numeric identifiers are older than alphanumeric ones, and compare as numbers. */
function isNewerWord(one: string, other: string): boolean {
  const [isNumber, isOtherNumber] = [one, other].map((word) => /^\d+$/.test(word));
  if (isNumber && isOtherNumber) return Number(one) > Number(other);
  return isNumber === isOtherNumber ? one > other : !isNumber;
}
