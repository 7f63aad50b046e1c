// The further ports of a ring's member: folder trees, and the web servers of other members.
import type { World } from "./ports.ts";

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Operations on folders and on files of other programs. Each rejects with a Node.js error that has a `code`. */
export interface TreeReader {
  list(path: string): Promise<readonly FolderEntry[]>;
  /** Reads a regular file of at most 1 MiB. */
  readBytes(path: string): Promise<Uint8Array>;
  /** total size of all files below, in bytes */
  size(path: string): Promise<number>;
  /** free bytes for this user on the volume of a folder */
  free(path: string): Promise<number>;
  /** Removes a folder and its contents; succeeds if it does not exist. */
  removeTree(path: string): Promise<void>;
}

/** The result of a request to a member's web server. */
export type WebAnswer =
  | { readonly is: "answer"; readonly status: number; readonly body: unknown }
  /** connection refused, or the name is not in DNS: the daemon does not run */
  | { readonly is: "silent"; readonly why: string }
  /** timeout, broken answer or no route: the daemon may run */
  | { readonly is: "unclear"; readonly why: string };

/** One GET with a time limit; never rejects. */
export type AskWeb = (url: string) => Promise<WebAnswer>;

export interface RingWorld extends World {
  readonly trees: TreeReader;
  readonly askWeb: AskWeb;
}

/** The CA of the certificates of the members' web servers. */
export interface RingTrust {
  /** a PEM file; null: the system's CAs, unless there is a bundle */
  readonly caFile: string | null;
  /** PEM */
  readonly caBundle?: string | undefined;
}
