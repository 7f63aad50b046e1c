// Cases of the guard that evidence is gathered for, and pods of their sets as the API server gives them.
import { type Change, changeBetween } from "../../webhook/guard/change.ts";
import { type Case, caseOf } from "../../webhook/guard/rule.ts";
import { type SetState, stateOf } from "../../webhook/guard/state.ts";
import type { Profile } from "../../webhook/profiles/profile.ts";
import { applied, forceOf, injected, podWeb1, type RawPod } from "../inject/pod.ts";

/** 127.0.0.2, .3 …: members of a ring share a port, so each needs an address. */
export const addressOf = (ordinal: number): string => `127.0.0.${ordinal + 2}`;

const profilesWith = (port: number): string => `
profiles:
  ring: {kind: ozone-om, namespaces: ["*"], containers: [app], serviceId: omservice, ports: {http: ${port}}}
  leaving:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    markers: {volume: data}
    leave: {run: [/app/leave], verify: [/app/leave, --check], timeout: 20s}
    drop: {policy: managed}
  in-s3:
    kind: generic
    namespaces: ["*"]
    containers: [app]
    s3: {endpoint: "http://s3.test:9000", bucket: boot, credentialsSecret: s, for: [markers]}
    markers: {store: s3}
    lock: s3
    leave: {run: [go], verify: [gone], timeout: 10s}
    drop: {policy: drained}
`;

export function profileNamed(name: string, port = 1): Profile {
  const found = forceOf(profilesWith(port)).profiles?.get(name);
  if (found === undefined) throw new Error(`no profile ${name}`);
  return found;
}

function setWith(profile: string, replicas: number, serviceName: string | null): SetState {
  const labels = { app: "web", "rollcall.dev/profile": profile };
  const read = stateOf(
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

/** StatefulSet demo/web from one number of replicas to another; null: there is none before, or after. */
export function webCase(
  profile: Profile,
  from: number | null,
  to: number | null,
  serviceName: string | null = "web-svc",
): Case {
  const state = (replicas: number | null): SetState | null =>
    replicas === null ? null : setWith(profile.name, replicas, serviceName);
  const read: { change: Change } | object = changeBetween(state(from), state(to));
  if (!("change" in read)) throw new Error("no change");
  return caseOf(read.change, profile);
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

/** A pod of web as it lives: injected for drop policy managed, running. */
export function livePod(ordinal: number, given: LiveInput = {}): RawPod {
  const { owner, account, ip = addressOf(ordinal), deleted = false, phase = "Running" } = given;
  const name = `web-${ordinal}`;
  const raw = podWeb1("leaving");
  raw.metadata = { ...raw.metadata, name, uid: `uid-${ordinal}` };
  raw.metadata.labels = { ...raw.metadata.labels, "apps.kubernetes.io/pod-index": String(ordinal) };
  const pod = applied(raw, injected(raw).injection.operations);
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
