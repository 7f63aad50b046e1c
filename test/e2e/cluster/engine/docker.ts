// Parses Docker's reports about itself and its daemon's host, and derives what the node needs. Pure; probe.ts queries
// Docker.
import * as z from "zod";
import { ClusterError } from "../failure.ts";
import type { Outcome } from "../process/shell.ts";
import type { HostNeeds } from "./choose.ts";

const infoSchema = z.object({
  ServerVersion: z.string().min(1),
  /** Absent before Docker 20.10, which supports version 1 only. */
  CgroupVersion: z.enum(["1", "2"]).default("1"),
});
const errorsSchema = z.object({ ServerErrors: z.array(z.string()).min(1) });

export type DockerInfo = z.infer<typeof infoSchema>;

/** A daemon that answers, or the reason why there is none. */
export type DockerAnswer = { readonly info: DockerInfo } | { readonly reason: string };

/**
 * Reads the outcome of `docker info --format '{{json .}}'`. Its exit code alone proves nothing: Docker 20.10 exits 0
 * without a daemon, and a `docker` that is podman (package podman-docker) exits 0 too.
 */
export function readDockerInfo({ code, stdout, stderr }: Outcome): DockerAnswer {
  if (code === 127) return { reason: "not installed" };
  const said = parseJson(stdout);
  const errors = errorsSchema.safeParse(said);
  if (errors.success) return { reason: errors.data.ServerErrors.join("; ") };
  if (code !== 0) return { reason: `exit code ${code}: ${stderr.trim().split("\n").at(-1) ?? ""}` };
  const info = infoSchema.safeParse(said);
  if (info.success) return { info: info.data };
  return { reason: "it names no ServerVersion: `docker` is another program here, or its daemon is gone" };
}

const contextSchema = z.tuple([
  z.object({ Name: z.string(), Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) }),
]);

/** Variables besides the address that configure the connection to the daemon. Docker treats an empty one as absent. */
const TLS = ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] as const;

/**
 * The environment that reaches the current daemon from any later shell, independent of DOCKER_HOST there.
 * @param inspected output of `docker context inspect`
 */
export function readDockerEnv(inspected: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const [{ Name, Endpoints }] = contextSchema.parse(JSON.parse(inspected));
  // The certificates are only in the context itself.
  if (Name !== "default") return { DOCKER_CONTEXT: Name };
  const tls = TLS.map((name) => [name, env[name] ?? ""]);
  return { DOCKER_HOST: Endpoints.docker.Host, ...Object.fromEntries(tls) };
}

/** Arguments of kubectl that make it print /proc/self/status. kubectl is used because every `up` has it. */
export const TRIAL_ARGS = [
  ..."create configmap trial --dry-run=client --output=json".split(" "),
  "--from-file=status=/proc/self/status",
];
const trialSchema = z.object({ data: z.object({ status: z.string() }) });

/**
 * What the daemon's host requires of the node, from a privileged trial container: the daemon may have fewer
 * capabilities than root, and may run on another machine or in a VM.
 * @throws ClusterError if Docker does not start such a container, as kind's node is one
 */
export function readDockerNeeds(info: DockerInfo, trial: Outcome): HostNeeds {
  const said = trial.code === 0 ? trialSchema.safeParse(parseJson(trial.stdout)) : null;
  if (said?.success !== true) throw new ClusterError(refusalSentence(trial));
  return { cgroupfs: info.CgroupVersion === "1", restricted: !hasSysResource(said.data.data.status) };
}

function refusalSentence({ code, stderr }: Outcome): string {
  const reason = stderr.split("\n").find((line) => line.startsWith("docker: ")) ?? stderr.trim();
  return (
    `Docker does not start a privileged container, and a cluster's node is one: ${reason || `exit code ${code}`}; ` +
    "give its daemon the capabilities that it lacks or a runtime that leaves them out, or take podman by " +
    "DOCKER_HOST=unix:///nowhere"
  );
}

/** Whether /proc/PID/status shows CAP_SYS_RESOURCE (bit 24) as effective. */
export function hasSysResource(status: string): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${hex}`) >> 24n) & 1n) === 1n;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
