// Where the markers of a profile are kept, and the lock of its release steps.
import * as z from "zod";
import { dnsLabel } from "./fields.ts";

const DEFAULT_PATH = ".rollcall";

export const markers = z
  .strictObject({
    store: z
      .enum(["pvc", "s3", "both"])
      .default("pvc")
      .describe(
        "pvc: on a volume of the pod; s3: in the bucket of s3; both: they must agree, or it is verified again",
      ),
    volume: dnsLabel
      .optional()
      .describe("The pod's volume (or volume claim template) that keeps the marker; not for store s3"),
    path: z
      .string()
      .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).*[^/]$/, "a folder relative to the volume's root, without '..'")
      .optional()
      .describe("Folder for the marker, from the volume's root; not for store s3")
      .meta({ default: DEFAULT_PATH }),
  })
  .superRefine(({ store, volume, path }, context) => {
    if (store !== "s3" && volume === undefined) {
      const message = "name the volume that keeps the marker, volume: NAME";
      context.addIssue({ code: "custom", path: ["volume"], message });
    }
    if (store !== "s3") return;
    for (const [field, value] of Object.entries({ volume, path })) {
      const message = `markers of store s3 have no ${field}; store: both keeps them on a volume, too`;
      if (value !== undefined) context.addIssue({ code: "custom", path: [field], message });
    }
  });

export const lock = z
  .enum(["lease", "s3"])
  .default("lease")
  .describe(
    "What release steps are locked by: a Lease of the StatefulSet's namespace, or an object beside the markers",
  );

/** A lock that was not renewed for so long is free (DESIGN: contracts, Lock). */
export const LOCK_SECONDS = 30;

/** Where markers are kept; `volume` is the pod's. */
export type Markers =
  | { readonly store: "s3" }
  | { readonly store: "pvc" | "both"; readonly volume: string; readonly path: string };

export function markersOf({ store, volume = "", path = DEFAULT_PATH }: z.infer<typeof markers>): Markers {
  return store === "s3" ? { store } : { store, volume, path };
}
