// Files for tests of `rollcall check`: profiles with each scale-down policy, and StatefulSets that select them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";

const LEAVE = "leave: {run: [a], verify: [b], timeout: 10s}";

export const CHECK_PROFILES = [
  renderGenericYaml("allow"),
  renderGenericYaml("small", "nodeID: {base: 1, max: 6}"),
  renderGenericYaml("deny", "scaleDown: {policy: Deny}"),
  renderGenericYaml("watched", "scaleDown: {policy: Deny}", "mode: Warn"),
  renderGenericYaml(
    "drained",
    `markers: {volume: data}, scaleDown: {policy: Drained, minReplicas: 1, ${LEAVE}}`,
  ),
  renderGenericYaml(
    "managed",
    `markers: {volume: data}, scaleDown: {policy: Managed, minReplicas: 2, ${LEAVE}}`,
  ),
  renderProfileYaml(
    "om",
    `type: OzoneOM, namespaces: ["*"], ozoneOM: {serviceID: omservice,
    metadata: {volume: data, dirs: /data/metadata}, scaleDown: {policy: Managed, minReplicas: 1}}`,
  ),
].join("");

/** A StatefulSet in namespace shop as a YAML document; profile null: without the label. */
export function setText(name: string, profile: string | null, replicas: number, annotations = "{}"): string {
  const labels = profile === null ? `{app: ${name}}` : `{app: ${name}, rollcall.dev/profile: ${profile}}`;
  const container = profile === "om" ? "om" : "app";
  return `---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ${name}, namespace: shop, annotations: ${annotations}}
spec:
  replicas: ${replicas}
  serviceName: ${name}
  selector: {matchLabels: ${labels}}
  template:
    metadata: {labels: ${labels}}
    spec:
      containers: [{name: ${container}, image: "example.test/app:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates: [{metadata: {name: data}}]
`;
}

/** RING.json with members from om-0 on, which leads. */
export function renderRing(members: number, ill: readonly number[] = []): string {
  const all = Array.from({ length: members }, (_, at) => ({ id: `om-${at}`, healthy: !ill.includes(at) }));
  return JSON.stringify({ leader: "om-0", term: 3, members: all });
}

/** A folder with these files while the work runs. */
export async function withFolder<T>(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-test-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
