// Loaded into the built webhook before its own code: reads the service account's files from a folder of the test, since
// this machine is not a pod; and reports over the process's channel how long the event loop was blocked.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { forget, tell } from "./stretches.mjs";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const folder = process.env.TEST_SERVICE_ACCOUNT ?? "";

const moved = (path) =>
  typeof path === "string" && path.startsWith(ACCOUNT) ? folder + path.slice(ACCOUNT.length) : path;

for (const module of [fs, fs.promises]) {
  for (const name of ["access", "accessSync", "existsSync", "readFile", "readFileSync", "stat", "statSync"]) {
    const original = module[name];
    if (original === undefined) continue;
    module[name] = (path, ...rest) => original.call(module, moved(path), ...rest);
  }
}
syncBuiltinESMExports();

process.on("message", (question) => {
  if (question === "collect") {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.({ held: heapUsed + external });
    // the garbage collection blocked, not the webhook
    forget();
    return;
  }
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send?.({ ...tell(), heapUsed, rss, cpuMs: (user + system) / 1000 });
});
// the channel must not keep a drained server alive
process.channel?.unref();
