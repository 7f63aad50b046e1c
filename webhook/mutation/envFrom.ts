// ConfigMaps of a profile as envFrom, at the front of the list: of two sources with one key the later wins, so
// the container's own stay in force.
import { insertAll, type Operation } from "../admission/patch.ts";
import type { Container } from "../kubernetes/objects.ts";
import { isSameJson } from "../kubernetes/sameJson.ts";

/** The sources that a container still lacks, put before its own. */
export function frontEnvFrom(
  parts: readonly (string | number)[],
  container: Container,
  sources: readonly unknown[],
): Operation[] {
  return insertAll([...parts, "envFrom"], container.envFrom ?? undefined, missing(container, sources), 0);
}

/** The list as it will be; undefined where there is none. */
export function envFromOf(container: Container, sources: readonly unknown[]): Container["envFrom"] {
  const all = [...missing(container, sources), ...(container.envFrom ?? [])];
  return all.length === 0 ? container.envFrom : all;
}

function missing({ envFrom }: Container, sources: readonly unknown[]): unknown[] {
  const lacking = new Set(sources);
  for (const each of envFrom ?? []) {
    if (lacking.size === 0) break;
    for (const source of lacking) if (isSameJson(each, source)) lacking.delete(source);
  }
  return sources.filter((source) => lacking.has(source));
}
