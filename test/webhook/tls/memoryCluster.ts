// A stand-in for the API server: Secrets and webhook configurations in memory, with resourceVersions, conflicts and the
// JSON patch's `test` of an entry's name. Each call takes a turn of the event loop, so that concurrent callers
// interleave.
import { setImmediate as turn } from "node:timers/promises";
import type { ClusterApi, ConfigurationKind, StoredSecret } from "../../../webhook/cluster/api.ts";

interface Entry {
  name: string;
  caBundle: string;
}

export class MemoryCluster implements ClusterApi {
  /** all writes, in order */
  readonly writes: string[] = [];
  readonly configurations = new Map<ConfigurationKind, Entry[]>();
  /** called after a configuration was read, before the reader gets it */
  afterRead: (kind: ConfigurationKind) => void = () => undefined;
  readonly #secrets = new Map<string, StoredSecret>();
  #version = 0;

  constructor(mutating: readonly string[], validating: readonly string[]) {
    const empty = (name: string): Entry => ({ name, caBundle: "" });
    this.configurations.set("mutating", mutating.map(empty));
    this.configurations.set("validating", validating.map(empty));
  }

  /** The CA bundles of all entries, as text. */
  get bundles(): string[] {
    return [...this.configurations.values()]
      .flat()
      .map(({ caBundle }) => Buffer.from(caBundle, "base64").toString());
  }

  /** A key of a Secret, as text. */
  secretText(namespace: string, name: string, key: string): string {
    return Buffer.from(this.#secrets.get(`${namespace}/${name}`)?.data[key] ?? "", "base64").toString();
  }

  async initContainers(): Promise<{ name: string; image: string }[]> {
    await turn();
    return [];
  }

  async configMapUid(): Promise<null> {
    await turn();
    return null;
  }

  async readSecret(namespace: string, name: string): Promise<StoredSecret | null> {
    await turn();
    return this.#secrets.get(`${namespace}/${name}`) ?? null;
  }

  async writeSecret(
    secret: { namespace: string; name: string; data: Record<string, string> },
    replaces: string | null,
  ): Promise<boolean> {
    await turn();
    const key = `${secret.namespace}/${secret.name}`;
    if ((this.#secrets.get(key)?.resourceVersion ?? null) !== replaces) return false;
    this.#version += 1;
    this.#secrets.set(key, { data: { ...secret.data }, resourceVersion: String(this.#version) });
    this.writes.push(`Secret ${key}`);
    return true;
  }

  async readConfiguration(kind: ConfigurationKind, name: string): Promise<{ entries: Entry[] }> {
    await turn();
    const entries = structuredClone(this.#entries(kind, name));
    this.afterRead(kind);
    return { entries };
  }

  async setCaBundle(kind: ConfigurationKind, name: string, entry: Entry & { index: number }): Promise<void> {
    await turn();
    const found = this.#entries(kind, name)[entry.index];
    if (found?.name !== entry.name) {
      // the API server's message for a failed `test` operation
      throw new Error(`HTTP-Code: 422\nMessage: testing path /webhooks/${entry.index}/name failed`);
    }
    found.caBundle = entry.caBundle;
    this.writes.push(`${kind} ${entry.name}`);
  }

  #entries(kind: ConfigurationKind, name: string): Entry[] {
    const entries = this.configurations.get(kind);
    if (entries === undefined || name !== "rollcall") {
      throw new Error(`HTTP-Code: 404\nMessage: ${kind} webhook configuration ${name} not found\nBody: {}`);
    }
    return entries;
  }
}
