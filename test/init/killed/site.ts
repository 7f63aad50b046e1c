// Where runners are killed: two pods' volumes, what they share, a bucket, the record. Steps are real commands on real
// files; the API server is `try`'s stand-in over real HTTPS (webhook/cli/try/apiStandIn.ts).
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

/** Seconds: the shortest that a busy machine can still renew in time. */
export const LEASE_SECONDS = 3;

/** The second pod's clock is late by a minute, which must not matter. */
export const LATE_MS = 60_000;

export interface SiteInput {
  folder: string;
  /** an S3 server with the bucket boot */
  s3Url: string;
  /** keeps the objects of one site from another's */
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
  /** texts of the pod's marker, on the volume and in S3, as they lie there; null where none does */
  markers(plan: Plan): Promise<{ volume: string | null; bucket: string | null }>;
  /** what was done: a line for each run of a step, "begin STEP RELEASE POD" and "end STEP RELEASE POD" */
  done(plan: Plan): Promise<string[]>;
  /** every time that the record came to say that a release is done */
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
      // not a word of the steps: a release step is the same for all pods
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

/** Its work is to be seen as a whole or not at all; what begins and does not end leaves half a tree behind. */
function step(name: string, scope: "pod" | "release", home: string, release: string): PlanStep {
  const run = [
    'echo "begin $2 $3 $HOSTNAME" >> "$1/log"',
    // a name of its own: each runner may count processes from 1, so a killed one's left folder can bear any number
    'part="$(mktemp -d "$1/$2.$3.XXXXXX")"',
    'for file in a b c; do echo "$3" > "$part/$file"; sleep 0.05; done',
    // one move decides, whoever else has done it meanwhile
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

/** A step takes 150 ms, so no success stands for less. */
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

/** P1 and P2 at any moment: each marker is whole or absent, and what it says was done. */
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

/** P3: the record came to say once that this release is done. */
export function checkSuccess(site: KillSite, plan: Plan): void {
  const mine = site.successes.filter(({ release }) => release === computeReleaseId(plan));
  assert.equal(mine.length, 1, `P3: ${plan.release} succeeded ${mine.length} times: ${JSON.stringify(mine)}`);
}
