// One Go module that we build programs of: the shape of a pin, and the names that follow from it.

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
  /** Folder in modules/ where two pins share one. @default the pin's name */
  readonly folder?: string;
  /** Programs whose name is not that of their package's folder: what Go calls it, what we do. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** Import paths of the main packages. */
export function importPaths(pin: GoModule): string[] {
  return pin.packages.map((path) => (path === "" ? pin.module : `${pin.module}/${path}`));
}
