// A model of a ring and of Ozone's command line: it answers like members and SCM, and its daemons write real volumes
// like Ozone. Every step checks what must never happen, and records it in `broken`.

import { computeGroupName } from "../../../init/contract/ring/group.ts";
import type { ChildEnd, ChildRequest } from "../../../init/engine/ports.ts";
import type { AskWeb, WebAnswer } from "../../../init/engine/ringPorts.ts";
import type { RingVolume } from "./volume.ts";

const SERVICE = "omservice";
export const MODEL_CLUSTER = "CID-1";

/** A few polls of the runner that waits for its proof. */
const CATCH_UP_TICKS = 20;

/** What members report of their software, and the version in a joining pod. */
export interface ModelSoftware {
  version?: string;
  /** of members that have another one */
  versions?: Readonly<Record<string, string>>;
  layout?: { metadata: number; software: number };
  purges?: number;
  /** what `ozone version` prints; missing: there is no such command */
  own?: string;
  /** so many runs of `ozone version` print nothing */
  failingRuns?: number;
  /** whose question times out */
  lost?: "version" | "layout" | "purges";
}

const TIMEOUT: WebAnswer = { is: "unclear", why: "timeout" };

interface Daemon {
  readonly id: string;
  readonly isJoining: boolean;
}

export class ModelRing {
  /** the current ring; empty if there is none */
  members: string[] = [];
  term = 1;
  /** the leader as long as it runs and is in the ring: the target of a transfer */
  preferred: string | null = null;
  /** an admin command fails and changes nothing */
  adminFails = false;
  cluster: string | null = MODEL_CLUSTER;
  /** {}: an Ozone that reports nothing of it */
  software: ModelSoftware = {};
  /** of `ozone version` */
  versionRuns = 0;
  readonly daemons = new Map<string, Daemon>();
  readonly broken: string[] = [];
  /** all rings so far, the latest one last */
  readonly history: string[][] = [[]];

  /** A copy of the ring, for a test that continues from here in several ways. */
  copy(): ModelRing {
    const { members, term, preferred, adminFails, cluster, software } = this;
    const twin = Object.assign(new ModelRing(), { members, term, preferred, adminFails, cluster, software });
    for (const [id, daemon] of this.daemons) twin.daemons.set(id, daemon);
    twin.broken.push(...this.broken);
    twin.history.splice(0, 1, ...this.history);
    return twin;
  }

  readonly askWeb: AskWeb = async (url) => {
    const { hostname, search } = new URL(url);
    if (hostname === "scm") return this.#scm();
    const daemon = this.daemons.get(hostname);
    if (daemon === undefined) return { is: "silent", why: `${hostname}: connection refused` };
    if (search.includes("LayoutVersionManager") || search.includes("purgeLog"))
      return this.#software(decodeURIComponent(search));
    return search.includes("OzoneManagerInfo") ? this.#roles(hostname) : this.#bean(hostname);
  };

  /** The current leader; null if no majority runs. */
  leader(): string | null {
    const running = this.members.filter((id) => this.daemons.has(id));
    if (running.length <= this.members.length / 2) return null;
    return running.find((member) => member === this.preferred) ?? running[0] ?? null;
  }

  /** The effect of a command on a member's volume, as with Ozone (docs/research/ozone.md#commands). */
  async run(id: string, volume: RingVolume, { argv, abort, onLine }: ChildRequest): Promise<ChildEnd> {
    if (argv.includes("version")) return this.#version(onLine);
    if (argv.includes("admin")) return { is: "exited", code: await this.#admin(argv) };
    if (argv.includes("--init")) {
      await volume.init({ nodeId: id });
      return { is: "exited", code: 0 };
    }
    const isBootstrap = argv.includes("--bootstrap");
    const nodes = (argv.find((word) => word.startsWith("ozone.om.nodes."))?.split("=")[1] ?? "").split(",");
    this.#started({ id, isJoining: true });
    try {
      await volume.init({ nodeId: id });
      await volume.database();
      await volume.raft(null);
      const before = this.members;
      const wrong = isBootstrap ? this.#bootstrap(id, nodes) : this.#plain(id, nodes);
      if (wrong !== null) return { is: "exited", code: wrong };
      await waitForTick();
      if (isBootstrap) await this.#catchUp(volume, before, abort);
      if (isOff(abort)) return { is: "stopped" };
      await volume.raft({ peers: this.members, oldPeers: [] });
      while (!isOff(abort)) await waitForTick();
      return { is: "stopped" };
    } finally {
      this.daemons.delete(id);
    }
  }

  #version(print: ChildRequest["onLine"]): ChildEnd {
    this.versionRuns += 1;
    const { own, failingRuns = 0 } = this.software;
    if (failingRuns > 0) {
      this.software.failingRuns = failingRuns - 1;
      return { is: "exited", code: 137 };
    }
    print(own === undefined ? "no such command: version" : `  /    ${own}(Model)`);
    return { is: "exited", code: own === undefined ? 2 : 0 };
  }

  /** The application's container starts the daemon. */
  plain(id: string): void {
    if (!this.members.includes(id)) this.broken.push(`${id} was started plain and is in no ring`);
    this.#started({ id, isJoining: false });
  }

