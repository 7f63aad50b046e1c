// Reads from an ELF file what the dynamic loader needs: machine, name, libraries and symbol versions. No external tool
// is used, so that a folder for another architecture can be verified on any machine. Layout: elf(5), and "Symbol
// Versioning" of the Linux Standard Base.
import { BuildProblem } from "./problem.ts";

export interface ElfFile {
  /** e_machine: 62 x86-64, 183 aarch64 */
  machine: number;
  soname: string | null;
  /** the libraries that it needs (DT_NEEDED) */
  needed: readonly string[];
  /** the symbol versions that it needs of each library */
  requires: readonly { library: string; version: string }[];
  /** the symbol versions that it defines */
  provides: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const TAG = { needed: 1, strings: 5, soname: 14, provides: 0x6ffffffc, requires: 0x6ffffffe } as const;
/** A required version with this flag may be missing: the loader only warns. */
const WEAK = 2;

interface ElfSegment {
  type: number;
  offset: number;
  address: number;
  size: number;
}

/**
 * @param name for the message
 * @throws BuildProblem if the bytes are not a 64-bit little-endian ELF file
 */
export function readElf(bytes: Buffer, name: string): ElfFile {
  const magic = bytes.subarray(0, 6).toString("latin1");
  if (magic !== "\x7fELF\x02\x01") throw new BuildProblem(`${name} is not a 64 bit little endian ELF file`);
  const segments = readSegments(bytes);
  const tags = readDynamicSection(bytes, segments);
  const place = (tag: number): number | null => {
    const address = tags.find(([found]) => found === tag)?.[1];
    return address === undefined ? null : findOffset(address, segments, name);
  };
  const strings = place(TAG.strings) ?? 0;
  const text = (at: number): string => bytes.toString("utf8", strings + at, bytes.indexOf(0, strings + at));
  const soname = tags.find(([tag]) => tag === TAG.soname);
  return {
    machine: bytes.readUInt16LE(18),
    soname: soname === undefined ? null : text(soname[1]),
    needed: tags.filter(([tag]) => tag === TAG.needed).map(([, at]) => text(at)),
    requires: readRequired(bytes, place(TAG.requires), text),
    provides: readProvided(bytes, place(TAG.provides), text),
  };
}

function readSegments(bytes: Buffer): ElfSegment[] {
  const first = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = first + index * size;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}

/** The entries of the dynamic section, as tag and value. A static program has none. */
function readDynamicSection(bytes: Buffer, segments: readonly ElfSegment[]): (readonly [number, number])[] {
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  return Array.from({ length: dynamic.size / 16 }, (_, index) => {
    const at = dynamic.offset + index * 16;
    return [Number(bytes.readBigUInt64LE(at)), Number(bytes.readBigUInt64LE(at + 8))] as const;
  });
}

function findOffset(address: number, segments: readonly ElfSegment[], name: string): number {
  const holder = segments.find(
    (segment) =>
      segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.size,
  );
  if (holder === undefined) throw new BuildProblem(`${name}: address ${address} is in none of its segments`);
  return address - holder.address + holder.offset;
}

function readRequired(
  bytes: Buffer,
  first: number | null,
  text: (at: number) => string,
): ElfFile["requires"] {
  return chain(bytes, first, 12).flatMap((file) => {
    const library = text(bytes.readUInt32LE(file + 4));
    return chain(bytes, file + bytes.readUInt32LE(file + 8), 12)
      .filter((aux) => (bytes.readUInt16LE(aux + 4) & WEAK) === 0)
      .map((aux) => ({ library, version: text(bytes.readUInt32LE(aux + 8)) }));
  });
}

function readProvided(bytes: Buffer, first: number | null, text: (at: number) => string): string[] {
  return chain(bytes, first, 16).map((at) => text(bytes.readUInt32LE(at + bytes.readUInt32LE(at + 12))));
}

/** The offsets of the records of a linked list: each has, at `link`, the distance to the next one, 0 in the last. */
function chain(bytes: Buffer, first: number | null, link: number): number[] {
  const offsets: number[] = [];
  for (let at = first; at !== null; ) {
    offsets.push(at);
    const distance = bytes.readUInt32LE(at + link);
    at = distance === 0 ? null : at + distance;
  }
  return offsets;
}
