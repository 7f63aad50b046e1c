// Requests one after the other on kept connections, as the API server sends them.
import { Agent, request } from "node:https";

export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly servername?: string;
}

/** Answers a second. @param connections that each send one request after the other */
export async function throughput(
  { port, ca, servername }: Target,
  body: string,
  { connections, milliseconds }: { connections: number; milliseconds: number },
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const post = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const name = servername === undefined ? {} : { servername };
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
  const end = performance.now() + milliseconds;
  let answers = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        await post();
        answers += 1;
      }
    }),
  );
  agent.destroy();
  return (answers * 1000) / (performance.now() - began);
}
