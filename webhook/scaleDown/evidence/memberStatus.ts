// One GET of a member's /jmx. The answer comes from a pod, which may send anything, for any time, or redirect: no
// redirect is followed, and nothing is read beyond a limit.
import type { IncomingMessage } from "node:http";
import { formatUrlHost, NoAnswerInTime, readAnswerText, sendRequest } from "../../../init/contract/http.ts";
import { describeNetworkError, isTlsTrouble, readErrorCode } from "../../../init/contract/network.ts";
import { LARGEST_ANSWER, type Unreachable } from "../../../init/contract/ring/bean.ts";

/** A member answers in milliseconds (docs/research/ozone.md#members-over-http). All are queried at the same time. */
const LIMIT_MS = 2_000;

export const NO_COMPLETE_ANSWER = "no complete answer in time";

export interface MemberAt {
  /** IP address */
  readonly host: string;
  readonly port: number;
  /** with its query */
  readonly path: string;
  /** null: it speaks HTTP; otherwise the name that its certificate must have, and the PEM of the CA */
  readonly secure: { readonly ca: string; readonly serverName: string } | null;
}

/** The body as JSON, or why there is none. Never rejects. */
export async function queryMember(
  at: MemberAt,
  { deadline, limitMs = LIMIT_MS }: { deadline: AbortSignal; limitMs?: number },
): Promise<{ readonly body: unknown } | Unreachable> {
  const { secure } = at;
  const server = `${secure === null ? "http" : "https"}://${formatUrlHost(at.host)}:${at.port}`;
  const headers = { accept: "application/json", "accept-encoding": "identity" };
  try {
    return await sendRequest(
      { server, path: at.path, headers, signal: deadline, limitMs, ...(secure ?? {}) },
      read,
    );
  } catch (error) {
    const isLate = deadline.aborted || error instanceof NoAnswerInTime;
    return { nothing: isLate ? NO_COMPLETE_ANSWER : whyNot(error, at) };
  }
}

function whyNot(error: unknown, { secure }: MemberAt): string {
  const code = readErrorCode(error);
  if (code.startsWith("HPE_"))
    return "it does not speak HTTP; if it serves HTTPS, the profile needs httpPolicy and caBundle";
  const why = describeNetworkError(error);
  return secure !== null && isTlsTrouble(code) ? `${why}, asked as ${secure.serverName}` : why;
}

async function read(answer: IncomingMessage): Promise<{ body: unknown } | Unreachable> {
  const { statusCode = 0 } = answer;
  if (statusCode === 401 || statusCode === 403) {
    return {
      nothing: `it requires authentication (HTTP ${statusCode}); rings that are secured by Kerberos are not supported yet`,
    };
  }
  if (statusCode !== 200) return { nothing: `it answers HTTP ${statusCode}` };
  const text = await readAnswerText(answer, LARGEST_ANSWER);
  try {
    return { body: JSON.parse(text) };
  } catch {
    return { nothing: "its answer is not JSON" };
  }
}
