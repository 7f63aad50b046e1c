// Where and how our init containers stand in a pod: fields of every kind that has steps.
import * as z from "zod";
import { dnsLabel, position, resources } from "./fields.ts";

export const placing = {
  position: position
    .optional()
    .describe(
      "Where our init containers go: first (but after the sidecars named below), last, before:NAME, after:NAME; default: " +
        "first, but after init containers of the pod template that mount a volume which ours mount, too",
    ),
  sidecars: z
    .array(dnsLabel)
    .default([])
    .describe("Native sidecars that the steps need: ours come after them"),
  resources: resources
    .optional()
    .describe(
      "Of both of our init containers, in the place of what the application container asks for, resource by resource",
    ),
  runner: z
    .enum(["copy", "image"])
    .default("copy")
    .describe(
      "image: mounted as an image volume, where the nodes' runtimes can do that; no copy, no rollcall-install",
    ),
};

export type Position =
  /** always: the profile says so; otherwise init containers that may prepare what ours mount come before */
  { at: "first"; always?: true } | { at: "last" } | { at: "before" | "after"; name: string };

/** Amounts as Kubernetes writes them, by the resource's name. */
export interface AskedResources {
  readonly requests?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Readonly<Record<string, string>> | undefined;
}

export interface Placing {
  readonly position: Position;
  /** native sidecars that come before ours */
  readonly sidecars: readonly string[];
  /** null: what the application container asks for */
  readonly resources: AskedResources | null;
  readonly runner: "copy" | "image";
}

type Written = z.infer<z.ZodObject<typeof placing>>;

export function placingOf({ position: at, sidecars, resources: asked, runner }: Written): Placing {
  return { position: positionOf(at), sidecars, resources: asked ?? null, runner };
}

function positionOf(text: string | undefined): Position {
  if (text === undefined) return { at: "first" };
  const [at, name] = text.split(":");
  if ((at === "before" || at === "after") && name !== undefined) return { at, name };
  return at === "last" ? { at } : { at: "first", always: true };
}
