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
  /** this command */
  doctor(...words: readonly string[]): string;
  kubectl(...words: readonly string[]): string;
  kubectlIn(namespace: string, ...words: readonly string[]): string;
  /** creates an object of the base that is missing */
  create(kind: string, name: string): string;
  /** replaces an object that differs from the base's: `kubectl apply` keeps what others have added to it */
  replace(kind: string, name: string): string;
}

/** From a checkout the program is found by npx only. */
export type ProgramWords = readonly ["rollcall"] | readonly ["npx", "rollcall"];

/** In a checkout. */
const HELM_CHART = "manifests/helm/rollcall";

/**
 * @param program how the user has called this program
 * @param flags --kubeconfig and --context, as the user has given them
 */
export function createCommandPrinter(
  program: ProgramWords,
  flags: readonly string[],
  { namespace, helmRelease }: Pick<Installation, "namespace" | "helmRelease">,
): CommandPrinter {
  const format = (...words: readonly string[]): string => words.map(quoteShellWord).join(" ");
  const kubectl = (...words: readonly string[]): string => format("kubectl", ...flags, ...words);
  const upgrade = ["helm", "-n", namespace, "upgrade", helmRelease ?? "", HELM_CHART, "--reuse-values"];
  const doctor = (...words: readonly string[]): string =>
    format(...program, "doctor", ...flags, "--system", namespace, ...words);
  const pipe = (verb: string, kind: string, name: string): string =>
    helmRelease === null
      ? `${doctor("--print", `${kind}/${name}`)} | ${kubectl(verb, "-f", "-")}`
      : format(...upgrade);
  return {
    doctor,
    kubectl,
    kubectlIn: (place, ...words) => kubectl("-n", place, ...words),
    create: (kind, name) => pipe("apply", kind, name),
    replace: (kind, name) => pipe("replace", kind, name),
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
