// Files for the tests of `rollcall check`: profiles of every drop policy, and StatefulSets that pick them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PROFILES = `profiles:
  allow: {kind: generic, namespaces: ["*"], containers: [app]}
  small: {kind: generic, namespaces: ["*"], containers: [app], nodeId: {max: 6}}
  deny: {kind: generic, namespaces: ["*"], containers: [app], drop: {policy: deny}}
  watched: {kind: generic, mode: warn, namespaces: ["*"], containers: [app], drop: {policy: deny}}
  drained:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    leave: {run: [a], verify: [b]}
    drop: {policy: drained}
  managed:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    leave: {run: [a], verify: [b], timeout: 10s}
    drop: {policy: managed, minReplicas: 2}
  om: {kind: ozone-om, namespaces: ["*"], serviceId: omservice}
`;

/** A StatefulSet of namespace shop as a YAML document; no profile: without our label. */
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

/** RING.json of members om-0.. of which om-0 leads. */
export function ringText(members: number, ill: readonly number[] = []): string {
  const all = Array.from({ length: members }, (_, at) => ({ id: `om-${at}`, healthy: !ill.includes(at) }));
  return JSON.stringify({ leader: "om-0", term: 3, members: all });
}

/** A folder with these files, for as long as the work takes. */
export async function inFolder<T>(
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
