// Probes of an Ozone Manager that has none. Startup and liveness query its web server, which starts after Ratis.
// Neither waits for a leader, or OrderedReady would never get past the first member after all were down. Readiness
// needs more than one answer, so the runner determines it (docs/research/ozone.md#measured-in-pods).
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import { BEAN_QUERY } from "../../../init/contract/ring/bean.ts";
import { add, type PatchOperation } from "../../../webhook/admission/answer.ts";
import { buildContainerPath, type ContainerTarget } from "../../../webhook/kubernetes/objects.ts";
import type { OzoneProfile } from "../profile/schema.ts";

/** @param target the container of the Ozone Manager */
export function buildMemberProbes(
  target: ContainerTarget,
  { probes, ports, https }: OzoneProfile,
): PatchOperation[] {
  if (probes === "none" || target.list === "initContainers") return [];
  // the kubelet does not verify certificates
  const server =
    https === null ? { port: ports.http, scheme: "HTTP" } : { port: ports.https, scheme: "HTTPS" };
  const bean = { httpGet: { path: BEAN_QUERY, ...server }, timeoutSeconds: 10 };
  const wanted = {
    // it waits up to ten minutes for the SCM, and then replays its log (docs/research/ozone.md#commands)
    startupProbe: { ...bean, periodSeconds: 3, failureThreshold: 400 },
    livenessProbe: { ...bean, periodSeconds: 20, failureThreshold: 6 },
    readinessProbe: {
      exec: { command: buildRunnerCommand(RUNNER_MOUNT, "om", "ready") },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 3,
    },
  };
  return Object.entries(wanted)
    .filter(([name]) => !target.container[name])
    .map(([name, probe]) => add([...buildContainerPath(target), name], probe));
}
