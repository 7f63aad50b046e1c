// The command by which a person takes a lost member out of its ring, from the lowest healthy other one: the pod of the
// lost one has no daemon. The server looks at the id alone, so that its address need not resolve (facts/ozone.md 2, 9).
import type { Around } from "./around.ts";
import type { Seen } from "./decide/seen.ts";

/** For the shell of whoever reads it; null where nobody leads who could carry it out. */
export function takeOutOf({ plan, ozone, me }: Around, { live, superset }: Seen): string | null {
  if (live.is !== "led") return null;
  const { members } = live.ring;
  const from = superset.find((id) => id !== me && members.some((each) => each.id === id && each.healthy));
  if (from === undefined) return null;
  const { serviceId, command } = ozone;
  const staying = members.map(({ id }) => id).filter((id) => id !== me);
  const here = "127.0.0.1";
  return [
    ...["kubectl", "-n", plan.identity.namespace, "exec", from, "--", "env", "JAVA_OPTS=-Xmx128m"],
    ...[...command, "admin", `--set=ozone.om.nodes.${serviceId}=${staying.toSorted().join(",")}`],
    ...[`--set=ozone.om.address.${serviceId}.${me}=${here}`, "om", "decommission"],
    ...[`--service-id=${serviceId}`, `--nodeid=${me}`, `--node-host-address=${here}`, "--force"],
  ].join(" ");
}
