// Our env goes to the front of a container's list, so that whatever comes later can refer to it as $(NAME).
import { isDeepStrictEqual } from "node:util";
import { insertAll, type Operation } from "../admission/patch.ts";
import { type Denial, deny, say } from "./codes.ts";
import type { Container, EnvVar } from "./shape.ts";

export type Wanted = (
  | {
      name: string;
      /** as it is to be written, so already through `literally` */
      value: string;
    }
  | { name: string; valueFrom: unknown }
) & {
  /** another value of the same name: refuse the pod, or keep it and warn */
  conflict: "deny" | "keep";
};

export interface EnvChange {
  operations: Operation[];
  /** the list as it will be */
  env: EnvVar[];
  warnings: string[];
}

/** The operations that give a container what is wanted, or why it cannot be. */
export function frontEnv(
  parts: readonly (string | number)[],
  container: Container,
  wanted: readonly Wanted[],
): EnvChange | Denial {
  const present = container.env ?? [];
  const warnings: string[] = [];
  const missing: EnvVar[] = [];
  for (const { conflict, ...variable } of wanted) {
    const { name } = variable;
    const same = present.filter((each) => each.name === name);
    const other = same.find((each) => !isSame(each, variable));
    if (same.length === 0) missing.push(variable);
    else if (other !== undefined && conflict === "deny") return conflictOf(container, variable, other);
    else if (other !== undefined) {
      warnings.push(
        say(
          "env-kept",
          `container ${container.name} sets ${name} itself; its value is kept, the profile's is not used`,
        ),
      );
    }
  }
  return {
    operations: insertAll([...parts, "env"], container.env ?? undefined, missing, 0),
    env: [...missing, ...present],
    warnings,
  };
}

function isSame(present: EnvVar, wanted: EnvVar): boolean {
  // the API server writes an empty value as none, and adds defaults to references
  return wanted.valueFrom === undefined
    ? (present.value ?? "") === wanted.value && !present.valueFrom
    : isDeepStrictEqual(present.valueFrom, wanted.valueFrom);
}

function conflictOf(container: Container, { name, value }: EnvVar, other: EnvVar): Denial {
  return deny(
    "node-id-conflict",
    `container ${container.name} sets ${name} to ${shownValue(other)}, but this pod's number is ${value}; ` +
      `remove ${name} from the container's env, or name another variable in the profile's nodeId.env`,
  );
}

/** The value of the number's variable in words; one from a Secret or ConfigMap is not ours to show, nor known here. */
export function shownValue({ value, valueFrom }: EnvVar): string {
  if (valueFrom) return "a value from elsewhere";
  return typeof value === "string" ? JSON.stringify(value) : "nothing";
}
