// The environment of killed runners: two pods' volumes, their shared storage, a bucket, the record. Steps are real
// commands on real files; the API server is `try`'s stand-in over real HTTPS (webhook/cli/try/apiStandIn.ts).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readMarker } from "../../../init/contract/marker.ts";
import { PLAN_ENV, POD_UID_ENV } from "../../../init/contract/places.ts";
import type { Identity, Plan, PlanStep } from "../../../init/contract/plan.ts";
import { computeReleaseId } from "../../../init/contract/record.ts";
import { buildObjectKeys } from "../../../init/contract/s3.ts";
import type { ObjectStore } from "../../../init/engine/ports.ts";
import { openObjects } from "../../../init/world/openObjects.ts";
import { giveAccess, readSetRecord } from "../../../webhook/cli/try/apiAccess.ts";
import { ApiStandIn } from "../../../webhook/cli/try/apiStandIn.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { buildShellCommand } from "../rig.ts";
import { KEY_ENV, placeAt } from "../world/s3/place.ts";
import { LATE_CLOCK_ENV } from "./lateClock.ts";

/** In seconds: the shortest duration that a busy machine can still renew in time. */
export const LEASE_SECONDS = 3;

/** The second pod's clock is slow by a minute, which must not matter. */
export const LATE_MS = 60_000;

export interface SiteInput {
  folder: string;
  /** an S3 server with the bucket boot */
  s3Url: string;
  /** separates the objects of two sites */
  prefix: string;
  lock: Plan["lock"]["store"];
}

export interface Success {
  release: string;
  fence: number;
}

export interface KillSite {
  plan(ordinal: number, release: string): Plan;
  env(plan: Plan, uid: string): Record<string, string>;
  /** the stored texts of the pod's marker, on the volume and in S3; null if there is none */
  markers(plan: Plan): Promise<{ volume: string | null; bucket: string | null }>;
  /** a line for each event of a step: "begin STEP RELEASE POD" and "end STEP RELEASE POD" */
  done(plan: Plan): Promise<string[]>;
  /** each time that the record was set to state that a release is done */
  successes: readonly Success[];
  close(): Promise<void>;
}

export async function makeSite({ folder, s3Url, prefix, lock }: SiteInput): Promise<KillSite> {
  const api = await ApiStandIn.start(await issueSelfSigned(["127.0.0.1"], new Date()));
  api.putStatefulSet("demo", "web", {
    metadata: { name: "web", generation: 1 },
    spec: { replicas: 2 },
    status: { observedGeneration: 1, updateRevision: "web-1" },
  });
  const shared = join(folder, "shared");
  const token = join(folder, "token");
  for (const each of [shared, token, join(folder, "web-0"), join(folder, "web-1")])
    await mkdir(each, { recursive: true });
  const access = await giveAccess(api, token);
  const place = placeAt(s3Url, { prefix });
  const objects = await openObjects(place, KEY_ENV);

  const plan = (ordinal: number, release: string): Plan => {
    const pod = `web-${ordinal}`;
    const volume = join(folder, pod);
    return {
      schema: 1,
      identity: buildIdentity(ordinal),
      ordinal,
      release,
      revision: "web-1",
      markers: { store: "both", root: volume, path: ".rollcall" },
      s3: place,
      lock: { store: lock, seconds: LEASE_SECONDS },
      api: { folder: token },
      drop: "allow",
      leave: null,
      steps: [
        step("copy", "pod", volume, release),
        step("migrate", "release", shared, release),
        step("warm", "pod", volume, release),
      ],
    };
  };
  const watched = watchRecord(api);
  return {
    plan,
    env: (given, uid) => ({
      ...access,
      ...KEY_ENV,
      // not an argument of the steps: a release step is the same for all pods
      HOSTNAME: given.identity.pod,
      ...(given.ordinal === 1 ? { [LATE_CLOCK_ENV]: String(LATE_MS) } : {}),
      [PLAN_ENV]: JSON.stringify(given),
      [POD_UID_ENV]: uid,
    }),
    markers: async (given) => ({
      volume: await readTextOrNull(
        join(folder, given.identity.pod, ".rollcall", `${given.identity.pod}.json`),
      ),
      bucket: await objectAt(objects, buildObjectKeys(prefix, given.identity).marker),
    }),
    done: async (given) => {
      const texts = [join(folder, given.identity.pod, "log"), join(shared, "log")].map(readTextOrNull);
      const lines = (await Promise.all(texts)).flatMap((text) => (text ?? "").split("\n"));
      return lines.filter((line) => line.includes(` ${given.release} `));
    },
    successes: watched.successes,
    close: async () => {
      watched.stop();
      await api.close();
    },
  };
}