  remove(id: string): void {
    this.#change(this.members.filter((member) => member !== id));
  }

  /** Exit codes as measured (docs/research/ozone.md#measured-with-processes): 255 if nothing was changed. */
  async #admin(argv: readonly string[]): Promise<number> {
    await waitForTick();
    if (this.adminFails || this.leader() === null) return 255;
    const target = argv.at(argv.indexOf("-n") + 1);
    if (argv.includes("transfer")) {
      if (target === undefined || !this.members.includes(target) || !this.daemons.has(target)) return 255;
      this.preferred = target;
      this.term += 1;
      return 0;
    }
    const id = argv.find((word) => word.startsWith("--nodeid="))?.slice("--nodeid=".length) ?? "";
    return this.#decommission(id, argv);
  }

  #decommission(id: string, argv: readonly string[]): number {
    if (!this.members.includes(id) || this.leader() === id) return 255;
    const remaining = this.members.filter((member) => member !== id);
    const given =
      argv
        .find((word) => word.startsWith("ozone.om.nodes."))
        ?.split("=")[1]
        ?.split(",") ?? [];
    if (String(given.toSorted()) !== String(remaining.toSorted())) {
      this.broken.push(`${id} named ${given.join(",")} as those who remain, not ${remaining.join(",")}`);
    }
    if (remaining.filter((member) => this.daemons.has(member)).length <= remaining.length / 2) {
      this.broken.push(`${id} left a ring that has no majority without it`);
    }
    this.#change(remaining);
    // a running member stops itself when it is removed
    this.daemons.delete(id);
    return 0;
  }

  #started(daemon: Daemon): void {
    if (this.daemons.has(daemon.id)) this.broken.push(`two daemons of ${daemon.id} run`);
    const joining = [...this.daemons.values()].find(({ isJoining }) => isJoining);
    if (daemon.isJoining && joining !== undefined) {
      this.broken.push(`I7: ${daemon.id} joins while ${joining.id} does`);
    }
    this.daemons.set(daemon.id, daemon);
  }

  /** The log is applied from its beginning: for a while the configuration is an older one without this member. */
  async #catchUp(volume: RingVolume, before: string[], abort: AbortSignal | undefined): Promise<void> {
    await volume.raft({ peers: before, oldPeers: [] });
    for (let turn = 0; turn < CATCH_UP_TICKS && !isOff(abort); turn += 1) await waitForTick();
  }

  #bootstrap(id: string, nodes: readonly string[]): number | null {
    const leader = this.leader();
    if (leader === null || this.members.includes(id)) return 255;
    const expected = [...this.members, id].sort();
    if (String(nodes.toSorted()) !== String(expected)) {
      this.broken.push(`${id} was given ${nodes.join(",")}, the ring and itself is ${expected.join(",")}`);
    }
    this.#change([...this.members, id]);
    return null;
  }

  #plain(id: string, nodes: readonly string[]): number | null {
    if (this.members.includes(id)) return null;
    if (this.members.length > 0)
      this.broken.push(`I2: ${id} makes a ring of ${nodes.join(",")} beside another`);
    this.#change([id]);
    return null;
  }

  #change(members: string[]): void {
    const differs = Math.abs(members.length - this.members.length);
    if (differs > 1) this.broken.push(`I7: ${this.members.join(",")} became ${members.join(",")}`);
    this.members = members;
    this.history.push(members);
  }

  #scm(): WebAnswer {
    const beans = this.cluster === null ? [] : [{ ClusterId: this.cluster }];
    return { is: "answer", status: 200, body: { beans } };
  }

  #roles(id: string): WebAnswer {
    if (this.software.lost === "version") return TIMEOUT;
    const RatisRoles = this.members.map((id) => [id, id, "9872", "FOLLOWER", "FOLLOWER"]);
    const version = this.software.versions?.[id] ?? this.software.version;
    const bean = { RatisRoles, ...(version === undefined ? {} : { SoftwareVersion: version }) };
    return { is: "answer", status: 200, body: { beans: [bean] } };
  }

  #software(query: string): WebAnswer {
    const { layout, purges, lost } = this.software;
    if (lost === (query.includes("purgeLog") ? "purges" : "layout")) return TIMEOUT;
    const purged = purges === undefined ? [] : [{ Count: purges }];
    const versions =
      layout === undefined
        ? []
        : [{ MetadataLayoutVersion: layout.metadata, SoftwareLayoutVersion: layout.software }];
    return { is: "answer", status: 200, body: { beans: query.includes("purgeLog") ? purged : versions } };
  }

  #bean(id: string): WebAnswer {
    const leader = this.members.includes(id) ? this.leader() : null;
    const isLeader = leader === id;
    const bean = {
      Id: id,
      Role: isLeader ? "   LEADER" : " FOLLOWER",
      LeaderId: leader,
      CurrentTerm: this.term,
      GroupId: computeGroupName(SERVICE),
      Followers: isLeader
        ? this.members.filter((each) => each !== id).map((each) => `${each}|${each}:9872`)
        : [],
    };
    return { is: "answer", status: 200, body: { beans: [bean] } };
  }
}

const isOff = (abort: AbortSignal | undefined): boolean => abort?.aborted === true;

export const waitForTick = (): Promise<void> => new Promise((done) => setImmediate(done));
