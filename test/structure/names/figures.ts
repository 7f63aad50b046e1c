// The figures on names and references: each is a list of findings, whose length is the number.
import { basename, dirname } from "node:path";
import { listBrokenReferences } from "./references.ts";
import {
  type Declaration,
  type DeclaredFunction,
  type Finding,
  readSources,
  type SourcePart,
  type Sources,
} from "./sources.ts";
import { ACTS_THAT_TELL, EXCEPTIONS, NOUNS, PARTICIPLES, PREDICATES, VERBS } from "./words.ts";

export const FIGURES = {
  namedOf: "functions named xOf",
  exportedTwice: "names exported by more than one file",
  noVerb: "exported functions that do not begin with a verb",
  participles: "types named by one participle",
  noPredicate: "exported booleans that do not read as predicates",
  misnamedFiles: "files that are not named after their only export",
  brokenReferences: "references that do not resolve",
} as const;

export type Figure = keyof typeof FIGURES;

export interface NameReport {
  readonly findings: Readonly<Record<Figure, readonly Finding[]>>;
  readonly functions: Readonly<Record<SourcePart, number>>;
  readonly exportedFunctions: Readonly<Record<SourcePart, number>>;
  readonly types: Readonly<Record<SourcePart, number>>;
}

/** @throws Error if the root is not a checkout of this repository */
export async function measureNames(root: string): Promise<NameReport> {
  const sources = readSources(root);
  const { functions, types, flags } = sources;
  const exported = functions.filter((one) => one.exported);
  const booleans = [...exported.filter((one) => one.boolean && !tellsByAct(one.name)), ...flags];
  return {
    findings: {
      namedOf: functions.filter(({ name }) => isNamedOf(name)).map(asFinding),
      exportedTwice: findExportedTwice(sources),
      noVerb: exported.filter(({ name }) => !beginsWithVerb(name)).map(asFinding),
      participles: types.filter(({ name }) => isParticiple(name)).map(asFinding),
      noPredicate: booleans.filter(({ name }) => !readsAsPredicate(name)).map(asFinding),
      misnamedFiles: findMisnamedFiles(sources),
      brokenReferences: await listBrokenReferences(root, sources.comments),
    },
    functions: countByPart(functions),
    exportedFunctions: countByPart(exported),
    types: countByPart(types),
  };
}

export function readFirstWord(name: string): string {
  return /^[a-z]+/.exec(name)?.[0] ?? name;
}

/** `memberOf`, but not `isMemberOf` or `listMembersOf`. */
export function isNamedOf(name: string): boolean {
  return (
    !(name in EXCEPTIONS) &&
    /^[a-z]\w*Of$/.test(name) &&
    !(isKnownFirst(name) && /^[a-z]+[A-Z]\w*Of$/.test(name))
  );
}

export function beginsWithVerb(name: string): boolean {
  return name in EXCEPTIONS || (isKnownFirst(name) && !isNamedOf(name));
}

function isKnownFirst(name: string): boolean {
  const first = readFirstWord(name);
  return VERBS.has(first) || PREDICATES.has(first) || /^to[A-Z]/.test(name);
}

export function readsAsPredicate(name: string): boolean {
  if (/^[A-Z]/.test(name)) return PREDICATES.has(name.split("_")[0]?.toLowerCase() ?? "");
  return name in EXCEPTIONS || PREDICATES.has(readFirstWord(name));
}

function tellsByAct(name: string): boolean {
  return ACTS_THAT_TELL.has(readFirstWord(name));
}

export function isParticiple(name: string): boolean {
  return /^[A-Z][a-z]+$/.test(name) && !NOUNS.has(name) && (PARTICIPLES.has(name) || /(ed|ing)$/.test(name));
}

function findExportedTwice({ exports }: Sources): Finding[] {
  const places = Map.groupBy(
    [...exports.values()].flatMap((all) => distinct(all)),
    ({ name }) => name,
  );
  return [...places.values()].flatMap((all) => {
    const [first, ...more] = all.toSorted((a, b) => rank(a) - rank(b));
    const last = more.at(-1);
    if (first === undefined || last === undefined || first.name in EXCEPTIONS) return [];
    // it counts as the tests' name unless the product declares it twice
    const part = more.some((one) => one.part === "product") ? "product" : "test";
    return [
      {
        ...asFinding(first),
        part,
        text: `${first.name}, also in ${more.map(({ file }) => file).join(", ")}`,
      },
    ];
  });
}

/** A constant and a type of one name in one file count as one. */
function distinct(all: readonly Declaration[]): Declaration[] {
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

const rank = ({ part }: Declaration): number => (part === "product" ? 0 : 1);

function findMisnamedFiles({ exports }: Sources): Finding[] {
  return [...exports].flatMap(([file, all]) => {
    const [only, ...more] = distinct(all);
    if (only === undefined || more.length > 0 || isNamedAfter(file, only.name)) return [];
    return [asFinding(only)];
  });
}

/** The two entry files of a preset, whose paths are fixed (docs/adding-a-preset.md). */
const ENTRY = /^presets\/[^/]+\/(webhook|runner\/preset)\.ts$/;

/** `lock/acquire.ts` may export `acquireLock`, `ozone-om/profile/compile.ts` `compileOzone`; dots and dashes do not count. */
export function isNamedAfter(file: string, name: string): boolean {
  if (ENTRY.test(file)) return true;
  const plain = (text: string): string => text.replace(/[^a-z0-9]/gi, "").toLowerCase();
  const own = plain(basename(file).replace(/\.ts$/, ""));
  const folders = dirname(file)
    .split("/")
    .flatMap((folder) => [folder, ...folder.split("-")])
    .map(plain);
  const names = [own, ...folders.flatMap((folder) => [own + folder, folder + own])];
  return names.includes(plain(name));
}

function asFinding({ part, file, line, name }: Declaration | DeclaredFunction): Finding {
  return { part, file, line, text: name };
}

export function countByPart(all: readonly { readonly part: SourcePart }[]): Record<SourcePart, number> {
  const product = all.filter(({ part }) => part === "product").length;
  return { product, test: all.length - product };
}
