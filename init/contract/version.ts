// The version of Rollcall: the package's. esbuild copies it into the bundles.
import manifest from "../../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
