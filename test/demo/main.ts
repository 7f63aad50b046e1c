// `npm run demo`: the main job, end to end, in seconds.
import { embedded } from "./embedded.ts";

process.exitCode = (await embedded()) ? 0 : 1;
