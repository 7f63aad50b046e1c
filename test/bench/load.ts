// Sends requests one after the other on kept connections, as the API server does.
import { Agent, request } from "node:https";

export interface LoadTarget {
  readonly port: number;
  readonly ca: string;
  readonly servername?: string;
}

/**
 * Sends one request after the other on each connection.
 * @param until this many answers, or this time
 * @returns the number of answers
 */
export async function send(
  { port, ca, servername }: LoadTarget,
  body: string,
  connections: number,
  until: { answers?: number; milliseconds: number },
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const name = servername === undefined ? {} : { servername };
  const post = (): Promise<void> =>
    new Promise((resolve, reject) => {
      request(
        { host: "127.0.0.1", port, ca, agent, path: "/mutate?timeout=10s", method: "POST", headers, ...name },
        (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`the answer is ${answer.statusCode}`));
          answer.resume().once("end", resolve);
        },
      )
        .on("error", reject)
        .end(body);
    });
  const end = performance.now() + until.milliseconds;
  const most = until.answers ?? Number.POSITIVE_INFINITY;
  let answers = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end && answers < most) {
        await post();
        answers += 1;
      }
    }),
  );
  agent.destroy();
  return answers;
}
