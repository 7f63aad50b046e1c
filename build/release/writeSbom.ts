// The bill of materials of an image in CycloneDX 1.6, as JSON. Nothing in it depends on the time, so that a release can be
// repeated: it has no serial number and no timestamp.
import { sha256 } from "../images/layer.ts";
import type { ImageComponent } from "./components.ts";

export interface SbomInput {
  /** the image's name, with registry and tag */
  reference: string;
  version: string;
  arch: string;
  components: readonly ImageComponent[];
  /** the contents of the image's files, by path */
  files: ReadonlyMap<string, Buffer>;
}

/** @returns the document as text */
export function writeSbom({ reference, version, arch, components, files }: SbomInput): string {
  const hash = (path: string): string => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`${path} is not in ${reference}`);
    return sha256(bytes);
  };
  const image = `pkg:oci/${reference.split("/").at(-1)?.split(":")[0]}@${version}?arch=${arch}`;
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { type: "container", "bom-ref": image, name: reference, version, purl: image },
      properties: [{ name: "rollcall:architecture", value: arch }],
    },
    components: components.map((component) => ({
      type: component.name === "rollcall" ? "application" : "library",
      "bom-ref": component.purl,
      name: component.name,
      version: component.version,
      licenses: [{ expression: component.licence }],
      purl: component.purl,
      ...(component.files.length === 0
        ? {}
        : {
            components: component.files.map((path) => ({
              type: "file",
              "bom-ref": `${component.purl}#${path}`,
              name: `/${path}`,
              hashes: [{ alg: "SHA-256", content: hash(path) }],
            })),
          }),
    })),
    dependencies: [{ ref: image, dependsOn: components.map(({ purl }) => purl) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
