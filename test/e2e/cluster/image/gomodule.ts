// A pinned Go module from which programs are built, and the names that follow from it.

/** A Go module at an exact version, the main packages in it, and how to build them. */
export interface GoModule {
  /** Module path, with its major version suffix. */
  readonly module: string;
  /** Without the leading `v`. */
  readonly version: string;
  /** Main packages, relative to the module; "" is the module's root. */
  readonly packages: readonly string[];
  readonly tags?: readonly string[];
  readonly ldflags?: readonly string[];
  /** @default false: pure Go, so a static program that runs on any libc. */
  readonly cgo?: boolean;
  /** Folder in modules/ that two pins share. @default the pin's name */
  readonly folder?: string;
  /** Programs with another name than Go gives them: Go's name to ours. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** Import paths of the main packages. */
export function importPaths(pin: GoModule): string[] {
  return pin.packages.map((path) => (path === "" ? pin.module : `${pin.module}/${path}`));
}
