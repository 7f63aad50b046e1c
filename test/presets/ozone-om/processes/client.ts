// A real client that writes into the ring all the time, and reads back what was acknowledged.
import { join } from "node:path";
import { SERVICE_ID } from "./conf.ts";
import { type RingPlace, waitUntil } from "./place.ts";

export interface ClientProcess {
  acknowledged(): string[];
  /** stops writing */
  stop(): Promise<string[]>;
  /** those of these names that are missing, each with the reason */
  missing(names: readonly string[]): Promise<string[]>;
}

const selectLines = (text: string, word: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1));

/** Starts the client; resolves when the first name is acknowledged. */
export async function startClientProcess(place: RingPlace): Promise<ClientProcess> {
  const conf = await place.conf("client", null, join(place.home, "client"));
  const writer = place.start("client", ["client", "write", SERVICE_ID], conf);
  const acknowledged = (): string[] => selectLines(writer.printed(), "ACK");
  await waitUntil("the client's first acknowledgement", 180, () => acknowledged().length > 0);
  return {
    acknowledged,
    stop: async () => {
      await writer.end();
      return acknowledged();
    },
    missing: async (names) => {
      const reader = place.start("reader", ["client", "check", SERVICE_ID], conf, `${names.join("\n")}\n`);
      const ended = await reader.ended;
      const there = selectLines(reader.printed(), "THERE");
      if (ended !== 0 || there.length + selectLines(reader.printed(), "MISSING").length !== names.length) {
        throw new Error(`the reader ended with ${ended} after ${there.length} of ${names.length} names`);
      }
      return selectLines(reader.printed(), "MISSING");
    },
  };
}
