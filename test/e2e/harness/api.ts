// Sends requests to the API server as many users, exempt from priority and fairness, so that the webhook is the
// bottleneck.
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { parse } from "yaml";
import * as z from "zod";

/** The group that is exempt from priority and fairness under load (full/hostileLoad/setup.ts). */
export const LOAD_GROUP = "rollcall-load";

const kubeconfig = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.url(), "certificate-authority-data": z.base64() }) }),
  ]),
  users: z.tuple([
    z.object({ user: z.object({ "client-certificate-data": z.base64(), "client-key-data": z.base64() }) }),
  ]),
});

export interface ApiReply {
  /** 0: no response */
  readonly status: number;
  readonly text: string;
  readonly milliseconds: number;
}

export interface Call {
  readonly user: string;
  readonly method: "POST" | "PATCH" | "PUT";
  /** including the query */
  readonly path: string;
  readonly body: string;
}

export type Api = (call: Call) => Promise<ApiReply>;

const PATIENCE_MS = 35_000;

/**
 * @param path of the kubeconfig of an admin, who impersonates the users
 * @param group of all users
 */
export async function openClusterApi(path: string, group: string = LOAD_GROUP): Promise<Api> {
  const { clusters, users } = kubeconfig.parse(parse(await readFile(path, "utf8")));
  const [{ cluster }] = clusters;
  const [{ user: admin }] = users;
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 100,
    ca: bytes(cluster["certificate-authority-data"]),
    cert: bytes(admin["client-certificate-data"]),
    key: bytes(admin["client-key-data"]),
  });
  return ({ user, method, path: where, body }) =>
    new Promise((resolve) => {
      const began = performance.now();
      const reply = (status: number, text: string): void =>
        resolve({ status, text, milliseconds: performance.now() - began });
      const headers = {
        "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
        "content-length": Buffer.byteLength(body),
        "impersonate-user": user,
        "impersonate-group": [group, "system:authenticated"],
      };
      const sent = request(new URL(where, cluster.server), { agent, method, headers }, (answer) => {
        answer.toArray().then(
          (chunks) => reply(answer.statusCode ?? 0, Buffer.concat(chunks).toString()),
          (error: Error) => reply(0, error.message),
        );
      });
      sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)));
      sent.on("error", (error) => reply(0, error.message));
      sent.end(body);
    });
}
