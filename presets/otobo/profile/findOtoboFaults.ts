// Faults between the fields of an Otobo profile: fields that require or exclude each other.
import { findRepeatedContainers, type SpecFault } from "../../../webhook/profiles/fault.ts";
import { findRangeFault } from "../../../webhook/profiles/range.ts";
import { findPerPod } from "../../../webhook/profiles/template.ts";

/** The fields that are checked against each other. */
interface OtoboFields {
  containers: readonly string[];
  nodeID: { base: number; max: number; size?: number | undefined };
  daemonID?: number | undefined;
  daemonContainer: string;
  s3?: { active: boolean } | undefined;
  redis?: object | undefined;
  config?: { configMapName?: string | undefined; secretName?: string | undefined } | undefined;
  articles: "Database" | "S3" | "FileSystem";
  home: { mode: "Ephemeral" | "Persistent" };
  release: { firstInstall: "Refuse" | "Installer" | "Unattended"; install?: object | undefined };
  releaseID: string;
}

export function findOtoboFaults(profile: OtoboFields): SpecFault[] {
  const { containers, nodeID, daemonID, daemonContainer: daemon, release } = profile;
  const range = findRangeFault(nodeID);
  const faults: SpecFault[] = range === null ? [] : [{ ...range, path: ["nodeID", ...range.path] }];
  faults.push(...findRepeatedContainers(containers));
  if (daemonID === undefined && !containers.includes(daemon)) {
    const message =
      `the daemon's container ${JSON.stringify(daemon)} is missing in containers; add it, ` +
      "or set daemonID for a workload without daemon";
    faults.push({ path: ["containers"], message });
  }
  if (daemonID !== undefined && release.firstInstall !== "Refuse") {
    const message =
      "a workload without daemon (daemonID is set) cannot run the first installation; " +
      "install with the profile of the workload that has the daemon";
    faults.push({ path: ["release", "firstInstall"], message });
  }
  return [
    ...faults,
    ...installFaults(profile),
    ...configFaults(profile),
    ...sharedFaults(profile),
    ...releaseFaults(profile),
    ...articleFaults(profile),
  ];
}

function installFaults({ release: { firstInstall, install } }: OtoboFields): SpecFault[] {
  if (firstInstall === "Unattended" && install === undefined) {
    const message = "Unattended requires release.install, the settings of the new installation";
    return [{ path: ["release", "firstInstall"], message }];
  }
  if (firstInstall !== "Unattended" && install !== undefined) {
    const message = `install requires firstInstall: Unattended, not ${firstInstall}; remove install, or set Unattended`;
    return [{ path: ["release", "install"], message }];
  }
  return [];
}

function configFaults({ config }: OtoboFields): SpecFault[] {
  if (config === undefined || (config.configMapName === undefined) !== (config.secretName === undefined))
    return [];
  return [{ path: ["config"], message: "set one of configMapName and secretName" }];
}

/** If the daemon runs in other pods, OTOBO shares files with them by S3 only, and what it has cached by Redis only. */
function sharedFaults({ daemonID, s3, redis }: OtoboFields): SpecFault[] {
  if (daemonID === undefined) return [];
  const withoutS3 =
    "a workload without daemon requires s3: pods share ACLs, processes, packages and user settings by S3 only; " +
    "set s3, or run web and daemon in one pod";
  const withoutRedis =
    "a workload without daemon requires redis: other pods would show outdated data, and that no daemon runs; " +
    "set redis, or run web and daemon in one pod";
  const messages = [...(s3?.active === true ? [] : [withoutS3]), ...(redis ? [] : [withoutRedis])];
  return messages.map((message) => ({ path: ["daemonID"], message }));
}

/** With a releaseID that differs between pods, each pod would run the release steps, and again at every restart. */
function releaseFaults({ releaseID, daemonID }: OtoboFields): SpecFault[] {
  const own = findPerPod(releaseID);
  if (own === null || daemonID !== undefined) return [];
  const message = `{${own}} differs between pods, but release steps are done once for all of them; remove it`;
  return [{ path: ["releaseID"], message }];
}

function articleFaults({ s3, articles, home: { mode } }: OtoboFields): SpecFault[] {
  const fault = (message: string): SpecFault[] => [{ path: ["articles"], message }];
  if (articles === "S3" && s3 === undefined) return fault("articles in S3 require s3");
  if (articles === "S3" && s3?.active === false) {
    return fault("articles in S3 require OTOBO's S3 mode: remove s3.active: false");
  }
  if (articles === "FileSystem" && mode === "Ephemeral") {
    return fault("articles on an ephemeral home are lost with the pod; set home: {mode: Persistent}");
  }
  return [];
}
