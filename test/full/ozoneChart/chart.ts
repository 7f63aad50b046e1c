// Ozone's real Helm chart, which is no part of this repository, and the release of the example.
import { listMemberIds } from "../../presets/ozone-om/cluster/ring.ts";

/** The variable with the chart's folder, in a checkout of apache/ozone-helm-charts. */
export const CHART_ENV = "OZONE_CHART";

export const CHART_NEEDED = `${CHART_ENV}, the folder with Chart.yaml in a checkout of apache/ozone-helm-charts`;

/** @throws without the chart's folder */
export function readChartPath(): string {
  const path = process.env[CHART_ENV];
  if (path === undefined) throw new Error(`needed: ${CHART_NEEDED}`);
  return path;
}

/** As in manifests/examples/ozone/helm. */
export const RELEASE_NAMESPACE = "ozone";
export const CHART_MEMBERS = "ozone-om";

export const listMembers = (count: number): string[] => listMemberIds(count, CHART_MEMBERS);

/** As clients in the cluster are configured. */
export const CHART_RING = {
  service: "cluster1",
  members: listMembers(7),
  subdomain: "ozone-om-headless",
  config: null,
};
