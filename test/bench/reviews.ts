// The lists of pods and StatefulSets as benchmark subjects: the built webhook reviews each.
import type { WebhookProcess } from "../hostile/webhook.ts";
import type { Cost, Subject } from "./growth.ts";
import { LISTS } from "./lists.ts";

/** More entries than the API server can store. */
const TOO_MANY = /RC113 .*more than \d+ entries/;

export function reviewSubjects(webhook: WebhookProcess): Subject[] {
  return LISTS.map(({ name, path, body }) => {
    const bodies = new Map<number, string>();
    return {
      name,
      work: async (bytes: number): Promise<Cost> => {
        const sent = bodies.get(bytes) ?? body(bytes);
        bodies.clear();
        bodies.set(bytes, sent);
        return reviewOnce(webhook, path, sent);
      },
    };
  });
}

export async function reviewOnce(webhook: WebhookProcess, path: string, body: string): Promise<Cost> {
  const before = await webhook.stall();
  const { status, text } = await webhook.post(`${path}?timeout=30s`, body, 60_000);
  const after = await webhook.stall();
  const isRefused = status !== 200 || TOO_MANY.test(text);
  const verdict = text.includes('"allowed":true') ? "done" : (/\bRC\d{3}\b/.exec(text)?.[0] ?? "denied");
  return {
    cpuMs: after.cpuMs - before.cpuMs,
    // one review has one long text
    parseMs: after.parse,
    stretchMs: after.longest,
    outcome: status === 200 ? verdict : String(status),
    isRefused,
  };
}
