// Why the API server said no, with the command that helps: a missing RoleBinding is what it mostly is.
import { object, readShape, text } from "../../contract/shape.ts";

const status = object({ message: text() });
const ACCOUNT = /system:serviceaccount:([^:"]+):([^:"]+)/;

/** Whether a later answer may be another: it is too busy, or broken. */
export const mayPass = (code: number): boolean => code === 429 || code >= 500;

/** One sentence for an answer that is not what was asked for. */
export function describeRefusal({ status: code, body }: { status: number; body: unknown }): string {
  const said = readShape(status, body);
  const message = "value" in said ? said.value.message : "no message";
  const told = `the API server answered ${code}: ${message}`;
  const [, namespace, account] = (code === 403 && ACCOUNT.exec(message)) || [];
  if (code === 401) return `${told}; the pod's token is not accepted`;
  if (namespace === undefined) return told;
  return (
    `${told}; grant what Rollcall's runner needs: kubectl -n ${namespace} create rolebinding rollcall-member ` +
    `--clusterrole=rollcall-member --serviceaccount=${namespace}:${account}`
  );
}
