// Removes the release, so that the next suite begins with an empty cluster.
import { TIMEOUT, waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { waitUntilEmpty } from "../../e2e/harness/guarded.ts";
import { type Access, createKubectl } from "../../e2e/harness/kubectl.ts";
import { CHART_MEMBERS, RELEASE_NAMESPACE } from "./chart.ts";

/**
 * Stops the ring, and removes the namespace; does nothing if there is none. The namespace controller would wait half of the
 * members' grace period if they still ran.
 */
export async function removeRelease(access: Access): Promise<void> {
  const k = createKubectl(access, RELEASE_NAMESPACE);
  const set = `statefulset/${CHART_MEMBERS}`;
  if ((await k.try(["get", set])).code === 0) {
    await k.run(["annotate", "--overwrite", set, "rollcall.dev/maintenance=end of the tests"]);
    await waitUntilPasses(() => k.run(["scale", set, "--replicas=0"]));
    await waitUntilEmpty(k, CHART_MEMBERS);
  }
  await k.run(["delete", "namespace", RELEASE_NAMESPACE, "--ignore-not-found", TIMEOUT]);
}
