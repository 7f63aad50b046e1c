// The web servers of Ozone's daemons, asked for their beans: one GET, a short limit, every end of it a value.
import { readFile } from "node:fs/promises";
import { get as getPlain, type IncomingMessage, Agent as PlainAgent } from "node:http";
import { Agent, get } from "node:https";
import { codeOf, networkWords } from "../contract/network.ts";
import type { AskWeb, WebAnswer } from "../ozone/ports.ts";

const LIMIT_MS = 3_000;

/** The beans that we ask for are a few KiB. */
const LARGEST_BYTES = 1024 * 1024;

/** What proves that nobody runs there. */
const SILENT: readonly string[] = ["ECONNREFUSED", "ENOTFOUND"];

/**
 * @param caFile PEM with the CA of their certificates, read at each call since it may be renewed; null: the system's
 * @param limitMs for a whole call @default 3 s
 */
export function openWeb(caFile: string | null, limitMs = LIMIT_MS): AskWeb {
  return async (url) => {
    try {
      const ca = caFile !== null && url.startsWith("https:") ? await readFile(caFile, "utf8") : null;
      return await ask(url, ca, limitMs);
    } catch (error) {
      const why = `${new URL(url).host}: ${networkWords(error)}`;
      return SILENT.includes(codeOf(error)) ? { is: "silent", why } : { is: "unclear", why };
    }
  };
}

/** @throws whatever keeps the answer from coming whole and in time */
function ask(url: string, ca: string | null, limitMs: number): Promise<WebAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/json" };
    const onAnswer = (answer: IncomingMessage): void => {
      textOf(answer).then(
        (text) => resolve({ is: "answer", status: answer.statusCode ?? 0, body: parsed(text) }),
        reject,
      );
    };
    // agents of our own: no connection is kept, and no proxy asked, whatever NODE_USE_ENV_PROXY says
    const asked = url.startsWith("https:")
      ? get(url, { headers, agent: new Agent(), ...(ca === null ? {} : { ca }) }, onAnswer)
      : getPlain(url, { headers, agent: new PlainAgent() }, onAnswer);
    const timer = setTimeout(() => {
      asked.destroy(new Error(`there was no whole answer within ${limitMs / 1000} s`));
    }, limitMs);
    asked.once("close", () => clearTimeout(timer));
    asked.on("error", reject);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES) throw new Error("the answer is larger than 1 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A login page or a proxy's error is text: the reader of beans says that it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
