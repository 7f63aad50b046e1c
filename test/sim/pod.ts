// One start of the runner in a simulated pod: the real engine, in a world in which every call is an event.
import type { Plan } from "../../init/contract/plan.ts";
import type {
  AskApi,
  ChildEnd,
  FileSystem,
  GetResult,
  ObjectStore,
  PutResult,
  World,
} from "../../init/engine/ports.ts";
import { type RunOutcome, runPlan } from "../../init/engine/run.ts";
import type { SimApiServer } from "./apiServer.ts";
import type { App } from "./app.ts";
import type { SimBucket } from "./bucket.ts";
import type { Disk } from "./disk.ts";
import { type CallKind, CRASHES, type How } from "./faults.ts";
import type { Actor, Scheduler } from "./scheduler.ts";

/** The servers and programs that a runner calls. */
export interface SimSite {
  scheduler: Scheduler;
  bucket: SimBucket;
  api: SimApiServer;
  app: App;
  /** the permanent answer of a server, or of the application's programs, to a call; null: none */
  always?: (kind: CallKind, what: string) => Always | null;
  /** called for every call, fault and line, for a replay */
  trace?: (line: string) => void;
}

/** hang: no answer within the caller's timeout; otherwise the immediate answer */
export type Always = "hang" | CallAnswer;
type CallAnswer = FaultyAnswer | ChildEnd;
/** refused: 403; unauthorized: 401; garbage: 200 without an object; down: no answer; or how a command ends */
export type FaultyAnswer = "refused" | "unauthorized" | "garbage" | "down";

export interface PodSpec {
  plan: Plan;
  /** what to run @default the runner's `run` */
  work?: (plan: Plan, world: World) => Promise<RunOutcome>;
  disk: Disk;
  podUid: string;
  runId: string;
  /** difference of this pod's clock, in milliseconds */
  skew?: number;
  seed?: number;
  /** called for each call, from 0; a crash kills the container there */
  fault?: (index: number, kind: CallKind, what: string) => How | null;
  /** called after each call */
  seen?: (index: number, kind: CallKind, what: string) => void;
}

export interface RunnerStart {
  actor: Actor;
  log: string[];
  calls: { kind: CallKind; what: string }[];
  /** number of writes that reached a file, an object or a Lease */
  writes: number;
  outcome: RunOutcome | null;
  /** an internal error of Rollcall: always a failure */
  thrown: unknown;
  stop: AbortController;
}

const LATENCY_MS = 5;
const FILE_HANG_MS = 60_000;
const NET_HANG_MS = 15_000;

export function startPod(site: SimSite, spec: PodSpec): RunnerStart {
  const actor: Actor = { name: `${spec.plan.identity.pod}/${spec.runId}`, dead: false, frozen: false };
  const start: RunnerStart = {
    actor,
    log: [],
    calls: [],
    writes: 0,
    outcome: null,
    thrown: null,
    stop: new AbortController(),
  };
  const world = buildWorld(site, spec, start);
  (spec.work ?? runPlan)(spec.plan, world).then(
    (outcome) => {
      start.outcome = outcome;
    },
    (error: unknown) => {
      start.thrown = error;
    },
  );
  return start;
}

/** Never settles: the container is dead. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

interface Call<T> {
  kind: CallKind;
  what: string;
  work: () => T | Promise<T>;
  /** a partial effect */
  torn?: () => void;
  error: () => T;
  /** makes the result of a permanent answer */
  always?: (answer: CallAnswer) => T;
  busy?: () => T;
  conflict?: () => T;
  lost?: () => T;
}

/** A server that exceeds the timeout: its answer is lost. */
const isLost = (how: How | null, isNet: boolean): boolean => how === "lost" || (how === "hang" && isNet);

/** The result of a call without an effect. */
function makeRefusal<T>(given: Call<T>, how: How | null): (() => T) | undefined {
  switch (how) {
    case "error":
      return given.error;
    case "hang":
      // a command that hangs is ended at its timeout
      return given.kind === "child" ? given.error : undefined;
    case "busy":
      return given.busy ?? given.error;
    case "conflict":
      return given.conflict ?? given.error;
    default:
      return undefined;
  }
}

