// Where the markers of a profile are kept, and the lock of its release steps.
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
        "Volume: of the pod; S3: the bucket of s3; Both: they must agree, or the step is verified again",
      ),
    volume: dnsLabel
      .optional()
      .describe("The pod's volume (or volume claim template) that keeps the markers; not for store S3"),
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
        message: "volume names the volume that keeps the markers; store S3 has none",
      },
    ],
  })
  .superRefine(({ store, volume, path }, context) => {
    if (store !== "S3" && volume === undefined) {
      const message = "name the volume that keeps the markers, volume: NAME";
      context.addIssue({ code: "custom", path: ["volume"], message });
    }
    if (store !== "S3") return;
    for (const [field, value] of Object.entries({ volume, path })) {
      const message = `markers of store S3 have no ${field}; store: Both keeps them on a volume, too`;
      if (value !== undefined) context.addIssue({ code: "custom", path: [field], message });
    }
  });

export const lock = z
  .enum(["Lease", "S3"])
  .default("Lease")
  .describe(
    "What release steps are locked by: a Lease of the StatefulSet's namespace, or an object beside the markers",
  );

/** A lock that was not renewed for so long is free (docs/architecture.md#lock). */
export const LOCK_SECONDS = 30;

/** Where markers are kept; `volume` is the pod's. */
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
