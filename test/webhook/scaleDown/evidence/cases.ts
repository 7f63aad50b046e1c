// Changes for which evidence is gathered, and pods of their StatefulSets as the API server has them.

import type { Profile } from "../../../../webhook/profiles/profile.ts";
import { buildChange, type SetChange } from "../../../../webhook/scaleDown/change.ts";
import { buildReview, type ScaleDownReview } from "../../../../webhook/scaleDown/rule.ts";
import { readSetState, type SetState } from "../../../../webhook/scaleDown/setState.ts";
import { renderGenericYaml, renderProfileYaml } from "../../../profileYaml.ts";
import { applied, buildWeb1, decideInjected, loadActiveConfig, type RawPod } from "../../mutation/pod.ts";

/** 127.0.0.2, .3 …: members of a ring share a port, so each needs an address. */
export const formatAddress = (ordinal: number): string => `127.0.0.${ordinal + 2}`;

const LEAVE = "minReplicas: 1, leave: {run: [/app/leave], verify: [/app/leave, --check], timeout: 20s}";

const profilesWith = (port: number, secured: string): string =>
  [
    ...(secured === "" ? [] : [secured]),
    renderProfileYaml(
      "ring",
      `type: OzoneOM, namespaces: ["*"], ozoneOM: {containers: [app], serviceID: omservice, ports: {http: ${port}},
      metadata: {volume: data, dirs: /data/metadata}, scaleDown: {policy: Managed, minReplicas: 1}}`,
    ),
    renderGenericYaml("leaving", `markers: {volume: data}, scaleDown: {policy: Managed, ${LEAVE}}`),
    renderGenericYaml(
      "in-s3",
      `s3: {endpoint: "http://s3.test:9000", bucket: boot, credentialsSecretName: s, usedBy: [Runner]},
      markers: {store: S3}, lock: S3, scaleDown: {policy: Drained, ${LEAVE}}`,
    ),
  ].join("");

/** A ring that is asked over HTTPS, as YAML of the profile "secured". */
const renderSecured = (port: number, ca: string): string =>
  renderProfileYaml(
    "secured",
    `type: OzoneOM, namespaces: ["*"], ozoneOM: {containers: [app], serviceID: omservice, ports: {https: ${port}},
    httpPolicy: HTTPS_ONLY, caBundle: ${JSON.stringify(ca)},
    metadata: {volume: data, dirs: /data/metadata}, scaleDown: {policy: Managed, minReplicas: 1}}`,
  );

/** @param ca PEM for the profile "secured", which exists only with it */
export function loadProfile(name: string, port = 1, ca?: string): Profile {
  const secured = ca === undefined ? "" : renderSecured(port, ca);
  const found = loadActiveConfig(profilesWith(port, secured)).profiles?.get(name);
  if (found === undefined) throw new Error(`no profile ${name}`);
  return found;
}

function setWith(profile: string, replicas: number, serviceName: string | null): SetState {
  const labels = { app: "web", "rollcall.dev/profile": profile };
  const read = readSetState(
    {
      metadata: { name: "web", uid: "s" },
      spec: {
        replicas,
        ...(serviceName === null ? {} : { serviceName }),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "i" }] } },
      },
    },
    "demo",
  );
  if ("wrong" in read) throw new Error(read.wrong);
  return read.state;
}

/**
 * A change of StatefulSet demo/web from one number of replicas to another; null: it does not exist before, or after.
 */
export function buildWebCase(
  profile: Profile,
  from: number | null,
  to: number | null,
  serviceName: string | null = "web-svc",
): ScaleDownReview {
  const state = (replicas: number | null): SetState | null =>
    replicas === null ? null : setWith(profile.name, replicas, serviceName);
  const read: { change: SetChange } | object = buildChange(state(from), state(to));
  if (!("change" in read)) throw new Error("no change");
  return buildReview(read.change, profile);
}

interface LiveInput {
  owner?: Record<string, unknown> | null;
  labels?: Record<string, string>;
  account?: string;
  ip?: string | null;
  deleted?: boolean;
  phase?: string;
  running?: readonly string[];
}

/** A running pod of web, injected for scaleDown.policy Managed. */
export function buildLivePod(ordinal: number, given: LiveInput = {}): RawPod {
  const { owner, account, ip = formatAddress(ordinal), deleted = false, phase = "Running" } = given;
  const name = `web-${ordinal}`;
  const raw = buildWeb1("leaving");
  raw.metadata = { ...raw.metadata, name, uid: `uid-${ordinal}` };
  raw.metadata.labels = { ...raw.metadata.labels, "apps.kubernetes.io/pod-index": String(ordinal) };
  const pod = applied(raw, decideInjected(raw).injection.operations);
  const metadata: Record<string, unknown> = pod.metadata;
  if (given.labels !== undefined) metadata["labels"] = given.labels;
  if (owner === null) delete metadata["ownerReferences"];
  else if (owner !== undefined) metadata["ownerReferences"] = [owner];
  if (deleted) metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  if (account !== undefined) pod.spec["serviceAccountName"] = account;
  const running = given.running ?? ["app", "sidecar"];
  const containerStatuses = ["app", "sidecar"].map((each) => ({
    name: each,
    state: running.includes(each) ? { running: { startedAt: "2026-01-01T00:00:00Z" } } : { waiting: {} },
  }));
  return { ...pod, status: { phase, ...(ip === null ? {} : { podIP: ip }), containerStatuses } };
}
