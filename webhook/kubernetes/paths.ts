// Mount paths as a container runtime sees them. No pattern such as /\/+$/, which takes the square of a path's length
// where many slashes stand in front of something else.

/** A path without slashes at its end. */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** An empty part or a dot, also at the end. */
const ODD_PART = /\/\.?(?:\/|$)/;

/** A path with one slash between its parts, and none at its end: "/a//b/./" is "/a/b". */
export function plainPath(path: string): string {
  if (path.startsWith("/") && !ODD_PART.test(path)) return path;
  return `/${path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
}
