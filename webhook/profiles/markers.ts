// Where a profile keeps markers, and which lock its release steps use.
import * as z from "zod";
import { dnsLabel } from "./fields.ts";

const DEFAULT_PATH = ".rollcall";

const isBelowRoot = (path: string): boolean =>
  path !== "" && !path.startsWith("/") && !path.endsWith("/") && !path.split("/").includes("..");

export const markers = z
  .strictObject({
    store: z
      .enum(["Volume", "S3", "Both"])
      .default("Volume")
      .describe(
        "Volume: on the pod's volume; S3: in the bucket of s3; Both: if the two differ, the step is verified again",
      ),
    volume: dnsLabel
      .optional()
      .describe("The pod's volume or volumeClaimTemplate that keeps the markers; not for store S3"),
    path: z
      .string()
      .max(4096)
      .refine(isBelowRoot, "a folder relative to the volume's root, without '..'")
      .optional()
      .describe(
        `Folder for the markers, relative to the volume's root (default ${DEFAULT_PATH}); not for store S3`,
      ),
  })
  .meta({
    "x-kubernetes-validations": [
      {
        rule: "(has(self.store) && self.store == 'S3') != has(self.volume)",
        message: "volume is required unless store is S3, and forbidden with store S3",
      },
    ],
  })
  .superRefine(({ store, volume, path }, context) => {
    if (store !== "S3" && volume === undefined) {
      const message = "required unless store is S3: the volume that keeps the markers";
      context.addIssue({ code: "custom", path: ["volume"], message });
    }
    if (store !== "S3") return;
    for (const [field, value] of Object.entries({ volume, path })) {
      const message = `forbidden with store S3; with store Both, markers are kept on a volume as well`;
      if (value !== undefined) context.addIssue({ code: "custom", path: [field], message });
    }
  });

export const lock = z
  .enum(["Lease", "S3"])
  .default("Lease")
  .describe(
    "The lock for release steps: a Lease in the StatefulSet's namespace, or an object in S3 beside the markers",
  );

/** A lock expires if its holder does not renew it for this long (docs/architecture.md#lock). */
export const LOCK_SECONDS = 30;

export type MarkerSettings =
  | { readonly store: "s3" }
  | { readonly store: "pvc" | "both"; readonly volume: string; readonly path: string };

export function compileMarkers({
  store,
  volume = "",
  path = DEFAULT_PATH,
}: z.infer<typeof markers>): MarkerSettings {
  if (store === "S3") return { store: "s3" };
  return { store: store === "Both" ? "both" : "pvc", volume, path };
}
