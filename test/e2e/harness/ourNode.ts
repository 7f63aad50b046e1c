// Runs test programs in pods: a script from a ConfigMap, run by Node.js of the webhook's image.
import { readFile } from "node:fs/promises";
import { VERSION } from "../../../init/contract/version.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from "./workload.ts";

/** The container that runs a script. @param configMap contains the script under its file name */
export function buildNodeContainer(
  script: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    name: "program",
    image: `registry.local/rollcall/webhook:${VERSION}`,
    command: ["/lib/ld.so", "--library-path", "/lib", "/node", `/program/${script}`],
    securityContext: RESTRICTED_CONTAINER,
    volumeMounts: [{ name: "program", mountPath: "/program" }],
    ...more,
  };
}

/** The spec of a pod with that container. @param configMap with the scripts */
export const buildNodePodSpec = (
  configMap: string,
  container: Readonly<Record<string, unknown>>,
): Record<string, unknown> => ({
  ...RESTRICTED_POD,
  terminationGracePeriodSeconds: 1,
  containers: [container],
  volumes: [{ name: "program", configMap: { name: configMap } }],
});

/** A ConfigMap of scripts, by their file names. */
export async function buildScriptsConfigMap(
  name: string,
  ...files: readonly URL[]
): Promise<Record<string, unknown>> {
  const entries = await Promise.all(
    files.map(async (file) => [file.pathname.split("/").at(-1) ?? "", await readFile(file, "utf8")] as const),
  );
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: Object.fromEntries(entries) };
}
