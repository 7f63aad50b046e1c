// `om/current/VERSION`: who an Ozone Manager's volume belongs to (docs/research/ozone.md#files-on-the-volume).
import { readProperties } from "./properties.ts";

/** What `ozone om --init` has written. */
export interface OmVersion {
  /** the cluster's, from its SCM: another one's volume must never be started here */
  readonly clusterID: string;
  readonly omUuid: string;
  /** null: written by a release that did not keep it; Ozone fills it in */
  readonly nodeId: string | null;
}

/** Reads the text of VERSION, or says in one clause why it is none. */
export function readVersion(text: string): OmVersion | { readonly broken: string } {
  const found = readProperties(text);
  const type = found.get("nodeType");
  if (type !== "OM") return { broken: `its nodeType is ${type ?? "missing"}, not OM` };
  const clusterID = found.get("clusterID");
  const omUuid = found.get("omUuid");
  if (!clusterID) return { broken: "it has no clusterID" };
  if (!omUuid) return { broken: "it has no omUuid" };
  return { clusterID, omUuid, nodeId: found.get("nodeId") || null };
}
