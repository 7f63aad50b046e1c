// Where a simulation happens: one volume, one bucket, one API server, one application, one clock.
import { ApiServer } from "./apiServer.ts";
import { App } from "./app.ts";
import { Bucket } from "./bucket.ts";
import { Disk } from "./disk.ts";
import type { Site } from "./pod.ts";
import { Scheduler } from "./scheduler.ts";
import { ROOT } from "./shapes.ts";

export interface Place extends Site {
  disk: Disk;
}

export function newPlace(trace?: (line: string) => void): Place {
  const scheduler = new Scheduler();
  return {
    scheduler,
    bucket: new Bucket(),
    api: new ApiServer(),
    app: new App(scheduler),
    disk: new Disk(ROOT),
    ...(trace === undefined ? {} : { trace }),
  };
}
