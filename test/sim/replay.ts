// Replays one failure from its printed text, and prints every call and every line.
import type { Survivors } from "./disk.ts";
import { readFault } from "./faults.ts";
import { playPair } from "./pair.ts";
import { BEGINNINGS, play } from "./scenario.ts";
import { playSeed } from "./seeds.ts";
import { parseShape } from "./shapes.ts";
import { playSituation } from "./situation.ts";
import { ALL_SITUATIONS } from "./situations/all.ts";

type Trace = (line: string) => void;

/** Throws the error of the failure; rejects a text that is not a failure. */
export async function replay(text: string, trace: Trace): Promise<void> {
  const [kind, rest = ""] = text.includes(":") ? split(text, ":") : [text];
  switch (kind) {
    case "seed":
      return playSeed(Number(rest), trace);
    case "pair": {
      const [shape, switches = ""] = split(rest, "/");
      await playPair(parseShape(shape), switches === "" ? [] : switches.split("+").map(Number), trace);
      return;
    }
    case "situation": {
      const [name, fault = ""] = split(rest, "/");
      const situation = ALL_SITUATIONS.find((each) => each.name === name);
      if (situation === undefined) throw new Error(`there is no situation ${JSON.stringify(name)}`);
      await playSituation(situation, fault === "" ? null : readFault(fault), trace);
      return;
    }
    case "single":
      await replaySingle(rest, trace);
      return;
    default:
      throw new Error(`${JSON.stringify(text)} is not what a failure prints behind --replay`);
  }
}

async function replaySingle(text: string, trace: Trace): Promise<void> {
  const [shape = "", name, faults = "", survivors = ""] = text.split("/");
  const beginning = BEGINNINGS.find((each) => each === name);
  if (beginning === undefined) throw new Error(`there is no beginning ${JSON.stringify(name)}`);
  const list = (words: string): string[] => (words === "" ? [] : words.split("+"));
  const survivor = (word: string): Survivors => (word === "all" || word === "none" ? word : Number(word));
  await play(
    {
      shape: parseShape(shape),
      beginning,
      faults: list(faults).map(readFault),
      survivors: list(survivors).map(survivor),
    },
    trace,
  );
}

function split(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + by.length)];
}
