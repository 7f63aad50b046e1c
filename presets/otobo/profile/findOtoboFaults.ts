// What no single field of an Otobo profile can say: fields that need or exclude each other.
import { findRepeatedContainers, type SpecFault } from "../../../webhook/profiles/fault.ts";
import { findRangeFault } from "../../../webhook/profiles/range.ts";
import { findPerPod } from "../../../webhook/profiles/template.ts";

/** The fields that concern each other. */
interface OtoboFields {
  containers: readonly string[];
  nodeID: { base: number; max: number; size?: number | undefined };
  daemonID?: number | undefined;
  daemonContainer: string;
  s3?: { active: boolean } | undefined;
  articles: "Database" | "S3" | "FileSystem";
  home: { mode: "Ephemeral" | "Persistent" };
  release: { firstInstall: "Refuse" | "Installer" };
  releaseID: string;
}

export function findOtoboFaults(profile: OtoboFields): SpecFault[] {
  const { containers, nodeID, daemonID, daemonContainer: daemon, release } = profile;
  const range = findRangeFault(nodeID);
  const faults: SpecFault[] = range === null ? [] : [{ ...range, path: ["nodeID", ...range.path] }];
  faults.push(...findRepeatedContainers(containers));
  if (daemonID === undefined && !containers.includes(daemon)) {
    const message =
      `the daemon's container is ${JSON.stringify(daemon)}, which is not among containers; name it there, ` +
      "or set daemonID for a web workload of its own";
    faults.push({ path: ["containers"], message });
  }
  if (daemonID !== undefined && release.firstInstall === "Installer") {
    const message =
      "a web workload of its own cannot be the first of an installation: its pods ask about a daemon that runs elsewhere; " +
      "install with the profile of the daemons";
    faults.push({ path: ["release", "firstInstall"], message });
  }
  return [...faults, ...sharedFaults(profile), ...releaseFaults(profile), ...articleFaults(profile)];
}

/** The daemon's pod is another one, and OTOBO hands what is in files from pod to pod by S3 alone. */
function sharedFaults({ daemonID, s3 }: OtoboFields): SpecFault[] {
  if (daemonID === undefined || s3?.active === true) return [];
  const message =
    "a web workload of its own has pods beside those of the daemon, and ACLs, processes, packages and users' settings " +
    "come from pod to pod by S3 only; set s3, or run web and daemon in one pod";
  return [{ path: ["daemonID"], message }];
}

/** A release that each pod calls by another name would be done by each, and again at every restart. */
function releaseFaults({ releaseID, daemonID }: OtoboFields): SpecFault[] {
  const own = findPerPod(releaseID);
  if (own === null || daemonID !== undefined) return [];
  const message = `{${own}} differs from pod to pod, and the steps of a release are done once for all of them; remove it`;
  return [{ path: ["releaseID"], message }];
}

function articleFaults({ s3, articles, home: { mode: kept } }: OtoboFields): SpecFault[] {
  const fault = (message: string): SpecFault[] => [{ path: ["articles"], message }];
  if (articles === "S3" && s3 === undefined) return fault("articles in S3 need s3");
  if (articles === "S3" && s3?.active === false) {
    return fault("articles in S3 need OTOBO's S3 mode: remove s3.active: false");
  }
  if (articles === "FileSystem" && kept === "Ephemeral") {
    return fault("articles on an ephemeral home would be lost with the pod; home: {mode: Persistent}");
  }
  return [];
}
