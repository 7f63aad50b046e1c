// Loaded into a program before its own code: how long its event loop was kept by one stretch of work. By the main
// thread's own CPU time, since a busy machine makes any stretch long; and without JSON.parse, which no program divides.

const TICK_MS = 2;

let longest = 0;
let parse = 0;
let parsed = 0;
let last = cpuNow();

function cpuNow() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function look() {
  const now = cpuNow();
  longest = Math.max(longest, now - last - parsed);
  parsed = 0;
  last = now;
}
setInterval(look, TICK_MS).unref();

const parseJson = JSON.parse;
JSON.parse = (...words) => {
  const text = words[0];
  // to look at the clock takes longer than a short text
  if (typeof text === "string" && text.length < 16_384) return parseJson(...words);
  const began = cpuNow();
  try {
    return parseJson(...words);
  } finally {
    const took = cpuNow() - began;
    parsed += took;
    parse = Math.max(parse, took);
  }
};

/** Begins anew: what was done until now was not the program's. */
export function forget() {
  longest = 0;
  parse = 0;
  parsed = 0;
  last = cpuNow();
}

/** Milliseconds, since it was asked last: of the longest stretch beside JSON.parse, and of the longest JSON.parse. */
export function tell() {
  look();
  const told = { longest, parse };
  forget();
  return told;
}
