// How our init containers stand in a pod: the part `runner` of every profile.
import * as z from "zod";
import { dnsLabel, resources, SET } from "./fields.ts";

const position = z
  .strictObject({
    type: z
      .enum(["First", "Last", "Before", "After"])
      .describe("First: but after afterSidecars; Last; Before or After: the init container that is named"),
    container: dnsLabel.optional().describe("An init container of the pod template, for Before and After"),
  })
  .meta({
    "x-kubernetes-validations": [
      {
        rule: "(self.type in ['Before', 'After']) == has(self.container)",
        message: "container is for Before and After, which need it",
      },
    ],
  })
  .superRefine(({ type, container }, context) => {
    if ((type === "Before" || type === "After") === (container !== undefined)) return;
    const message =
      container === undefined ? `${type} needs the name of an init container` : `${type} takes no container`;
    context.addIssue({ code: "custom", path: ["container"], message });
  });

export const runner = z
  .strictObject({
    delivery: z
      .enum(["Copy", "ImageVolume"])
      .default("Copy")
      .describe(
        "Copy: an init container copies the runner into an emptyDir; ImageVolume: the init image is mounted as a volume, where " +
          "the nodes' container runtimes can do that",
      ),
    position: position
      .optional()
      .describe(
        "Where Rollcall's init containers go. Default: first, but after init containers of the pod template that mount a " +
          "volume which Rollcall's mount, too",
      ),
    afterSidecars: z
      .array(dnsLabel)
      .max(100)
      .default([])
      .meta(SET)
      .describe("Native sidecars that the steps need: Rollcall's init containers come after them"),
    resources: resources
      .optional()
      .describe(
        "Of Rollcall's init containers, instead of those of the application's container, resource by resource",
      ),
  })
  .prefault({})
  .describe("How Rollcall's init containers are added to a pod");

export type InitPosition =
  /** always: the profile says so; otherwise init containers that may prepare what ours mount come before */
  { at: "first"; always?: true } | { at: "last" } | { at: "before" | "after"; name: string };

/** Amounts as Kubernetes writes them, by the resource's name. */
export interface AskedResources {
  readonly requests?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Readonly<Record<string, string>> | undefined;
}

export interface PlacementSettings {
  readonly position: InitPosition;
  /** native sidecars that come before ours */
  readonly sidecars: readonly string[];
  /** null: what the application container asks for */
  readonly resources: AskedResources | null;
  readonly runner: "copy" | "image";
}

export function compilePlacement({
  position: at,
  afterSidecars,
  resources: asked,
  delivery,
}: z.infer<typeof runner>): PlacementSettings {
  return {
    position: compilePosition(at),
    sidecars: afterSidecars,
    resources: asked ?? null,
    runner: delivery === "Copy" ? "copy" : "image",
  };
}

function compilePosition(written: z.infer<typeof position> | undefined): InitPosition {
  if (written === undefined) return { at: "first" };
  const { type, container: name = "" } = written;
  switch (type) {
    case "First":
      return { at: "first", always: true };
    case "Last":
      return { at: "last" };
    case "Before":
      return { at: "before", name };
    case "After":
      return { at: "after", name };
  }
}
