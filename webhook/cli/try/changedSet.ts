// Changes a StatefulSet as a user would: another number of replicas, another image.
import { readAs, statefulSet } from "../../kubernetes/objects.ts";
import { isRecord } from "../documents.ts";
import { BadInput } from "../ending.ts";
import type { Workload } from "../workload.ts";

export function withReplicas(workload: Workload, replicas: number): Workload {
  return changeSpec(workload, (spec) => {
    spec["replicas"] = replicas;
  });
}

/** @param containers the containers whose image is replaced */
export function withImage(workload: Workload, containers: readonly string[], image: string): Workload {
  return changeSpec(workload, (spec) => {
    const template = isRecord(spec["template"]) ? spec["template"] : {};
    const pod = isRecord(template["spec"]) ? template["spec"] : {};
    const all = [pod["containers"], pod["initContainers"]].flatMap((each) =>
      Array.isArray(each) ? each : [],
    );
    for (const container of all)
      if (isRecord(container) && containers.includes(String(container["name"]))) container["image"] = image;
  });
}

/** An image of the same repository with another tag; it need not exist. */
export function bumpImageTag(image: string): string {
  const [named = ""] = image.split("@");
  const colon = named.lastIndexOf(":");
  // registry.example:5000/app has a port but no tag
  const isTag = colon > named.lastIndexOf("/");
  return isTag ? `${named}-next` : `${named}:next`;
}

function changeSpec(workload: Workload, change: (spec: Record<string, unknown>) => void): Workload {
  const object = structuredClone(workload.object) as Record<string, unknown>;
  if (isRecord(object["spec"])) change(object["spec"]);
  const read = readAs(statefulSet, object);
  if ("wrong" in read) throw new BadInput(`invalid StatefulSet: ${read.wrong}`);
  return { ...workload, object, set: read.object };
}
