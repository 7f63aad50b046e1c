// All profiles at one moment: the active ones, and why the others are not active.
import type { SpecFault } from "./fault.ts";
import type { Profile } from "./profile.ts";
import { type NumberRange, overlaps } from "./range.ts";

/** Why a stored profile is not active. */
export interface Rejection {
  readonly reason: "Invalid" | "Conflict";
  /** a sentence, or one line `FIELD: FAULT` for each fault */
  readonly message: string;
}

/** A profile as stored, or as read from a file. */
export interface ProfileCandidate {
  readonly name: string;
  /** RFC 3339, to the second; empty for files, which keep their order */
  readonly createdAt: string;
  readonly read: { readonly profile: Profile } | { readonly faults: readonly SpecFault[] };
}

/** Active profiles by name, and why the others are not active. */
export class Profiles {
  readonly #active: ReadonlyMap<string, Profile>;
  readonly #rejected: ReadonlyMap<string, Rejection>;

  constructor(active: ReadonlyMap<string, Profile>, rejected: ReadonlyMap<string, Rejection> = new Map()) {
    this.#active = active;
    this.#rejected = rejected;
  }

  get(name: string): Profile | undefined {
    return this.#active.get(name);
  }

  /** Why the profile is not active; undefined: it is active, or it does not exist. */
  getRejection(name: string): Rejection | undefined {
    return this.#rejected.get(name);
  }

  keys(): Iterable<string> {
    return this.#active.keys();
  }

  values(): Iterable<Profile> {
    return this.#active.values();
  }

  get size(): number {
    return this.#active.size;
  }

  countRejected(reason: Rejection["reason"]): number {
    return [...this.#rejected.values()].filter((each) => each.reason === reason).length;
  }

  /** A copy in which this profile replaces the one of its name, without a check for conflicts. */
  withProfile(profile: Profile): Profiles {
    const rejected = new Map(this.#rejected);
    rejected.delete(profile.name);
    return new Profiles(new Map(this.#active).set(profile.name, profile), rejected);
  }
}

/**
 * Decides which profiles are active. If the numbers of two profiles overlap in a pool, the older one is active. Names break
 * ties, since creation times have seconds only, so all replicas of the webhook decide alike.
 */
export function resolveProfiles(candidates: readonly ProfileCandidate[]): Profiles {
  const active = new Map<string, Profile>();
  const rejected = new Map<string, Rejection>();
  const pools = new Map<string, Profile[]>();
  for (const { name, read } of candidates.toSorted(compareAge)) {
    if ("faults" in read) {
      rejected.set(name, { reason: "Invalid", message: formatFaults(read.faults) });
      continue;
    }
    const { profile } = read;
    const { pool } = profile.nodeId;
    const sharing = pool === null ? [] : (pools.get(pool) ?? []);
    const older = sharing.find(({ nodeId }) => overlaps(nodeId, profile.nodeId));
    if (older !== undefined) {
      rejected.set(name, { reason: "Conflict", message: describeConflict(profile, older) });
      continue;
    }
    active.set(name, profile);
    if (pool === null) continue;
    sharing.push(profile);
    pools.set(pool, sharing);
  }
  return new Profiles(active, rejected);
}

function compareAge(a: ProfileCandidate, b: ProfileCandidate): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  if (a.createdAt === "") return 0;
  return a.name < b.name ? -1 : 1;
}

/** The first active profile of another name whose numbers overlap with those of `profile`. */
export function findOverlap(profile: Profile, profiles: Profiles): Profile | null {
  for (const other of profiles.values())
    if (other.name !== profile.name && overlaps(other.nodeId, profile.nodeId)) return other;
  return null;
}

export function describeConflict(mine: Profile, other: Profile): string {
  const show = ({ base, size }: NumberRange): string => `${base} to ${base + size - 1}`;
  return (
    `numbers ${show(mine.nodeId)} overlap with ${show(other.nodeId)} of profile ${other.name} in pool ${mine.nodeId.pool}; ` +
    `choose base and size so that the ranges of all profiles in a pool are disjoint`
  );
}

/** Formats each fault as a line, `spec.generic.steps[0].run: MESSAGE`. */
export const formatFaults = (faults: readonly SpecFault[]): string => faults.map(formatFault).join("\n");

const formatFault = ({ path, message }: SpecFault): string =>
  path.length === 0 ? message : `${formatPath(path)}: ${message}`;

/** Formats a path like the API server: spec.generic.steps[0].run. */
export const formatPath = (path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${part}`,
    "",
  );
