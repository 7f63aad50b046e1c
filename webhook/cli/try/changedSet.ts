// A StatefulSet as its owner would change it: another number of replicas, another image.
import { readAs, statefulSet } from "../../kubernetes/objects.ts";
import { isRecord } from "../documents.ts";
import { BadInput } from "../ending.ts";
import type { Workload } from "../workload.ts";

export function withReplicas(workload: Workload, replicas: number): Workload {
  return changed(workload, (spec) => {
    spec["replicas"] = replicas;
  });
}

/** @param containers whose image becomes another one */
export function withImage(workload: Workload, containers: readonly string[], image: string): Workload {
  return changed(workload, (spec) => {
    const template = isRecord(spec["template"]) ? spec["template"] : {};
    const pod = isRecord(template["spec"]) ? template["spec"] : {};
    const all = [pod["containers"], pod["initContainers"]].flatMap((each) =>
      Array.isArray(each) ? each : [],
    );
    for (const container of all)
      if (isRecord(container) && containers.includes(String(container["name"]))) container["image"] = image;
  });
}

/** The name of an image that does not exist: the same repository, and a tag of the next release. */
export function bumpImageTag(image: string): string {
  const [named = ""] = image.split("@");
  const colon = named.lastIndexOf(":");
  // registry.example:5000/app has a port and no tag
  const isTag = colon > named.lastIndexOf("/");
  return isTag ? `${named}-next` : `${named}:next`;
}

function changed(workload: Workload, change: (spec: Record<string, unknown>) => void): Workload {
  const object = structuredClone(workload.object) as Record<string, unknown>;
  if (isRecord(object["spec"])) change(object["spec"]);
  const read = readAs(statefulSet, object);
  if ("wrong" in read) throw new BadInput(`the StatefulSet cannot be read: ${read.wrong}`);
  return { ...workload, object, set: read.object };
}
