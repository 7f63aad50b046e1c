// The Jobs and CronJobs among the documents, which a kind of workload may warn of.

import { META } from "../../../init/contract/apiObjects.ts";
import { nullish, object, readShape, type Shape } from "../../../init/contract/shape.ts";
import { type Pod, podSpec } from "../../kubernetes/objects.ts";
import type { JobTemplate } from "../../profiles/presetPods.ts";
import type { ReadDocument } from "../documents.ts";

const metadata = object({ namespace: nullish(META.namespace) });
const jobSpec = object({ template: object({ spec: podSpec }) });
const job = object({ metadata, spec: jobSpec });
const cronJob = object({ metadata, spec: object({ jobTemplate: object({ spec: jobSpec }) }) });

/** Those of a namespace. One with another shape is left out: this is for warnings only. */
export function listJobs(
  namespace: string,
  documents: readonly ReadDocument[],
  fallback: string,
): JobTemplate[] {
  return documents.flatMap(({ kind, name, object: written }) => {
    const found = readPods(kind, written);
    if (found === null || (found.namespace ?? fallback) !== namespace) return [];
    return [{ kind, name, spec: found.spec }];
  });
}

function readPods(
  kind: string,
  written: unknown,
): { namespace: string | null | undefined; spec: Pod["spec"] } | null {
  if (kind === "Job") {
    const read = readOrNull(job, written);
    return read === null ? null : { namespace: read.metadata.namespace, spec: read.spec.template.spec };
  }
  if (kind !== "CronJob") return null;
  const read = readOrNull(cronJob, written);
  if (read === null) return null;
  return { namespace: read.metadata.namespace, spec: read.spec.jobTemplate.spec.template.spec };
}

function readOrNull<T>(shape: Shape<T>, written: unknown): T | null {
  const read = readShape(shape, written);
  return "value" in read ? read.value : null;
}
