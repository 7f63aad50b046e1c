// `npm run docs`: writes every document that is made from the programs, or a part of it. A new one is a line in DOCUMENTS.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { denialsFile } from "../test/webhook/scaleDown/denialsDocument.ts";
import { withCodes } from "./codes.ts";
import { writeCrd } from "./crd.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface GeneratedDocument {
  /** from the root of the repository */
  readonly path: string;
  /** Builds the whole text as it must be, from the text that is there. */
  build(this: void, now: string): string | Promise<string>;
}

export const DOCUMENTS: readonly GeneratedDocument[] = [
  { path: "README.md", build: withCodes },
  { path: "docs/denials.md", build: denialsFile },
  { path: "manifests/base/crd.yaml", build: writeCrd },
];

export const readDocument = (path: string): Promise<string> => readFile(join(ROOT, path), "utf8");

if (import.meta.main) {
  for (const { path, build } of DOCUMENTS) {
    const now = await readDocument(path);
    const text = await build(now);
    if (text !== now) await writeFile(join(ROOT, path), text);
    console.log(`${path}: ${text === now ? "is current" : "written"}`);
  }
}
