// What a release does meanwhile: which pods restart, how many members are ready, and whether writes are acknowledged.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { waitUntilPasses } from "../../e2e/harness/eventually.ts";
import type { Access, Kubectl } from "../../e2e/harness/kubectl.ts";
import { measureTime } from "../../presets/ozone-om/processes/measureTime.ts";
import { CHART_MEMBERS, RELEASE_NAMESPACE } from "./chart.ts";

interface PodList {
  items: {
    metadata: { name: string; uid: string };
    status: { containerStatuses?: { restartCount: number }[] };
  }[];
}

/** By the name of a pod: which pod it is, and how often its containers were restarted. */
type PodStates = ReadonlyMap<string, { readonly uid: string; readonly restarts: number }>;

/** The pods of the release. */
async function readPodStates(k: Kubectl): Promise<PodStates> {
  const { items } = await k.json<PodList>(["get", "pods", "-l", "app.kubernetes.io/instance=ozone"]);
  return new Map(
    items.map(({ metadata, status }) => [
      metadata.name,
      {
        uid: metadata.uid,
        restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
      },
    ]),
  );
}

/** The names of pods that were replaced by others, by a rollout or a deletion. */
const listReplaced = (before: PodStates, after: PodStates): string[] =>
  [...before]
    .filter(([name, { uid }]) => (after.get(name)?.uid ?? uid) !== uid)
    .map(([name]) => name)
    .sort();

/** The names of pods of which a container was restarted, though the pod is the same. */
const listRestartedInPlace = (before: PodStates, after: PodStates): string[] =>
  [...after]
    .filter(([name, { uid, restarts }]) => {
      const earlier = before.get(name);
      return restarts > (earlier?.uid === uid ? earlier.restarts : 0);
    })
    .map(([name]) => name)
    .sort();

/**
 * Asserts that the kubelet restarted these containers because of the chart's liveness probe, which allows an answer one
 * second, on a busy machine too little. No other reason is accepted.
 */
async function assertFailedLiveness(k: Kubectl, pods: readonly string[]): Promise<void> {
  if (pods.length === 0) return;
  const { items } = await k.json<{ items: { involvedObject: { name: string }; message: string }[] }>([
    "get",
    "events",
    "--field-selector=reason=Killing",
  ]);
  for (const pod of pods)
    assert.ok(
      items.some((event) => event.involvedObject.name === pod && event.message.includes("liveness probe")),
      `a container of ${pod} was restarted, and not because of its liveness probe`,
    );
}

/** The times at which the client's writes were acknowledged, in milliseconds. */
async function readAcknowledgements(k: Kubectl): Promise<number[]> {
  const log = await k.run(["logs", "client", "--timestamps"]);
  return [...log.matchAll(/^(\S+) ACK /gm)].map(([, time = ""]) => Date.parse(time));
}

/** Waits until writes are acknowledged again, and prints how long that takes. */
export const waitUntilWritten = (k: Kubectl): Promise<void> =>
  measureTime("until a write is acknowledged", async () => {
    const began = Date.now();
    await waitUntilPasses(async () => {
      const times = await readAcknowledgements(k);
      assert.ok((times.at(-1) ?? 0) > began, "no write is acknowledged");
    });
  });

/** Follows which members are ready. @returns a function that ends it and gives the lowest number of ready members */
function followReadyMembers({ kubeconfig, kubectl }: Access): () => Promise<number> {
  const ready = '{.object.status.conditions[?(@.type=="Ready")].status}';
  const child = spawn(
    kubectl,
    [
      ...["--kubeconfig", kubeconfig, "-n", RELEASE_NAMESPACE],
      ...["get", "pods", "-l", "app.kubernetes.io/component=om", "--watch", "--output-watch-events"],
      ...["-o", `jsonpath={.type}{" "}{.object.metadata.name}{" "}${ready}{"\\n"}`],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const members = new Set<string>();
  let fewest: number | null = null;
  let hasListed = false;
  // the first events list what exists, one member after the other
  const timer = setTimeout(() => {
    hasListed = true;
    fewest = members.size;
  }, 5_000);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [type, name = "", status] = line.split(" ");
    if (type !== "DELETED" && status === "True") members.add(name);
    else members.delete(name);
    if (hasListed) fewest = Math.min(fewest ?? members.size, members.size);
  });
  return async () => {
    clearTimeout(timer);
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
    assert.ok(fewest !== null, "the work took less than five seconds");
    return fewest;
  };
}

export interface WorkInput {
  readonly k: Kubectl;
  readonly access: Access;
  /**
   * how many members must be ready at any time, less those that the kubelet restarts on a busy machine; 0: they have no
   * readiness probe, so nothing is known or expected
   */
  readonly majority: number;
}

/**
 * Does the work while the client writes. Asserts that the work left a majority of the members ready, and that writes
 * were acknowledged; prints that, and which pods were restarted. @returns the names of pods that were replaced
 */
export async function observeWork(
  { k, access, majority }: WorkInput,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const before = await readPodStates(k);
  const stopFollowing = followReadyMembers(access);
  const began = Date.now();
  let fewest: number;
  try {
    await work();
  } finally {
    fewest = await stopFollowing();
  }
  const ended = Date.now();
  const after = await readPodStates(k);
  const restarted = listReplaced(before, after);
  const inPlace = listRestartedInPlace(before, after);
  const times = (await readAcknowledgements(k)).filter((time) => time >= began && time <= ended);
  const edges = [began, ...times, ended];
  const pauses = edges.slice(1).map((time, index) => time - (edges[index] ?? time));
  console.log(
    [
      `took ${((ended - began) / 1000).toFixed(1)} s`,
      `restarted: ${restarted.join(", ") || "none"}`,
      ...(inPlace.length > 0 ? [`restarted by the kubelet on the busy machine: ${inPlace.join(", ")}`] : []),
      `fewest ready members: ${fewest}`,
      `${times.length} writes acknowledged, the longest pause ${(Math.max(...pauses) / 1000).toFixed(1)} s`,
    ]
      .join("\n")
      .replace(/^/gm, "      "),
  );
  await assertFailedLiveness(k, inPlace);
  // what the kubelet restarts is no part of the work, and printed above
  const expected = majority - selectMembers(inPlace).length;
  assert.ok(fewest >= expected, `only ${fewest} members were ready, and ${expected} were expected`);
  if (majority > 0) assert.ok(times.length > 20, `only ${times.length} writes were acknowledged`);
  return restarted;
}

/** Which of these are pods of the ring. */
export const selectMembers = (pods: readonly string[]): string[] =>
  pods.filter((name) => name.startsWith(`${CHART_MEMBERS}-`));