const buildIdentity = (ordinal: number): Identity => ({
  namespace: "demo",
  workload: "web",
  pod: `web-${ordinal}`,
  nodeId: String(ordinal + 1),
  kind: "generic",
  profile: "demo",
});

/** Its result is visible completely or not at all; an interrupted run leaves a partial tree behind. */
function step(name: string, scope: "pod" | "release", home: string, release: string): PlanStep {
  const run = [
    'echo "begin $2 $3 $HOSTNAME" >> "$1/log"',
    // a random name: runners in PID namespaces have the same pids, so a pid does not make it unique
    'part="$(mktemp -d "$1/$2.$3.XXXXXX")"',
    'for file in a b c; do echo "$3" > "$part/$file"; sleep 0.05; done',
    // a single rename decides, even if another run did the same in the meantime
    'mv -T "$part" "$1/$2.$3" 2>/dev/null || rm -r "$part"',
    'echo "end $2 $3 $HOSTNAME" >> "$1/log"',
  ];
  const verify = 'for file in a b c; do [ "$(cat "$1/$2.$3/$file")" = "$3" ] || exit 1; done';
  return {
    name,
    scope,
    run: buildShellCommand(`set -e; ${run.join("; ")}`, home, name, release),
    verify: buildShellCommand(verify, home, name, release),
    timeoutSeconds: 30,
    retries: 1,
  };
}

async function readTextOrNull(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

async function objectAt(objects: ObjectStore, key: string): Promise<string | null> {
  const got = await objects.get(key);
  assert.ok(got.is !== "failed", `the test cannot read ${key}: ${JSON.stringify(got)}`);
  return got.is === "object" ? got.text : null;
}

/** A step takes 150 ms, so no success is overlooked. */
const LOOK_EVERY_MS = 10;

function watchRecord(api: ApiStandIn): { successes: Success[]; stop(): void } {
  const successes: Success[] = [];
  let last = "";
  const look = (): void => {
    const record = readSetRecord(api, buildIdentity(0));
    const release = record?.releasing === undefined ? record?.release : undefined;
    const now = release === undefined ? "" : `${release.id} ${release.fence}`;
    if (release !== undefined && now !== last) successes.push({ release: release.id, fence: release.fence });
    last = now;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    successes,
    stop: () => {
      look();
      clearInterval(timer);
    },
  };
}

/** P1 and P2 at any time: each marker is complete or absent, and what it states was done. */
export async function checkMarkers(site: KillSite, plan: Plan): Promise<void> {
  const { volume, bucket } = await site.markers(plan);
  for (const text of [volume, bucket]) {
    if (text === null) continue;
    const reading = readMarker(text);
    assert.ok(reading.is === "whole", `P1: the marker is ${reading.is}: ${text.slice(0, 100)}`);
    if (reading.marker.release !== plan.release) continue;
    for (const { name } of reading.marker.steps) {
      const verify = plan.steps.find((each) => each.name === name)?.verify ?? ["false"];
      const [program = "", ...words] = verify;
      const { status } = spawnSync(program, words);
      assert.equal(status, 0, `P2: ${name} is marked, and its verify exits ${status}`);
    }
  }
}

/** P3: the record was set once to state that this release is done. */
export function checkSuccess(site: KillSite, plan: Plan): void {
  const mine = site.successes.filter(({ release }) => release === computeReleaseId(plan));
  assert.equal(mine.length, 1, `P3: ${plan.release} succeeded ${mine.length} times: ${JSON.stringify(mine)}`);
}
