// Which paths a package may have files at. Packages are uploaded by administrators of OTOBO, who are not administrators
// of the cluster, so a path must not lead out of /opt/otobo, or to a file that Rollcall or OTOBO itself writes.

/** The system's limits of a path and of a name, minus what temporary names add. */
const LONGEST_PATH = 1024;
const LONGEST_NAME = 200;

/**
 * Files that no package may bring: settings of the pod, and the state of Rollcall and of the image's entrypoint. Also not in
 * Custom/, from where OTOBO loads modules first.
 */
const RESERVED =
  /^(?:Custom\/)*(?:Kernel\/Config\.pm|Kernel\/Config\/Files\/(?:ZZZ(?:AAuto|ACL|ProcessManagement)\.pm|event_package\.json|User\/.*)|RELEASE|ARCHIVE|git-[a-z]+\.txt|var\/(?:run|log|spool|article|sessions)\/.*|var\/rollcall-.*|docker_firsttime.*)$/;

/** Why a package must not have a file at this path, or null. */
export function findPathFault(path: string): string | null {
  if (path.length === 0) return "a file has no path";
  // a bound before anything else is done with it
  if (path.length > LONGEST_PATH)
    return `a path has ${path.length} characters, and at most ${LONGEST_PATH} are allowed`;
  if (/\p{Cc}/u.test(path)) return `${JSON.stringify(path)} has control characters`;
  const names = path.split("/");
  const wrong = names.find((name) => name === "" || name === "." || name === "..");
  if (wrong !== undefined) return `${path} is not a plain path below /opt/otobo`;
  const long = names.find((name) => Buffer.byteLength(name) > LONGEST_NAME);
  if (long !== undefined)
    return `${path} has a name of ${Buffer.byteLength(long)} bytes, and at most ${LONGEST_NAME} are allowed`;
  if (names.some((name) => name.startsWith(".rollcall")) || RESERVED.test(path))
    return `${path} is not a package's to write`;
  return null;
}

/** A package's name and version are in lists with one line for each file. */
export function findNameFault({ name, version }: { name: string; version: string }): string | null {
  const isPlain = [name, version].every((text) => /^[\p{L}\p{N}][\p{L}\p{N}._+ -]{0,199}$/u.test(text));
  return isPlain
    ? null
    : "its name or version has other characters than letters, digits, '.', '_', '+', '-' and spaces";
}
