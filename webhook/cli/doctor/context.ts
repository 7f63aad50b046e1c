// What checks get: the cluster, the installation, and how to print commands for this cluster.

import { quoteShellWord } from "../../scaleDown/commands.ts";
import type { ClusterReader } from "./clusterReader.ts";
import type { ExpectedObject } from "./expected.ts";
import type { Installation } from "./installation.ts";
import type { CheckFinding, CheckOutcome, CheckTopic } from "./report.ts";

export interface DoctorContext {
  readonly reader: ClusterReader;
  readonly server: string;
  /** of the kubeconfig */
  readonly contextName: string;
  readonly installation: Installation;
  readonly expected: readonly ExpectedObject[];
  /** where the dry run creates */
  readonly namespace: string;
  /** where a probe pod may be made; null: nowhere */
  readonly probeNamespace: string | null;
  readonly commands: CommandPrinter;
}

export interface Check extends CheckTopic {
  run(context: DoctorContext): Promise<CheckOutcome>;
}

/** Formats commands that reach the cluster which was checked. */
export interface CommandPrinter {
  kubectl(...words: readonly string[]): string;
  kubectlIn(namespace: string, ...words: readonly string[]): string;
  /** restores an object of the base */
  restore(kind: string, name: string): string;
}

/** @param flags --kubeconfig and --context, as the user has given them */
export function createCommandPrinter(
  flags: readonly string[],
  { namespace, helmRelease }: Pick<Installation, "namespace" | "helmRelease">,
): CommandPrinter {
  const format = (...words: readonly string[]): string => words.map(quoteShellWord).join(" ");
  const kubectl = (...words: readonly string[]): string => format("kubectl", ...flags, ...words);
  return {
    kubectl,
    kubectlIn: (place, ...words) => kubectl("-n", place, ...words),
    restore: (kind, name) => {
      if (helmRelease !== null)
        return format(
          "helm",
          "-n",
          namespace,
          "upgrade",
          helmRelease,
          "manifests/helm/rollcall",
          "--reuse-values",
        );
      const apply = kind === "CustomResourceDefinition" ? ["--server-side", "--force-conflicts"] : [];
      const print = format(
        "rollcall",
        "doctor",
        ...flags,
        "--system",
        namespace,
        "--print",
        `${kind}/${name}`,
      );
      return `${print} | ${kubectl("apply", ...apply, "-f", "-")}`;
    },
  };
}

export const createFault = (
  message: string,
  why: string,
  commands: readonly string[] = [],
): CheckFinding => ({
  status: "fault",
  message,
  why,
  commands,
});

export const createUnknown = (
  message: string,
  why: string,
  commands: readonly string[] = [],
): CheckFinding => ({
  status: "unknown",
  message,
  why,
  commands,
});
