// Runs the checks of `rollcall doctor`.

import { isObjectName } from "../../cluster/watchedObject.ts";
import { checkApiServer } from "./checks/apiServer.ts";
import { CHECKS } from "./checks.ts";
import { createClusterReader, Unreadable } from "./clusterReader.ts";
import {
  type Check,
  createCommandPrinter,
  createUnknown,
  type DoctorContext,
  type ProgramWords,
} from "./context.ts";
import { readExpectedObjects } from "./expected.ts";
import { findInstallation } from "./installation.ts";
import type { KubeconfigAccess } from "./kubeconfig.ts";
import { type CheckReport, quoteFromCluster, reportCheck } from "./report.ts";

export interface DoctorOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly system?: string | undefined;
  readonly namespace?: string | undefined;
  /** with namespace */
  readonly probe: boolean;
  readonly program: ProgramWords;
}

export interface Examination {
  /** the namespace of the webhook; null: the API server did not answer */
  readonly system: string | null;
  readonly reports: readonly CheckReport[];
}

/** Runs all checks. */
export async function runChecks(words: DoctorOptions, access: KubeconfigAccess): Promise<Examination> {
  const context = await createContext(words, access);
  // without an API server each further check would wait in vain
  const first = await runCheck(checkApiServer, context);
  if (first.status === "unknown") return { system: null, reports: [first] };
  const installation = await findInstallation(context.reader, words.system);
  const { namespace, controllerUsers } = installation;
  const full = {
    ...context,
    installation,
    expected: await readExpectedObjects({ namespace, controllerUsers }),
    commands: createCommandPrinter(words.program, listFlags(words), installation),
  };
  const reports = await Promise.all(CHECKS.map((check) => runCheck(check, full)));
  return { system: namespace, reports: [first, ...reports] };
}

async function createContext(words: DoctorOptions, access: KubeconfigAccess): Promise<DoctorContext> {
  const namespace = words.system ?? "rollcall-system";
  const asked = words.namespace ?? access.namespace ?? "default";
  const unknown = { deployment: null, unreadable: null, helmRelease: null, isExternal: false };
  return {
    reader: createClusterReader(access),
    server: access.server,
    contextName: access.context,
    namespace: isObjectName(asked) ? asked : "default",
    probeNamespace: words.probe ? (words.namespace ?? null) : null,
    expected: [],
    installation: {
      ...unknown,
      namespace,
      account: "rollcall",
      service: "rollcall",
      secret: "rollcall-tls",
      configuration: "rollcall",
      controllerUsers: [],
      port: "8443",
    },
    commands: createCommandPrinter(words.program, listFlags(words), { namespace, helmRelease: null }),
  };
}

const listFlags = ({ kubeconfig, context }: DoctorOptions): string[] => [
  ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
  ...(context === undefined ? [] : ["--context", context]),
];

async function runCheck(check: Check, context: DoctorContext): Promise<CheckReport> {
  try {
    return reportCheck(check, await check.run(context));
  } catch (error) {
    // an answer that no check expects must not keep the others from their results
    const message =
      error instanceof Unreadable
        ? error.message
        : `the check failed: ${quoteFromCluster(error instanceof Error ? error.message : String(error))}`;
    return reportCheck(check, {
      good: "",
      findings: [createUnknown(message, `not checked: ${check.looksAt}`)],
    });
  }
}
