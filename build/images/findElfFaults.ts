// Decides whether a runner folder is whole: one architecture, and nothing that the loader would look for in
// vain. This is all that can be known of an architecture that does not run here.
import type { ElfFile } from "./elf.ts";

/** From 2.34 on the look-ups of names (files, DNS) are in libc.so.6 itself and no library is loaded for them. */
const LOOKUPS_BUILT_IN = "GLIBC_2.34";

/**
 * @param files the ELF files of the folder, by their path in it
 * @param machine e_machine that all of them must have
 * @returns what is wrong, one sentence each; empty when the folder is whole
 */
export function findElfFaults(files: ReadonlyMap<string, ElfFile>, machine: number): string[] {
  const libraries = new Map([...files.values()].map((elf) => [elf.soname, elf]));
  const found = [...files].flatMap(([path, elf]) => [
    ...(elf.machine === machine ? [] : [`${path} is for machine ${elf.machine}, not ${machine}`]),
    ...elf.needed
      .filter((name) => !libraries.has(name))
      .map((name) => `${path} needs ${name}, which is not there`),
    ...elf.requires
      .filter(({ library, version }) => libraries.get(library)?.provides.includes(version) === false)
      .map(({ library, version }) => `${path} needs ${version} of ${library}, which is older`),
  ]);
  if (libraries.get("libc.so.6")?.provides.includes(LOOKUPS_BUILT_IN) === false) {
    found.push("libc.so.6 is older than 2.34: it would load libraries for DNS that are not there");
  }
  return found;
}
