// Describes a denied request to the API server, with the command that fixes the most common cause, a missing
// RoleBinding.
import { object, readShape, text } from "../../contract/shape.ts";

const status = object({ message: text() });
const ACCOUNT = /system:serviceaccount:([^:"]+):([^:"]+)/;

/** Whether a retry may succeed: the server is overloaded or failing. */
export const isTransientStatus = (code: number): boolean => code === 429 || code >= 500;

/** One sentence for an unexpected response. */
export function describeRefusal({ status: code, body }: { status: number; body: unknown }): string {
  const parsed = readShape(status, body);
  const message = "value" in parsed ? parsed.value.message : "no message";
  const answer = `the API server answered ${code}: ${message}`;
  const [, namespace, account] = (code === 403 && ACCOUNT.exec(message)) || [];
  if (code === 401) return `${answer}; the pod's token is not accepted`;
  if (namespace === undefined) return answer;
  return (
    `${answer}; grant the runner's permissions: kubectl -n ${namespace} create rolebinding rollcall-member ` +
    `--clusterrole=rollcall-member --serviceaccount=${namespace}:${account}`
  );
}
