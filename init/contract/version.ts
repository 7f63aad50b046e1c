// The version of this build. esbuild puts it in (build/bundle.ts); in a checkout there is no build.
declare const ROLLCALL_VERSION: string | undefined;

/** The package's version in a bundle, "checkout" when the sources run as they are. */
export const VERSION: string = typeof ROLLCALL_VERSION === "string" ? ROLLCALL_VERSION : "checkout";