function buildWorld(site: SimSite, spec: PodSpec, start: RunnerStart): World {
  const { scheduler } = site;
  const { actor } = start;
  let random = (spec.seed ?? 1) >>> 0;

  const call = async <T>(given: Call<T>): Promise<T> => {
    const index = start.calls.length;
    start.calls.push({ kind: given.kind, what: given.what });
    const how = chooseFault(given, index);
    await scheduler.at(actor, LATENCY_MS);
    const always = site.always?.(given.kind, given.what) ?? null;
    if (how !== null && CRASHES.has(how)) return die(given, how, always === null);
    const stands = standing(given, always);
    if (stands !== null) return stands();
    if (how === "stop") start.stop.abort();
    const refuse = makeRefusal(given, how);
    return refuse === undefined ? answerTo(given, how, index) : refuse();
  };

  /** The result of a permanent answer, if there is one. */
  const standing = <T>(
    { always: says, error }: Call<T>,
    always: Always | null,
  ): (() => T | Promise<T>) | null => {
    if (always === "hang") return () => scheduler.at(actor, NET_HANG_MS).then(error);
    return always === null || says === undefined ? null : () => says(always);
  };

  const chooseFault = ({ kind, what }: Call<unknown>, index: number): How | null => {
    const how = spec.fault?.(index, kind, what) ?? null;
    const now = (scheduler.now / 1000).toFixed(3);
    site.trace?.(`${now} ${actor.name}: ${index} ${kind} ${what} ${how ?? ""}`);
    return how;
  };

  const die = async <T>(given: Call<T>, how: How, works: boolean): Promise<T> => {
    if (how === "after" && works) await given.work();
    if (how === "torn") given.torn?.();
    actor.dead = true;
    return never();
  };

  const answerTo = async <T>(given: Call<T>, how: How | null, index: number): Promise<T> => {
    const isNet = given.busy !== undefined;
    if (how === "hang") await scheduler.at(actor, isNet ? NET_HANG_MS : FILE_HANG_MS);
    const answer = await given.work();
    spec.seen?.(index, given.kind, given.what);
    if (actor.dead) return never();
    // frozen between the server's answer and the runner's reading of it
    if (actor.frozen) await scheduler.at(actor, 0);
    return isLost(how, isNet) ? (given.lost ?? given.error)() : answer;
  };

  return {
    files: simulateFiles(spec.disk, call, start),
    objects: spec.plan.s3 === null ? null : simulateObjects(site.bucket, call, start),
    askApi: spec.plan.api === null ? null : simulateApi(site.api, call, start),
    runChild: (request) => {
      const freezes = site.app.countFreezes(actor);
      return call<ChildEnd>({
        kind: "child",
        what: request.argv.join(" "),
        work: () =>
          site.app.child(request, {
            actor,
            volume: spec.plan.identity.pod,
            release: spec.plan.release,
            stop: start.stop.signal,
            freezes,
          }),
        error: () => ({ is: "timed-out", forced: true }),
        always: (answer) => (typeof answer === "string" ? { is: "signaled", signal: "SIGSEGV" } : answer),
      });
    },
    now: () => new Date(Date.UTC(2026, 0, 1) + scheduler.now + (spec.skew ?? 0)),
    monotonic: () => scheduler.now,
    pause: async (milliseconds, until) => {
      const signal = until ?? start.stop.signal;
      if (signal.aborted) return scheduler.at(actor, 0);
      const cut = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([scheduler.at(actor, milliseconds), cut]);
    },
    random: () => {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      return random / 2 ** 32;
    },
    log: (line) => {
      start.log.push(line);
      site.trace?.(`${(scheduler.now / 1000).toFixed(3)} ${actor.name}: ${line}`);
    },
    runId: spec.runId,
    podUid: spec.podUid,
    stop: start.stop.signal,
  };
}

type Caller = <T>(given: Call<T>) => Promise<T>;

