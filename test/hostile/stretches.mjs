// Loaded into a program before its own code: measures for how long its event loop was blocked. It counts CPU time of
// the main thread, since on a busy machine elapsed time is always long, and excludes JSON.parse, which cannot be split.

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
  // for a short text, reading the clock takes longer than parsing
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

/** Resets the measurement, to exclude work that was not the program's. */
export function forget() {
  longest = 0;
  parse = 0;
  parsed = 0;
  last = cpuNow();
}

/** Milliseconds since the last call: the longest stretch without JSON.parse, and the longest JSON.parse. */
export function tell() {
  look();
  const told = { longest, parse };
  forget();
  return told;
}
