// A member as in its pod: the volume stays, the runner runs first, and if it exits with 0 the daemon starts.

import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildMarkerPath, type Marker, readMarker } from "../../../../init/contract/marker.ts";
import type { Plan } from "../../../../init/contract/plan.ts";
import type { RingView } from "../../../../init/engine/ring/view.ts";
import { realFiles } from "../../../../init/world/files.ts";
import { realTrees } from "../../../../init/world/realTrees.ts";
import { observeRing } from "../../../../presets/ozone-om/runner/ask.ts";
import { type DiskContents, readDisk } from "../../../../presets/ozone-om/runner/read/disk.ts";
import { trySignal } from "../../../signal.ts";
import { buildRingFields, readOzone } from "../plan.ts";
import { formatMemberUrl, SERVICE_ID } from "./conf.ts";
import { PLACE_NAMESPACE, RING_SET } from "./names.ts";
import { formatScmUrl, openPlaceWeb, type RingPlace, waitUntil } from "./place.ts";
import { type RunningDaemon, startProcess } from "./process.ts";

/**
 * Shorter than the 30 s of a real plan, since the lock of a killed joiner must expire each time; longer than the 16 s
 * for which a leader waits for a member that stops answering while it is added.
 */
const LOCK_SECONDS = 20;

const RUNNER = fileURLToPath(new URL("../../../../init/commands/main.ts", import.meta.url));

export interface Member {
  readonly id: string;
  readonly data: string;
  readonly conf: string;
  readonly plan: Plan;
  /** the termination message of the last run */
  message(): Promise<string>;
  marker(): Promise<Marker | null>;
  /** starts the runner */
  init(): RunningDaemon;
  /** starts the preStop while the daemon runs; @param ozone replaces Ozone's command line */
  leave(ozone?: string): RunningDaemon;
  /** starts the daemon like the application's container */
  plain(): RunningDaemon;
  /** runs the runner and, if it succeeds, the daemon; resolves when the daemon follows or leads */
  up(): Promise<RunningDaemon>;
  /** ends the runner and its children at once, as when the init container is killed */
  kill(running: RunningDaemon): Promise<void>;
  /** replaces the volume by an empty one; the returned function restores the old one */
  emptyVolume(): Promise<() => Promise<void>>;
  /** the runner's last log */
  log(): Promise<string>;
}

export function buildMemberPlan(place: RingPlace, ordinal: number, data: string): Plan {
  const pod = `${RING_SET}-${ordinal}`;
  return {
    schema: 1,
    identity: {
      namespace: PLACE_NAMESPACE,
      workload: RING_SET,
      pod,
      nodeId: String(ordinal),
      kind: "ozone-om",
      profile: "ozone",
    },
    ordinal,
    release: "",
    revision: null,
    markers: { store: "pvc", root: data, path: ".rollcall" },
    s3: null,
    lock: { store: "lease", seconds: LOCK_SECONDS },
    api: { folder: place.tokenFolder },
    drop: "managed",
    leave: null,
    ...buildRingFields({
      serviceId: SERVICE_ID,
      members: place.ports.members.map((_, index) => ({
        id: `${RING_SET}-${index}`,
        web: formatMemberUrl(place.ports, index, place.keystores !== null),
      })),
      scm: [formatScmUrl(place)],
      caFile: null,
      ...(place.keystores === null ? {} : { caBundle: place.keystores.caBundle }),
      metadata: { dirs: data, dbDirs: data, ratisDir: null },
      container: "om",
      command: [place.ozone],
      joinSeconds: 400,
      waitSeconds: 240,
      leaveSeconds: 400,
    }),
    steps: [],
  };
}

const withCommand = (plan: Plan, ozone: string): Plan => ({
  ...plan,
  ...buildRingFields({ ...readOzone(plan), command: [ozone] }),
});

