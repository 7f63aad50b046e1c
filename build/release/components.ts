// What an image consists of: each component with its version, its licence and its files.

import { RUNNER_FILES } from "../../init/contract/places.ts";
import type { BundledPackage } from "../collectLicences.ts";
import { type ImageName, PROGRAM_FILES } from "../images/image.ts";
import { RUNTIME_LICENCES } from "../images/licences.ts";

export interface ImageComponent {
  name: string;
  version: string;
  /** an SPDX expression */
  licence: string;
  /** a package URL: https://github.com/package-url/purl-spec */
  purl: string;
  /** paths in the image, without a slash in front; none: it is linked into a file of another component */
  files: readonly string[];
}

/** The licences of Debian's packages, of those of their files that an image has. */
const DEBIAN_LICENCES: Readonly<Record<string, string>> = {
  libc6: "LGPL-2.1-or-later",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "musl-dev": "MIT",
};

/** The libraries of Node.js as it reports them (process.versions), with their licences. */
const NODE_LIBRARIES: Readonly<Record<string, string>> = {
  acorn: "MIT",
  ada: "MIT",
  amaro: "MIT",
  ares: "MIT",
  brotli: "MIT",
  cjs_module_lexer: "MIT",
  icu: "Unicode-3.0",
  llhttp: "MIT",
  merve: "MIT",
  nbytes: "MIT",
  ncrypto: "MIT",
  nghttp2: "MIT",
  nghttp3: "MIT",
  ngtcp2: "MIT",
  openssl: "Apache-2.0",
  simdjson: "Apache-2.0",
  simdutf: "MIT",
  sqlite: "blessing",
  undici: "MIT",
  uv: "MIT",
  uvwasi: "MIT",
  v8: "BSD-3-Clause",
  zlib: "Zlib",
  zstd: "BSD-3-Clause",
};

/** Entries of process.versions that are no libraries: Node.js itself, versions of interfaces and of data. */
const NO_LIBRARIES: readonly string[] = ["node", "modules", "napi", "cldr", "tz", "unicode"];

export interface ComponentFacts {
  image: ImageName;
  /** Debian's name of the architecture */
  arch: string;
  /** of Rollcall */
  version: string;
  /** the runtime's contents, such as "node 24.21.0, libc6 2.36-9" */
  contents: string;
  /** process.versions of the Node.js in the image */
  nodeVersions: Readonly<Record<string, string | undefined>>;
  /** the npm packages in the program */
  packages: readonly BundledPackage[];
  /** all files of the image */
  files: readonly string[];
}

/**
 * The components of an image. Each of its files belongs to exactly one.
 * @throws if a file, a package or a library of Node.js is not known, or a package names no licence
 */
export function listComponents(facts: ComponentFacts): ImageComponent[] {
  const owners = new Map<string, string[]>();
  for (const file of facts.files) {
    const owner = findOwner(file, facts.image);
    owners.set(owner, [...(owners.get(owner) ?? []), file]);
  }
  const findFiles = (name: string): readonly string[] => owners.get(name) ?? [];
  const runtime = facts.contents.split(", ").map((text): ImageComponent => {
    const [name = "", version = ""] = text.split(" ");
    return name === "node"
      ? { name, version, licence: "MIT", purl: `pkg:generic/node@${version}`, files: findFiles(name) }
      : describeDebian({ name, version, arch: facts.arch, files: findFiles(name) });
  });
  // the launcher, which is the only file that musl is linked into, is in one image
  const used = runtime.filter(({ name, files }) => name !== "musl-dev" || files.length > 0);
  const rollcall: ImageComponent = {
    name: "rollcall",
    version: facts.version,
    licence: "Apache-2.0",
    purl: `pkg:npm/rollcall@${facts.version}`,
    files: findFiles("rollcall"),
  };
  return [
    rollcall,
    ...used,
    ...listNodeLibraries(facts.nodeVersions),
    ...facts.packages.map(describePackage),
  ];
}

/** The component to which a file belongs. @throws if it is unknown */
function findOwner(file: string, image: ImageName): string {
  const own: Readonly<Record<string, string>> = {
    [RUNNER_FILES.node]: "node",
    [RUNTIME_LICENCES.node]: "node",
    [RUNTIME_LICENCES.libc]: "libc6",
    [RUNTIME_LICENCES.gcc]: "libgcc-s1",
    [RUNTIME_LICENCES.musl]: "musl-dev",
    [RUNNER_FILES.launcher]: "rollcall",
  };
  const known = own[file];
  if (known !== undefined) return known;
  if (file.startsWith(`${RUNNER_FILES.libraries}/`)) {
    const library = file.slice(RUNNER_FILES.libraries.length + 1);
    if (library.startsWith("libgcc_s.")) return "libgcc-s1";
    if (library.startsWith("libstdc++.")) return "libstdc++6";
    if (/^(ld\.so|lib(c|dl|m|pthread)\.so\.\d+)$/.test(library)) return "libc6";
  }
  const isProgram = PROGRAM_FILES[image].some((name) => file === name || file.startsWith(`${name}/`));
  if (isProgram) return "rollcall";
  throw new Error(`${file} of image ${image} belongs to no component: say so in build/release/components.ts`);
}

function describeDebian(given: {
  name: string;
  version: string;
  arch: string;
  files: readonly string[];
}): ImageComponent {
  const { name, version, arch, files } = given;
  const licence = DEBIAN_LICENCES[name];
  if (licence === undefined) throw new Error(`the licence of Debian's package ${name} is not known`);
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}`;
  return { name, version, licence, purl, files };
}

function describePackage({ name, version, licence }: BundledPackage): ImageComponent {
  if (licence === null) throw new Error(`the npm package ${name} names no licence`);
  const path = name.startsWith("@") ? `%40${name.slice(1)}` : name;
  return { name, version, licence, purl: `pkg:npm/${path}@${version}`, files: [] };
}

function listNodeLibraries(versions: ComponentFacts["nodeVersions"]): ImageComponent[] {
  return Object.entries(versions).flatMap(([name, version = ""]) => {
    // an empty version: left out of this build of Node.js
    if (NO_LIBRARIES.includes(name) || version === "") return [];
    const licence = NODE_LIBRARIES[name];
    if (licence === undefined) throw new Error(`the licence of ${name}, a library of Node.js, is not known`);
    return [{ name, version, licence, purl: `pkg:generic/${name}@${version}`, files: [] }];
  });
}
