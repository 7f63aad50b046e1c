// What a ring's member needs from the world beyond the engine's ports: whole folders, and other members' web servers.
import type { World } from "./ports.ts";

/** A folder's entry. A link is neither. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Operations on folders and on what others have written; each rejects with a Node error that has a `code`. */
export interface TreeReader {
  list(path: string): Promise<readonly FolderEntry[]>;
  /** Of a regular file of at most 1 MiB. */
  readBytes(path: string): Promise<Uint8Array>;
  /** bytes that all files below take */
  size(path: string): Promise<number>;
  /** bytes that this user can still write to the volume of a folder */
  free(path: string): Promise<number>;
  /** Removes a folder with all that is in it; that it is not there is fine. */
  removeTree(path: string): Promise<void>;
}

/** What came of asking a member's web server. */
export type WebAnswer =
  | { readonly is: "answer"; readonly status: number; readonly body: unknown }
  /** nothing listens there, or DNS knows no such name: whoever would answer there does not run */
  | { readonly is: "silent"; readonly why: string }
  /** no answer in time, a broken one, no way there: it may well run */
  | { readonly is: "unclear"; readonly why: string };

/** One GET with a time limit; never rejects. */
export type AskWeb = (url: string) => Promise<WebAnswer>;

export interface RingWorld extends World {
  readonly trees: TreeReader;
  readonly askWeb: AskWeb;
}
