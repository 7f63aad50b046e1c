// The init image as manifests/base names it; the offline commands have no cluster to ask.
import { VERSION } from "../../init/contract/version.ts";

export const INIT_IMAGE = `registry.local/rollcall/init:${VERSION}`;
