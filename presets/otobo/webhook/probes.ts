// Probes for OTOBO containers without their own. Status codes do not reveal a dead database, and a pod must not become
// ready with an open installer (docs/research/otobo.md#probes-and-users). The image has Perl and HTTP::Tiny, but perhaps no curl.

import { add, type PatchOperation } from "../../../webhook/admission/answer.ts";
import { buildContainerPath, type ContainerTarget } from "../../../webhook/kubernetes/objects.ts";
import { OTOBO_HOME } from "../contract/places.ts";
import type { OtoboPod } from "../profile/otoboPod.ts";

const PORT = 5000;

/**
 * A file that the web server of every version serves; /health is another one, and 10.1 lacks it. Both answer without a
 * database, so readiness asks the login page.
 */
const health = { httpGet: { path: "/robots.txt", port: PORT, scheme: "HTTP" } };

/** Succeeds if the login page has no "Fatal Error" and the installer is closed. */
const READY = [
  "use HTTP::Tiny;",
  "my $H = HTTP::Tiny->new( timeout => 8 );",
  `my $P = $H->get('http://127.0.0.1:${PORT}/otobo/index.pl');`,
  'if ( !$P->{success} || $P->{content} =~ m{Fatal Error} ) { print "index.pl: $P->{status}\\n"; exit 1 }',
  `my $I = $H->get('http://127.0.0.1:${PORT}/otobo/installer.pl');`,
  'if ( $I->{status} != 403 ) { print "installer.pl is open: $I->{status}\\n"; exit 1 }',
].join(" ");

/**
 * In S3 mode process 1 is OTOBO's loader, which does not forward SIGTERM. So this script sends it to the children, after a
 * pause in which the pod is removed from its Services. They finish their requests. Process 1 then ends by the kubelet's
 * SIGTERM and the managed block in Kernel/Config.pm (presets/otobo/runner/block.ts).
 */
const STOP = [
  "sleep 5;",
  "for my $D ( glob '/proc/[0-9]*' ) {",
  "my ($N) = $D =~ m{(\\d+)\\z}; next if $N == 1 || $N == $$;",
  "open my $F, '<', \"$D/cmdline\" or next; local $/; my $C = <$F> // '';",
  "kill TERM => $N if $C =~ m{plackup|Gazelle|otobo\\.psgi};",
  "}",
].join(" ");

/** The preStop of a web container without its own. */
export const STOP_WEB: readonly string[] = ["perl", "-e", STOP];

/** Tolerates the start of the daemon by the entrypoint's watchdog, and the hourly restart of its modules. */
const DAEMON = { periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 12 };

/** @param mayInstall the installer may run in this pod, so the probes must not fail before it is done */
export function buildOtoboProbes(
  target: ContainerTarget,
  { probes, daemon }: Pick<OtoboPod, "probes" | "daemon">,
  mayInstall: boolean,
): PatchOperation[] {
  if (!probes || target.list === "initContainers") return [];
  const isDaemon = target.container.name === daemon;
  const wanted = isDaemon ? daemonProbes(mayInstall) : webProbes(mayInstall);
  return Object.entries(wanted)
    .filter(([name]) => !target.container[name])
    .map(([name, probe]) => add([...buildContainerPath(target), name], probe));
}

function webProbes(mayInstall: boolean): Record<string, unknown> {
  return {
    startupProbe: { ...health, periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { ...health, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    readinessProbe: mayInstall
      ? { ...health, periodSeconds: 10, timeoutSeconds: 5 }
      : {
          exec: { command: ["perl", "-e", READY] },
          periodSeconds: 15,
          timeoutSeconds: 20,
          failureThreshold: 3,
        },
  };
}

/** Runs in the daemon's container: elsewhere the command would remove the daemon's PID file. */
function daemonProbes(mayInstall: boolean): Record<string, unknown> {
  // the daemon stops by itself until the installer is done
  if (mayInstall) return {};
  return { livenessProbe: { exec: { command: [`${OTOBO_HOME}/bin/otobo.Daemon.pl`, "status"] }, ...DAEMON } };
}
