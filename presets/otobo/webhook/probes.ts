// Probes for OTOBO where a container has none: status codes cannot show a dead database, and an unready pod must show no
// installer (docs/research/otobo.md#probes-and-users). Perl and HTTP::Tiny are in the image; curl may not be.

import { add, type PatchOperation } from "../../../webhook/admission/answer.ts";
import { buildContainerPath, type ContainerTarget } from "../../../webhook/kubernetes/objects.ts";
import { OTOBO_HOME } from "../contract/places.ts";
import type { OtoboPod } from "../profile/otoboPod.ts";

const PORT = 5000;

const health = { httpGet: { path: "/health", port: PORT, scheme: "HTTP" } };

/** The login page without "Fatal Error", and a closed installer. */
const READY = [
  "use HTTP::Tiny;",
  "my $H = HTTP::Tiny->new( timeout => 8 );",
  `my $P = $H->get('http://127.0.0.1:${PORT}/otobo/index.pl');`,
  'if ( !$P->{success} || $P->{content} =~ m{Fatal Error} ) { print "index.pl: $P->{status}\\n"; exit 1 }',
  `my $I = $H->get('http://127.0.0.1:${PORT}/otobo/installer.pl');`,
  'if ( $I->{status} != 403 ) { print "installer.pl is open: $I->{status}\\n"; exit 1 }',
].join(" ");

/**
 * In S3 mode process 1 is OTOBO's loader, which passes no SIGTERM on: its children are told here, after a while in which
 * the pod is taken out of its Services. They end their requests, and process 1 ends after them, by the kubelet's SIGTERM
 * and the managed block in Kernel/Config.pm (presets/otobo/runner/block.ts).
 */
const STOP = [
  "sleep 5;",
  "for my $D ( glob '/proc/[0-9]*' ) {",
  "my ($N) = $D =~ m{(\\d+)\\z}; next if $N == 1 || $N == $$;",
  "open my $F, '<', \"$D/cmdline\" or next; local $/; my $C = <$F> // '';",
  "kill TERM => $N if $C =~ m{plackup|Gazelle|otobo\\.psgi};",
  "}",
].join(" ");

/** The preStop of a web container that has none. */
export const STOP_WEB: readonly string[] = ["perl", "-e", STOP];

/** Longer than the entrypoint's watchdog takes to start the daemon, and a module its hourly restart. */
const DAEMON = { periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 12 };

/** @param isOpen the installer is awaited in this pod, so that neither probe may hold it back */
export function buildOtoboProbes(
  target: ContainerTarget,
  { probes, daemon }: OtoboPod,
  isOpen: boolean,
): PatchOperation[] {
  if (!probes || target.list === "initContainers") return [];
  const isDaemon = target.container.name === daemon;
  const wanted = isDaemon ? daemonProbes(isOpen) : webProbes(isOpen);
  return Object.entries(wanted)
    .filter(([name]) => !target.container[name])
    .map(([name, probe]) => add([...buildContainerPath(target), name], probe));
}

function webProbes(isOpen: boolean): Record<string, unknown> {
  return {
    startupProbe: { ...health, periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { ...health, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    readinessProbe: isOpen
      ? { ...health, periodSeconds: 10, timeoutSeconds: 5 }
      : {
          exec: { command: ["perl", "-e", READY] },
          periodSeconds: 15,
          timeoutSeconds: 20,
          failureThreshold: 3,
        },
  };
}

/** Asked in the container that owns the daemon: elsewhere it would take its PID file away. */
function daemonProbes(isOpen: boolean): Record<string, unknown> {
  // before the installer has been through, the daemon stops by itself
  if (isOpen) return {};
  return { livenessProbe: { exec: { command: [`${OTOBO_HOME}/bin/otobo.Daemon.pl`, "status"] }, ...DAEMON } };
}
