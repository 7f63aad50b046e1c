// A ring of real Ozone Managers as processes on loopback: one SCM, members that start as in their pods (the real
// runner, then the daemon), and the stand-in of `try` as API server.

import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkloadRecord as SetRecord } from "../../../../init/contract/record.ts";
import type { AskWeb } from "../../../../init/engine/ringPorts.ts";
import { openWeb } from "../../../../init/world/openWeb.ts";
import { giveAccess, readSetRecord } from "../../../../webhook/cli/try/apiAccess.ts";
import { ApiStandIn } from "../../../../webhook/cli/try/apiStandIn.ts";
import { issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";
import { trySignal } from "../../../signal.ts";
import { buildNamedSettings, formatScmAddress, type Ports, writeConf } from "./conf.ts";
import { type Keystores, makeKeystores } from "./keystores.ts";
import {
  formatMemberAddress,
  formatMemberName,
  formatServiceName,
  PLACE_NAMESPACE,
  RING_SET,
} from "./names.ts";
import { type RunningDaemon, startProcess } from "./process.ts";
import { writeLauncher } from "./writeLauncher.ts";

const MEMBERS = 5;
const STOPS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface RingPlace {
  readonly home: string;
  readonly ozone: string;
  readonly ports: Ports;
  /** null: web servers speak HTTP; otherwise nothing but HTTPS */
  readonly keystores: Keystores | null;
  readonly api: ApiStandIn;
  readonly access: Readonly<Record<string, string>>;
  readonly tokenFolder: string;
  readonly processes: RunningDaemon[];
  record(): SetRecord | null;
  /** sets the replicas of the StatefulSet in the stand-in */
  scale(replicas: number): void;
  start(name: string, words: readonly string[], conf: string, input?: string): RunningDaemon;
  /** writes a configuration folder with this name */
  conf(name: string, id: string | null, data: string): Promise<string>;
  /** ends the SCM, and starts one of another cluster at the same addresses */
  otherScm(): Promise<void>;
  close(): Promise<void>;
}

interface PlaceOptions {
  readonly isSecure?: boolean;
  readonly isNamed?: boolean;
  /** further settings of a process; null: of an SCM or a client @default none */
  readonly listSettings?: (id: string | null) => Readonly<Record<string, string>>;
}

/** Opens the place and starts its SCM; `close` ends everything that was started in it. */
export async function openPlace(
  jars: string,
  { isSecure = false, isNamed = false, listSettings = () => ({}) }: PlaceOptions = {},
): Promise<RingPlace> {
  const home = await mkdtemp(join(tmpdir(), "rollcall-ozone-"));
  const [pids, tokenFolder] = [join(home, "pids"), join(home, "token")];
  for (const folder of [pids, tokenFolder, join(home, "logs")]) await mkdir(folder);
  const ozone = await writeLauncher({ home, jars, pids });
  const ports = await freePorts(isSecure);
  const hosts = isNamed
    ? await writeHosts(
        home,
        "members",
        ports.members.map((_, ordinal) => ordinal),
      )
    : null;
  const more = isNamed ? buildNamedSettings(ports) : {};
  const keystores = isSecure ? await makeKeystores(MEMBERS) : null;
  const api = await ApiStandIn.start(await issueSelfSigned(["localhost", "127.0.0.1"], new Date()));
  const access = await giveAccess(api, tokenFolder);
  const processes: RunningDaemon[] = [];
  let scm: RunningDaemon | null = null;
  // mocha runs no hooks when it is interrupted
  const onStop = (): void => {
    void clean(home, processes).finally(() => process.exit(1));
  };
  for (const signal of STOPS) process.once(signal, onStop);
  const place: RingPlace = {
    home,
    ozone,
    ports,
    keystores,
    api,
    access,
    tokenFolder,
    processes,
    record: () =>
      readSetRecord(api, {
        namespace: PLACE_NAMESPACE,
        workload: RING_SET,
        pod: "",
        nodeId: "",
        kind: "",
        profile: "",
      }),
    scale: (replicas) => {
      const metadata = { name: RING_SET, namespace: PLACE_NAMESPACE };
      api.putStatefulSet(PLACE_NAMESPACE, RING_SET, {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata,
        spec: { replicas },
      });
    },
    start: (name, words, conf, input) => {
      const options = { log: join(home, "logs", `${name}.log`), env: { OZONE_CONF_DIR: conf } };
      const running = startProcess([ozone, ...words], {
        ...options,
        ...(input === undefined ? {} : { input }),
      });
      processes.push(running);
      return running;
    },
    conf: (name, id, data) => {
      const ordinal = Number(id?.split("-").at(-1));
      const keystore = (id === null ? keystores?.scm : keystores?.members[ordinal]) ?? null;
      const settings = { ...more, ...listSettings(id) };
      return writeConf({
        folder: join(home, "conf", name),
        ports,
        data,
        id,
        keystore,
        more: settings,
        hosts,
      });
    },
    otherScm: async () => {
      await scm?.end();
      scm = await startScm(place, "other-scm");
    },
    close: async () => {
      for (const signal of STOPS) process.off(signal, onStop);
      await clean(home, processes);
      await api.close();
    },
  };
  try {
    place.scale(1);
    scm = await startScm(place, "scm");
  } catch (error) {
    await place.close();
    throw error;
  }
  return place;
}

/**
 * Writes a file by which a JVM resolves names instead of DNS.
 * @param ordinals members whose pods have names
 * @param services members whose Services have names
 */
export async function writeHosts(
  home: string,
  name: string,
  ordinals: readonly number[],
  services: readonly number[] = [],
): Promise<string> {
  const path = join(home, `${name}.hosts`);
  const lines = [
    `127.0.0.1 localhost ${hostname()}`,
    ...ordinals.map((ordinal) => `${formatMemberAddress(ordinal)} ${formatMemberName(ordinal)}`),
    ...services.map((ordinal) => `${formatMemberAddress(ordinal)} ${formatServiceName(ordinal)}`),
  ];
  // at once, since JVMs read it at any time
  await writeFile(`${path}.new`, `${lines.join("\n")}\n`);
  await rename(`${path}.new`, path);
  return path;
}

/** Initialises and starts an SCM on a data folder with this name. */
async function startScm(place: RingPlace, name: string): Promise<RunningDaemon> {
  const conf = await place.conf(name, null, join(place.home, name));
  const initialised = await place.start(`${name}-init`, ["scm", "--init"], conf).ended;
  if (initialised !== 0) throw new Error(`scm --init ended with ${initialised}: see ${place.home}/logs`);
  const scm = place.start(name, ["scm"], conf);
  await waitUntil(`the SCM ${name} to answer`, 180, async () => (await clusterId(place)) !== null);
  return scm;
}

export const formatScmUrl = ({ ports, keystores }: RingPlace): string =>
  formatScmAddress(ports, keystores !== null);

/** Asks as the runner does. */
export const openPlaceWeb = ({ keystores }: RingPlace): AskWeb =>
  openWeb(keystores === null ? null : { pem: keystores.caBundle });

/** The cluster's id, as the SCM reports it, or null. */
export async function clusterId(place: RingPlace): Promise<string | null> {
  const query = "/jmx?qry=Hadoop:service=StorageContainerManager,name=StorageContainerManagerInfo,*";
  const answer = await openPlaceWeb(place)(`${formatScmUrl(place)}${query}`);
  const text = answer.is === "answer" ? JSON.stringify(answer.body) : "";
  return /"ClusterId":"(CID-[^"]+)"/.exec(text)?.[1] ?? null;
}