export async function makeMember(place: RingPlace, ordinal: number): Promise<Member> {
  const id = `${RING_SET}-${ordinal}`;
  const data = join(place.home, "data", id);
  await mkdir(data, { recursive: true });
  const conf = await place.conf(id, id, data);
  const plan = buildMemberPlan(place, ordinal, data);
  const last = join(place.home, `${id}.termination`);
  let start = 0;
  const runnerLog = (): string => join(place.home, "logs", `${id}-runner-${start}.log`);
  const run = (word: string, given: Plan): RunningDaemon => {
    start += 1;
    const env = {
      ...place.access,
      OZONE_CONF_DIR: conf,
      ROLLCALL_PLAN: JSON.stringify(given),
      ROLLCALL_POD_UID: `uid-${id}`,
    };
    const argv = [process.execPath, RUNNER, word, "--termination-log", last];
    const running = startProcess(argv, { log: runnerLog(), env });
    place.processes.push(running);
    return running;
  };
  const member: Member = {
    id,
    data,
    conf,
    plan,
    message: () => readFile(last, "utf8").catch(() => ""),
    marker: async () => {
      const text = await readFile(join(data, buildMarkerPath(".rollcall", id)), "utf8").catch(() => null);
      const read = text === null ? null : readMarker(text);
      return read !== null && read.is === "whole" ? read.marker : null;
    },
    init: () => run("run", plan),
    leave: (ozone) => run("leave", ozone === undefined ? plan : withCommand(plan, ozone)),
    plain: () => place.start(id, ["om"], conf),
    up: async () => {
      const code = await member.init().ended;
      if (code !== 0) throw new Error(`the runner of ${id} ended with ${code}: ${await member.message()}`);
      const running = member.plain();
      await waitUntil(`${id} to answer with a leader`, 180, async () =>
        (await says(place, ordinal)).includes('"LeaderId":"om-'),
      );
      return running;
    },
    kill: async (running) => {
      const children = await listChildren(running.child.pid ?? -1);
      await running.end("SIGKILL");
      for (const pid of children) trySignal(pid, "SIGKILL");
      await waitUntil("its daemon to be gone", 60, async () =>
        (await Promise.all(children.map(isGone))).every(Boolean),
      );
    },
    emptyVolume: async () => {
      const kept = `${data}.kept.${start}`;
      await rename(data, kept);
      await mkdir(data);
      return async () => {
        await rm(data, { recursive: true });
        await rename(kept, data);
      };
    },
    log: () => readFile(runnerLog(), "utf8"),
  };
  return member;
}

/** The ring, by the runner's own reader. */
export function observeMemberRing(place: RingPlace): Promise<RingView> {
  return observeRing(readOzone(buildMemberPlan(place, 0, "/")), "nobody", openPlaceWeb(place));
}

/** Waits until exactly these members are in the ring, all of them healthy. */
export async function waitForMembers(place: RingPlace, ids: readonly string[]): Promise<void> {
  await waitUntil(`the ring ${ids.join(", ")}`, 180, async () => {
    const live = await observeMemberRing(place);
    if (live.is !== "led" || live.ring.members.some(({ healthy }) => !healthy)) return false;
    return String(live.ring.members.map(({ id }) => id).sort()) === String([...ids].sort());
  });
}

async function says(place: RingPlace, ordinal: number): Promise<string> {
  const web = formatMemberUrl(place.ports, ordinal, place.keystores !== null);
  const answer = await openPlaceWeb(place)(`${web}/jmx?qry=Ratis:service=RaftServer,group=*,id=*`);
  return answer.is === "answer" ? JSON.stringify(answer.body) : "";
}

async function listChildren(pid: number): Promise<number[]> {
  const stats = await Promise.all(
    (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(readParent),
  );
  return stats.filter(({ parent }) => parent === pid).map((child) => child.pid);
}

async function readParent(name: string): Promise<{ pid: number; parent: number }> {
  const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
  return { pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? -1) };
}

async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat === null || stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}

/** The state of its volume, by the runner's own reader. */
export async function readMemberDisk({ plan }: Member): Promise<DiskContents> {
  const disk = await readDisk(readOzone(plan), { ...realTrees, readText: realFiles.readText });
  if ("unreadable" in disk) throw new Error(disk.unreadable);
  return disk;
}
