// The admin's own way to take members out of an Ozone ring: the commands that ran on a real one (facts/ozone.md 9).
import type { Ring } from "../../init/contract/ring/agree.ts";
import { exec } from "./commands.ts";
import { ordinalIn } from "./ordinals.ts";
import { type Case, subjectOf } from "./rule.ts";

/**
 * Leadership first, since a leader cannot remove itself; then one member after the other, from a pod that stays. The
 * client gets the live ring by --set: the nodes of its own configuration need not exist. The server looks at the id
 * alone, so that the address of a pod that is gone need not resolve.
 * @param leaving in the order in which they leave
 */
export function wayOut(asked: Case, ring: Ring, leaving: readonly string[]): string[] {
  const service = asked.ring?.serviceId ?? "";
  const staying = ring.members.filter(({ id }) => !leaving.includes(id));
  const [first] = staying
    .filter(({ healthy }) => healthy)
    .map(({ id }) => id)
    .toSorted(byOrdinal(asked));
  if (first === undefined) return [];
  const admin = (settings: readonly string[], ...words: readonly string[]): string =>
    exec(
      asked,
      first,
      "env",
      "JAVA_OPTS=-Xmx128m",
      "ozone",
      "admin",
      ...settings.map((each) => `--set=${each}`),
      "om",
      ...words,
    );

  const all = ring.members.map(({ id }) => id).toSorted(byOrdinal(asked));
  const nodes = (ids: readonly string[]): string => `ozone.om.nodes.${service}=${ids.join(",")}`;
  const handOver = leaving.includes(ring.leader)
    ? [admin([nodes(all)], "transfer", `--service-id=${service}`, "-n", first)]
    : [];
  let left = all;
  const removals = leaving.map((id) => {
    left = left.filter((each) => each !== id);
    return admin(
      [nodes(left), `ozone.om.address.${service}.${id}=127.0.0.1`],
      "decommission",
      `--service-id=${service}`,
      `--nodeid=${id}`,
      "--node-host-address=127.0.0.1",
      "--force",
    );
  });
  return [...handOver, ...removals];
}

/** As numbers: om-10 comes after om-9. */
function byOrdinal(asked: Case): (a: string, b: string) => number {
  const { name } = subjectOf(asked);
  return (a, b) => (ordinalIn(a, name) ?? 0) - (ordinalIn(b, name) ?? 0);
}
