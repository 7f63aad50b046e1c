// An informer that is stopped when stdin ends; then the process must end by itself.
import { once } from "node:events";
import { createApiClient } from "../../../webhook/cluster/call.ts";
import { startInformer } from "../../../webhook/cluster/informer.ts";
import { readWatchedObject } from "../../../webhook/cluster/watchedObject.ts";
import { buildAccess, THINGS_PATH } from "./resourceStandIn.ts";

const [cluster = ""] = process.argv.slice(2);
const informer = startInformer({
  api: createApiClient(buildAccess(JSON.parse(cluster))),
  path: THINGS_PATH,
  what: "Things",
  read: readWatchedObject,
  onChange: () => undefined,
  onTrouble: () => undefined,
  onUnreadable: () => undefined,
});
await once(process.stdin.resume(), "end");
await informer.stop();
console.log("stopped");
