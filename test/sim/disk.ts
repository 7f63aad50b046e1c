// A volume as a file system may leave it after a power cut: a file's content is durable after fsync of the file, a
// folder's entry after fsync of the folder. Each unsynced operation may survive or not, independently of the others
// (ALICE).

/** undefined: the entry does not exist */
type Entry = string | undefined;

interface UnsyncedOperation {
  folder: string;
  /** the entries after this operation; a rename changes two at once */
  entries: ReadonlyMap<string, Entry>;
}

/** Which unsynced operations survive a power cut: all, none, or only the one with this index. */
export type Survivors = "all" | "none" | number;

export class Disk {
  #now = new Map<string, string>();
  #durable = new Map<string, string>();
  #folders = new Set<string>();
  #durableFolders = new Set<string>();
  #unsynced: UnsyncedOperation[] = [];

  constructor(root: string) {
    this.#folders.add(root);
    this.#durableFolders.add(root);
  }

  read(path: string): string | undefined {
    return this.#now.get(path);
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  makeFolder(path: string): void {
    this.#folders.add(path);
    this.#apply(path, new Map([[`${path}/`, ""]]));
  }

  write(path: string, text: string): void {
    this.#apply(path, new Map([[path, text]]));
  }

  rename(from: string, to: string): void {
    this.#apply(
      to,
      new Map<string, Entry>([
        [from, undefined],
        [to, this.#now.get(from)],
      ]),
    );
  }

  remove(path: string): void {
    this.#apply(path, new Map([[path, undefined]]));
  }

  syncFolder(folder: string): void {
    for (const { entries } of this.#unsynced.filter((each) => each.folder === folder)) this.#keep(entries);
    this.#unsynced = this.#unsynced.filter((each) => each.folder !== folder);
  }

  get unsynced(): number {
    return this.#unsynced.length;
  }

  /** Cuts the power: unsynced writes survive as specified. */
  cut(survivors: Survivors): void {
    for (const [index, { entries }] of this.#unsynced.entries()) {
      if (survivors === "all" || survivors === index) this.#keep(entries);
    }
    this.#unsynced = [];
    this.#folders = new Set(this.#durableFolders);
    // a file does not exist if its folder did not survive
    for (const path of [...this.#durable.keys()]) {
      if (!this.#folders.has(getParentPath(path))) this.#durable.delete(path);
    }
    this.#now = new Map(this.#durable);
  }

  /** Replaces the volume by an empty one. */
  replace(root: string): void {
    this.#now.clear();
    this.#durable.clear();
    this.#unsynced = [];
    this.#folders = new Set([root]);
    this.#durableFolders = new Set([root]);
  }

  #apply(path: string, entries: ReadonlyMap<string, Entry>): void {
    for (const [name, entry] of entries) {
      if (name.endsWith("/")) continue;
      if (entry === undefined) this.#now.delete(name);
      else this.#now.set(name, entry);
    }
    this.#unsynced.push({ folder: getParentPath(path), entries });
  }

  #keep(entries: ReadonlyMap<string, Entry>): void {
    for (const [name, entry] of entries) {
      if (name.endsWith("/")) this.#durableFolders.add(name.slice(0, -1));
      else if (entry === undefined) this.#durable.delete(name);
      else this.#durable.set(name, entry);
    }
  }
}

const getParentPath = (path: string): string => path.slice(0, path.lastIndexOf("/"));
