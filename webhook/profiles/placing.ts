// How Rollcall's init containers are added to a pod: the field `runner` of every profile.
import * as z from "zod";
import { dnsLabel, resources, SET } from "./fields.ts";

const position = z
  .strictObject({
    type: z
      .enum(["First", "Last", "Before", "After"])
      .describe("First (but after afterSidecars), Last, or Before or After the init container `container`"),
    container: dnsLabel.optional().describe("An init container of the pod template, for Before and After"),
  })
  .meta({
    "x-kubernetes-validations": [
      {
        rule: "(self.type in ['Before', 'After']) == has(self.container)",
        message: "container is required when type is Before or After, and forbidden otherwise",
      },
    ],
  })
  .superRefine(({ type, container }, context) => {
    if ((type === "Before" || type === "After") === (container !== undefined)) return;
    const message =
      container === undefined
        ? `required when type is ${type}: the name of an init container`
        : `forbidden when type is ${type}`;
    context.addIssue({ code: "custom", path: ["container"], message });
  });

export const runner = z
  .strictObject({
    delivery: z
      .enum(["Copy", "ImageVolume"])
      .default("Copy")
      .describe(
        "Copy: an init container copies the runner into an emptyDir; ImageVolume: the init image is mounted as an image " +
          "volume, which the nodes' container runtime must support",
      ),
    position: position
      .optional()
      .describe(
        "The position of Rollcall's init containers. Default: first, but after init containers of the pod template that " +
          "share a volume with them",
      ),
    afterSidecars: z
      .array(dnsLabel)
      .max(100)
      .default([])
      .meta(SET)
      .describe("Native sidecars that the steps need: Rollcall's init containers start after them"),
    resources: resources
      .optional()
      .describe(
        "Resources of Rollcall's init containers. Default for each resource: that of the application's container",
      ),
  })
  .prefault({})
  .describe("How Rollcall's init containers are added to a pod");

export type InitPosition =
  /** always: the profile sets it; by default, init containers that may prepare volumes of ours run before ours */
  { at: "first"; always?: true } | { at: "last" } | { at: "before" | "after"; name: string };

/** Kubernetes quantities by resource name. */
export interface ResourceSettings {
  readonly requests?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Readonly<Record<string, string>> | undefined;
}

export interface PlacementSettings {
  readonly position: InitPosition;
  /** native sidecars that start before our init containers */
  readonly sidecars: readonly string[];
  /** null: those of the application's container */
  readonly resources: ResourceSettings | null;
  readonly runner: "copy" | "image";
}

export function compilePlacement({
  position: at,
  afterSidecars,
  resources: amounts,
  delivery,
}: z.infer<typeof runner>): PlacementSettings {
  return {
    position: compilePosition(at),
    sidecars: afterSidecars,
    resources: amounts ?? null,
    runner: delivery === "Copy" ? "copy" : "image",
  };
}

function compilePosition(setting: z.infer<typeof position> | undefined): InitPosition {
  if (setting === undefined) return { at: "first" };
  const { type, container: name = "" } = setting;
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
