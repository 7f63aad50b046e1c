// The environment of a container's process, as far as it is known without a cluster.
import type { Container, Pod } from "../../kubernetes/objects.ts";
import { isRecord } from "../documents.ts";
import { expand } from "./expand.ts";

export interface ContainerEnv {
  values: Record<string, string>;
  /** variables whose values only a cluster knows: Secrets, ConfigMaps, node fields */
  unknown: string[];
}

/** @param uid the pod's uid, which the API server would assign */
export function resolveContainerEnv(container: Container, pod: Pod, uid: string): ContainerEnv {
  const values: Record<string, string> = {};
  const unknown: string[] = (container.envFrom ?? []).map((source) => sourceName(source));
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found =
      valueFrom === undefined ? expand(value ?? "", values) : resolveFieldRef(valueFrom, pod, uid);
    if (found === null) unknown.push(name);
    else values[name] = found;
  }
  return { values, unknown };
}

function resolveFieldRef(valueFrom: unknown, pod: Pod, uid: string): string | null {
  const field =
    isRecord(valueFrom) && isRecord(valueFrom["fieldRef"]) ? valueFrom["fieldRef"]["fieldPath"] : null;
  switch (field) {
    case "metadata.name":
      return pod.metadata.name ?? "";
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return uid;
    default: {
      const [, label] = typeof field === "string" ? (/^metadata\.labels\['(.+)'\]$/.exec(field) ?? []) : [];
      if (label === undefined) return null;
      const value: unknown = pod.metadata.labels?.[label];
      return typeof value === "string" ? value : "";
    }
  }
}

function sourceName(source: unknown): string {
  const kinds = isRecord(source) ? Object.entries(source) : [];
  for (const [kind, reference] of kinds) {
    if (isRecord(reference) && typeof reference["name"] === "string")
      return `all of ${kind.replace(/Ref$/, "")} ${reference["name"]}`;
  }
  return "an envFrom";
}
