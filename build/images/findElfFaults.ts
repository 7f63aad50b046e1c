// Verifies that a runner folder is complete: all files have one architecture, and the loader finds everything that it
// needs. No more can be verified for an architecture that does not run on this machine.
import type { ElfFile } from "./elf.ts";

/** Since glibc 2.34 name lookups (files, DNS) are in libc.so.6, and no NSS library is loaded for them. */
const LOOKUPS_BUILT_IN = "GLIBC_2.34";

/**
 * @param files the ELF files of the folder by path
 * @param machine e_machine that all of them must have
 * @returns a sentence for each fault; empty if the folder is complete
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