/** Polls `ask` twice a second until it is true. */
export async function waitUntil(
  what: string,
  seconds: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** Ends everything that was started here and removes the folder, which ROLLCALL_KEEP keeps for its logs. */
async function clean(home: string, processes: readonly RunningDaemon[]): Promise<void> {
  // first those that may start others
  await Promise.all(processes.map((running) => running.end("SIGKILL")));
  // daemons that the launcher has noted outlive a killed runner
  const noted = await readdir(join(home, "pids"));
  await Promise.all(noted.map((pid) => endIfOurs(Number(pid), home)));
  if (process.env["ROLLCALL_KEEP"] === undefined) await rm(home, { recursive: true, force: true });
  else console.log(`      kept: ${home}`);
}

/** A reused pid is not ours: our command lines contain the folder of this place. */
async function endIfOurs(pid: number, home: string): Promise<void> {
  const isOurs = async (): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(home);
  if (!(await isOurs())) return;
  trySignal(pid, "SIGKILL");
  await waitUntil(`process ${pid} to be gone`, 30, async () => !(await isOurs()));
}

/** Free ports, all requested at once, so that they differ. @param isSecure members share the port for HTTPS */
async function freePorts(isSecure: boolean): Promise<Ports> {
  const servers = Array.from({ length: 7 + 4 * MEMBERS }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const [client = 0, block = 0, datanode = 0, security = 0, http = 0, ratis = 0, grpc = 0, ...rest] =
    servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  const members = Array.from({ length: MEMBERS }, (_, ordinal) => {
    const [rpc = 0, raft = 0, web = 0, own = 0] = rest.slice(4 * ordinal);
    return { rpc, ratis: raft, http: web, https: isSecure ? (rest[3] ?? 0) : own };
  });
  return { scm: { client, block, datanode, security, http, ratis, grpc }, members };
}
