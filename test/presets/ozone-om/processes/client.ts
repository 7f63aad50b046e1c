// A real client that writes into the ring all the while, and reads back what was acknowledged.
import { join } from "node:path";
import { SERVICE } from "./conf.ts";
import { type Place, until } from "./place.ts";

export interface RingClient {
  acknowledged(): string[];
  /** stops writing */
  stop(): Promise<string[]>;
  /** which of these names are not there, each with the reason */
  missing(names: readonly string[]): Promise<string[]>;
}

const linesOf = (text: string, word: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1));

/** Starts the client; resolves once the first name was acknowledged. */
export async function openClient(place: Place): Promise<RingClient> {
  const conf = await place.conf("client", null, join(place.home, "client"));
  const writer = place.start("client", ["client", "write", SERVICE], conf);
  const acknowledged = (): string[] => linesOf(writer.printed(), "ACK");
  await until("the client's first acknowledgement", 180, () => acknowledged().length > 0);
  return {
    acknowledged,
    stop: async () => {
      await writer.end();
      return acknowledged();
    },
    missing: async (names) => {
      const reader = place.start("reader", ["client", "check", SERVICE], conf, `${names.join("\n")}\n`);
      const ended = await reader.ended;
      const there = linesOf(reader.printed(), "THERE");
      if (ended !== 0 || there.length + linesOf(reader.printed(), "MISSING").length !== names.length) {
        throw new Error(`the reader ended with ${ended} after ${there.length} of ${names.length} names`);
      }
      return linesOf(reader.printed(), "MISSING");
    },
  };
}