function simulateFiles(disk: Disk, call: Caller, start: RunnerStart): FileSystem {
  const fail = (code: string): never => {
    throw Object.assign(new Error(`${code}: simulated`), { code });
  };
  const broken = (): never => fail("EIO");
  const write = <T>(work: () => T) => {
    return () => {
      start.writes += 1;
      return work();
    };
  };
  return {
    readText: (path) =>
      call({
        kind: "read",
        what: path,
        work: () => disk.read(path) ?? fail("ENOENT"),
        error: broken,
        always: broken,
      }),
    makeFolder: (path) =>
      call({
        kind: "folder",
        what: path,
        work: () => (disk.hasFolder(path) ? undefined : write(() => disk.makeFolder(path))()),
        error: broken,
      }),
    writeNewSynced: (path, text) =>
      call({
        kind: "write",
        what: path,
        work: write(() => disk.write(path, text)),
        torn: () => disk.write(path, text.slice(0, text.length / 2)),
        error: () => fail("ENOSPC"),
        always: () => fail("EROFS"),
      }),
    rename: (from, to) =>
      call({
        kind: "folder",
        what: to,
        work: write(() => disk.rename(from, to)),
        error: broken,
        always: () => fail("EROFS"),
      }),
    syncFolder: (path) =>
      call({
        kind: "folder",
        what: path,
        work: () => (disk.hasFolder(path) ? disk.syncFolder(path) : fail("ENOENT")),
        error: broken,
      }),
    remove: (path) =>
      call({ kind: "folder", what: path, work: write(() => disk.remove(path)), error: broken }),
  };
}

function simulateObjects(bucket: SimBucket, call: Caller, start: RunnerStart): ObjectStore {
  const unknown = { is: "failed", why: "no answer", ends: "unknown" } as const;
  return {
    where: "http://s3.example/boot",
    get: (key) =>
      call<GetResult>({
        kind: "get",
        what: key,
        work: () => bucket.get(key),
        error: () => ({ is: "failed", why: "503", isTransient: true }),
        always: (answer) => ({ is: "failed", why: "403", isTransient: answer === "down" }),
        busy: () => ({ is: "failed", why: "429", isTransient: true }),
        lost: () => ({ is: "failed", why: "no answer", isTransient: true }),
      }),
    put: (key, text, condition) =>
      call<PutResult>({
        kind: "put",
        what: condition === "any" ? key : `${key} ${condition === "absent" ? "if-none-match" : "if-match"}`,
        work: () => {
          const put = bucket.put(key, text, condition);
          if (put.is === "stored") start.writes += 1;
          return put;
        },
        error: () => unknown,
        always: (answer) => ({ is: "failed", why: "403", ends: answer === "down" ? "unknown" : "refused" }),
        busy: () => ({ is: "failed", why: "409", ends: "busy" }),
        lost: () => unknown,
      }),
  };
}

const ANSWERS: Readonly<Record<FaultyAnswer, Awaited<ReturnType<AskApi>>>> = {
  down: { none: "no answer" },
  refused: { status: 403, body: { message: 'User "system:serviceaccount:demo:web" cannot do that' } },
  unauthorized: { status: 401, body: { message: "Unauthorized" } },
  garbage: { status: 200, body: "<html>" },
};

function simulateApi(api: SimApiServer, call: Caller, start: RunnerStart): AskApi {
  return (request) =>
    call<Awaited<ReturnType<AskApi>>>({
      kind: request.method === "GET" ? "api-read" : "api-write",
      what: `${request.method} ${request.path.split("/").at(-1)}`,
      work: () => {
        const before = api.writes;
        const answer = api.ask(request);
        start.writes += api.writes - before;
        return answer;
      },
      error: () => ({ status: 500, body: { message: "etcd" } }),
      always: (answer) => (typeof answer === "string" ? ANSWERS[answer] : ANSWERS.garbage),
      busy: () => ({ status: 429, body: { message: "too many requests" } }),
      conflict: () => ({ status: 409, body: { message: "the object has been modified" } }),
      lost: () => ({ none: "no answer" }),
    });
}
