// One GET of a member's /jmx. The answer comes from a pod, which may send anything, for any time, or redirect: no
// redirect is followed, and nothing is read beyond a limit.
import { Agent, type IncomingMessage, request } from "node:http";
import { networkWords } from "../../../init/contract/network.ts";
import { LARGEST_ANSWER, type Nothing } from "../../../init/contract/ring/bean.ts";

/** A member answers in milliseconds (docs/research/ozone.md#members-over-http). All are queried at the same time. */
const LIMIT_MS = 2_000;

export interface MemberAt {
  /** IP address */
  readonly host: string;
  readonly port: number;
  /** with its query */
  readonly path: string;
}

/** The body as JSON, or why there is none. Never rejects. */
export async function askMember(
  at: MemberAt,
  { deadline, limitMs = LIMIT_MS }: { deadline: AbortSignal; limitMs?: number },
): Promise<{ readonly body: unknown } | Nothing> {
  const late = AbortSignal.any([deadline, AbortSignal.timeout(limitMs)]);
  try {
    late.throwIfAborted();
    return await get(at, late);
  } catch (error) {
    return { nothing: late.aborted ? "no complete answer in time" : whyNot(error) };
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("HPE_"))
    return "it does not speak HTTP; rings that serve HTTPS only are not supported yet";
  return networkWords(error);
}

function get({ host, port, path }: MemberAt, signal: AbortSignal): Promise<{ body: unknown } | Nothing> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host,
      port,
      path,
      signal,
      headers: { accept: "application/json", "accept-encoding": "identity" },
      // our own agent: no keep-alive, and no proxy, whatever NODE_USE_ENV_PROXY says
      agent: new Agent({ keepAlive: false }),
    });
    asked.on("error", reject);
    asked.on("response", (answer) => {
      read(answer)
        .then(resolve, reject)
        .finally(() => asked.destroy());
    });
    asked.end();
  });
}

async function read(answer: IncomingMessage): Promise<{ body: unknown } | Nothing> {
  const { statusCode = 0 } = answer;
  if (statusCode === 401 || statusCode === 403) {
    return {
      nothing: `it requires authentication (HTTP ${statusCode}); rings that are secured by Kerberos are not supported yet`,
    };
  }
  if (statusCode !== 200) return { nothing: `it answers HTTP ${statusCode}` };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER) return { nothing: "its answer is larger than 64 KiB" };
    chunks.push(chunk);
  }
  try {
    return { body: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch {
    return { nothing: "its answer is not JSON" };
  }
}
