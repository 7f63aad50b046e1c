// `om/current/VERSION`: the identity of an Ozone Manager's volume (docs/research/ozone.md#files-on-the-volume).
import { LARGEST_FILE, readProperties } from "./properties.ts";

/** The fields that `ozone om --init` writes. */
export interface OmVersion {
  /** from the SCM; a volume of another cluster must never be started */
  readonly clusterID: string;
  readonly omUuid: string;
  /** null: written by a release that did not keep it; Ozone fills it in */
  readonly nodeId: string | null;
}

/** Parses VERSION. @returns its fields, or one clause that says why it is invalid */
export function readVersion(text: string): OmVersion | { readonly broken: string } {
  if (text.length > LARGEST_FILE) return { broken: "it is larger than 128 KiB" };
  const found = readProperties(text);
  const type = found.get("nodeType");
  if (type !== "OM") return { broken: `its nodeType is ${type ?? "missing"}, not OM` };
  const clusterID = found.get("clusterID");
  const omUuid = found.get("omUuid");
  if (!clusterID) return { broken: "it has no clusterID" };
  if (!omUuid) return { broken: "it has no omUuid" };
  return { clusterID, omUuid, nodeId: found.get("nodeId") || null };
}
