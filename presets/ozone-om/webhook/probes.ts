// Probes of an Ozone Manager where it has none. Startup and liveness ask its web server, which is there once Ratis is;
// neither waits for a leader, or OrderedReady would never get past the first member after all were down. Readiness is
// the runner's, since it takes more than one answer (docs/research/ozone.md#measured-in-pods).
import { RUNNER_MOUNT, runnerCommand } from "../../../init/contract/places.ts";
import { BEAN_QUERY } from "../../../init/contract/ring/bean.ts";
import { add, type Operation } from "../../../webhook/admission/answer.ts";
import { pathOf, type Target } from "../../../webhook/kubernetes/objects.ts";
import type { OzoneProfile } from "../profile/schema.ts";

/** @param target the member's own container */
export function memberProbes(target: Target, { probes, ports }: OzoneProfile): Operation[] {
  if (probes === "none" || target.list === "initContainers") return [];
  const bean = { httpGet: { path: BEAN_QUERY, port: ports.http, scheme: "HTTP" }, timeoutSeconds: 10 };
  const wanted = {
    // a start waits up to ten minutes for the SCM and then replays its log (docs/research/ozone.md#commands)
    startupProbe: { ...bean, periodSeconds: 3, failureThreshold: 400 },
    livenessProbe: { ...bean, periodSeconds: 20, failureThreshold: 6 },
    readinessProbe: {
      exec: { command: runnerCommand(RUNNER_MOUNT, "om", "ready") },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 3,
    },
  };
  return Object.entries(wanted)
    .filter(([name]) => !target.container[name])
    .map(([name, probe]) => add([...pathOf(target), name], probe));
}
