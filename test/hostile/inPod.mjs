// Loaded into the built webhook before its own code: this machine is no pod, so the service account's files are read
// from a folder of the test's; and the test asks, over the process's channel, how long the event loop stood still.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { performance } from "node:perf_hooks";

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

// The longest time between two turns of the loop, and the longest JSON.parse, which no server of Node's can divide.
let longest = 0;
let parse = 0;
let last = performance.now();
const look = () => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
};
const TICK_MS = 2;
setInterval(look, TICK_MS).unref();

const parseJson = JSON.parse;
JSON.parse = (...words) => {
  const began = performance.now();
  try {
    return parseJson(...words);
  } finally {
    parse = Math.max(parse, performance.now() - began);
  }
};

process.on("message", (question) => {
  if (question === "collect") {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.({ held: heapUsed + external });
    // the collection stood still, not the webhook
    last = performance.now();
    return;
  }
  look();
  const { heapUsed, rss } = process.memoryUsage();
  const cpu = process.cpuUsage();
  process.send?.({ longest, parse, heapUsed, rss, cpuMs: (cpu.user + cpu.system) / 1000 });
  longest = 0;
  parse = 0;
  last = performance.now();
});
// the channel must not keep a drained server alive
process.channel?.unref();
