// What no single field of an otobo profile can say: fields that need or exclude each other.
import { rangeFault } from "./range.ts";
import { findPerPod } from "./template.ts";

interface Fault {
  path: (string | number)[];
  message: string;
}

/** The fields that concern each other. */
interface Written {
  containers: readonly string[];
  nodeId: { base: number; max: number; size?: number | undefined };
  daemonId?: number | undefined;
  daemon: string;
  s3?: { active: boolean } | undefined;
  articles: "db" | "s3" | "fs";
  home: { mode: "ephemeral" | "persistent" };
  release: { firstInstall: "refuse" | "installer" };
  releaseId: string;
}

export function otoboFaults(profile: Written): Fault[] {
  const { containers, nodeId, daemonId, daemon, release } = profile;
  const range = rangeFault(nodeId);
  const faults: Fault[] = range === null ? [] : [{ ...range, path: ["nodeId", ...range.path] }];
  for (const [index, name] of containers.entries()) {
    if (containers.indexOf(name) === index) continue;
    faults.push({
      path: ["containers", index],
      message: `container ${JSON.stringify(name)} is named twice`,
    });
  }
  if (daemonId === undefined && !containers.includes(daemon)) {
    const message =
      `the daemon's container is ${JSON.stringify(daemon)}, which is not among containers; name it there, ` +
      "or set daemonId for a web workload of its own";
    faults.push({ path: ["containers"], message });
  }
  if (daemonId !== undefined && release.firstInstall === "installer") {
    const message =
      "a web workload of its own cannot be the first of an installation: its pods ask about a daemon that runs elsewhere; " +
      "install with the profile of the daemons";
    faults.push({ path: ["release", "firstInstall"], message });
  }
  return [...faults, ...sharedFaults(profile), ...releaseFaults(profile), ...articleFaults(profile)];
}

/** The daemon's pod is another one, and OTOBO hands what is in files from pod to pod by S3 alone. */
function sharedFaults({ daemonId, s3 }: Written): Fault[] {
  if (daemonId === undefined || s3?.active === true) return [];
  const message =
    "a web workload of its own has pods beside those of the daemon, and ACLs, processes, packages and users' settings " +
    "come from pod to pod by S3 only; set s3, or run web and daemon in one pod";
  return [{ path: ["daemonId"], message }];
}

/** A release that each pod calls by another name would be done by each, and again at every restart. */
function releaseFaults({ releaseId, daemonId }: Written): Fault[] {
  const own = findPerPod(releaseId);
  if (own === null || daemonId !== undefined) return [];
  const message = `{${own}} is another in each pod, and the steps of a release are done once for all of them; take it out`;
  return [{ path: ["releaseId"], message }];
}

function articleFaults({ s3, articles, home: { mode: kept } }: Written): Fault[] {
  const fault = (message: string): Fault[] => [{ path: ["articles"], message }];
  if (articles === "s3" && s3 === undefined) return fault("articles in S3 need s3");
  if (articles === "s3" && s3?.active === false) {
    return fault("articles in S3 need OTOBO's S3 mode: take s3.active: false out");
  }
  if (articles === "fs" && kept === "ephemeral") {
    return fault("articles on an ephemeral home would be lost with the pod; home: {mode: persistent}");
  }
  return [];
}
