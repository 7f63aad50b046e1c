// Runs the bundled runner with a failing network to S3, and reports its S3 requests and its result.
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PLAN_ENV, POD_UID_ENV } from "../../../init/contract/places.ts";
import type { Plan } from "../../../init/contract/plan.ts";
import type { S3Place } from "../../../init/contract/s3.ts";
import { buildShellCommand, IDENTITY } from "../rig.ts";
import { type ProxyFault, startFaultProxy } from "../world/s3/faultProxy.ts";
import { KEY_ENV, placeAt } from "../world/s3/place.ts";

/** The object of the pod's marker below the prefix. */
export const MARKER = `${IDENTITY.namespace}/${IDENTITY.workload}/${IDENTITY.pod}.json`;

export interface FaultyRun {
  program: string;
  folder: string;
  s3Url: string;
  prefix: string;
  /** the fault for the request of this index */
  chooseFault: (request: { index: number; method: string; isMarker: boolean }) => ProxyFault | null;
  /** replaces settings of the bucket, and of the container's env */
  place?: Partial<S3Place>;
  env?: Readonly<Record<string, string>>;
}

export interface FaultyEnd {
  code: number | null;
  log: string;
  seconds: number;
  /** how often the step's command ran to its end */
  worked: number;
  /** "PUT", "GET" and so on, in order */
  requests: string[];
}

/** Runs a plan with one step and its marker only in S3. */
export async function runOver(given: FaultyRun): Promise<FaultyEnd> {
  const { program, folder, s3Url, prefix, chooseFault: faultOf, place = {}, env = {} } = given;
  const proxy = await startFaultProxy(s3Url);
  try {
    proxy.always(({ method, path, count }) =>
      faultOf({ index: count, method, isMarker: path.endsWith(`/${prefix}/${MARKER}`) }),
    );
    await mkdir(folder, { recursive: true });
    const counter = join(folder, "counter");
    const plan: Plan = {
      schema: 1,
      identity: IDENTITY,
      ordinal: 1,
      release: "image:1",
      revision: null,
      markers: { store: "s3" },
      s3: placeAt(proxy.url, { prefix, ...place }),
      lock: { store: "lease", seconds: 30 },
      api: null,
      drop: "allow",
      leave: null,
      steps: [
        {
          name: "seed",
          scope: "pod",
          run: buildShellCommand('printf x >> "$1"', counter),
          verify: ["test", "-s", counter],
          timeoutSeconds: 20,
          retries: 0,
        },
      ],
    };
    const { code, log, seconds } = await ended(program, plan, env);
    const worked = (await readFile(counter, "utf8").catch(() => "")).length;
    return { code, log, seconds, worked, requests: proxy.log.map(({ method }) => method) };
  } finally {
    await proxy.stop();
  }
}

function ended(
  program: string,
  plan: Plan,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; log: string; seconds: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [program, "run", "--termination-log", "/dev/null"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      ...KEY_ENV,
      ...env,
      [PLAN_ENV]: JSON.stringify(plan),
      [POD_UID_ENV]: "uid-1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      process.removeListener("exit", endWithUs);
      resolve({ code, log, seconds: (performance.now() - began) / 1000 });
    });
  });
}

/** Maps items in order, with this many concurrent calls. */
export async function mapConcurrently<T, R>(
  most: number,
  all: readonly T[],
  work: (each: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const take = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) {
      const each = all[index];
      if (each !== undefined) results[index] = await work(each);
    }
  };
  await Promise.all(Array.from({ length: most }, take));
  return results;
}
