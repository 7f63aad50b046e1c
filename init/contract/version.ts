// The version of Rollcall, from package.json. esbuild copies it into the bundles.
import manifest from "../../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
