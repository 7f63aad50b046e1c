// `npm run docs`: writes all generated documents. To add one, add a line to DOCUMENTS.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderDenialsDocument } from "../test/webhook/scaleDown/renderDenialsDocument.ts";
import { writeCrd } from "./crd.ts";
import { CHART_FILES } from "./manifests/chart.ts";
import { withOwnVersion } from "./manifests/withOwnVersion.ts";
import { withDenial } from "./withDenial.ts";
import { writeCodes } from "./writeCodes.ts";
import { writeProfileReference } from "./writeProfileReference.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface GeneratedDocument {
  /** from the root of the repository */
  readonly path: string;
  /** Builds the text that the file should have. */
  build(this: void): string | Promise<string>;
}

export const DOCUMENTS: readonly GeneratedDocument[] = [
  {
    path: "README.md",
    build: async () => withDenial(await readDocument("README.md"), await renderDenialsDocument()),
  },
  { path: "docs/codes.md", build: async () => writeCodes(await renderDenialsDocument()) },
  { path: "docs/profile-reference.md", build: writeProfileReference },
  { path: "docs/denials.md", build: renderDenialsDocument },
  { path: "manifests/base/crd.yaml", build: writeCrd },
  {
    path: "manifests/base/deployment.yaml",
    build: async () => withOwnVersion(await readDocument("manifests/base/deployment.yaml")),
  },
  // after the files from which they are built
  ...CHART_FILES,
];

export const readDocument = (path: string): Promise<string> => readFile(join(ROOT, path), "utf8");

if (import.meta.main) {
  for (const { path, build } of DOCUMENTS) {
    const now = existsSync(join(ROOT, path)) ? await readDocument(path) : null;
    const text = await build();
    if (text !== now) await writeFile(join(ROOT, path), text);
    console.log(`${path}: ${text === now ? "is current" : "written"}`);
  }
}
