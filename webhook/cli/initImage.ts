// The init image of manifests/base, since the offline commands cannot read it from a cluster.
import { VERSION } from "../../init/contract/version.ts";

export const INIT_IMAGE = `registry.local/rollcall/init:${VERSION}`;
