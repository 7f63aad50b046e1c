// Whether the API server answers, and is of a version that Rollcall supports.
import { object, text } from "../../../../init/contract/shape.ts";
import { type Check, createFault } from "../context.ts";
import { quoteFromCluster } from "../report.ts";

/** The first version in which the policies of the base are stable (README.md, Install). */
export const LEAST_MINOR = 30;

export const versionShape = object({ major: text(), minor: text(), gitVersion: text() });

export const checkApiServer: Check = {
  group: "Kubernetes",
  name: "api-server",
  looksAt: "/version of the API server of the kubeconfig",
  run: async ({ reader, server, contextName, commands }) => {
    const read = await reader.get("/version", "its version", versionShape);
    const shown = quoteFromCluster(read?.gitVersion ?? "unknown", 40);
    const at = `${quoteFromCluster(server, 200)} (context ${quoteFromCluster(contextName, 100)})`;
    const good = `${at} is Kubernetes ${shown}, and answers`;
    // vendors append a sign: 30+
    const minor = Number(/^\d{1,4}/.exec(read?.minor ?? "")?.[0] ?? Number.NaN);
    const isSupported = Number(read?.major) > 1 || minor >= LEAST_MINOR;
    if (isSupported) return { good, findings: [] };
    return {
      good,
      findings: [
        createFault(
          `${at} is Kubernetes ${shown}; Rollcall needs 1.${LEAST_MINOR} or later`,
          "older API servers do not have the policies that protect overrides and records",
          ["# after the upgrade of the control plane:", commands.kubectl("version")],
        ),
      ],
    };
  },
};
