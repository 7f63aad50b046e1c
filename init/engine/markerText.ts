// What all writers of a pod's marker do alike: its text, and what becomes of a torn one before it is written over.
import { digestOf } from "../contract/digest.ts";
import { MARKER_SCHEMA, type Marker, writeMarker } from "../contract/marker.ts";
import type { Plan } from "../contract/plan.ts";
import { VERSION } from "../contract/version.ts";
import type { Failure } from "./failure.ts";
import type { World } from "./ports.ts";
import type { MarkerStore } from "./stores/store.ts";

/** The text of this pod's marker with these entries, written now. */
export function markerText(
  plan: Plan,
  world: Pick<World, "podUid" | "now">,
  { steps, result }: Pick<Marker, "steps" | "result">,
): string {
  return writeMarker({
    schema: MARKER_SCHEMA,
    ...plan.identity,
    podUid: world.podUid,
    release: plan.release,
    planDigest: digestOf(plan),
    steps,
    result,
    writtenAt: world.now().toISOString(),
    toolVersion: VERSION,
  });
}

/**
 * Keeps what cannot be read under another name, before it is written over.
 * @param torn the stores whose marker is; the one that was kept is taken out
 */
export async function keepTorn(
  store: MarkerStore,
  { torn, world }: { torn: Set<MarkerStore>; world: Pick<World, "log"> },
): Promise<Failure | null> {
  if (!torn.has(store)) return null;
  const aside = await store.setAside("torn");
  if ("why" in aside) return store.unusable(`what lies there could not be kept: ${aside.why}`);
  world.log(`what lay there is kept as ${aside.kept}`);
  torn.delete(store);
  return null;
}
