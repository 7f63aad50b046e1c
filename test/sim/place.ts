// The world of a simulation: one volume, one bucket, one API server, one application, one clock.
import { SimApiServer } from "./apiServer.ts";
import { App } from "./app.ts";
import { SimBucket } from "./bucket.ts";
import { Disk } from "./disk.ts";
import type { SimSite } from "./pod.ts";
import { Scheduler } from "./scheduler.ts";
import { MARKER_ROOT } from "./shapes.ts";

export interface SimPlace extends SimSite {
  disk: Disk;
}

export function createPlace(trace?: (line: string) => void): SimPlace {
  const scheduler = new Scheduler();
  return {
    scheduler,
    bucket: new SimBucket(),
    api: new SimApiServer(),
    app: new App(scheduler),
    disk: new Disk(MARKER_ROOT),
    ...(trace === undefined ? {} : { trace }),
  };
}
