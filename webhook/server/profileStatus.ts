// Writes the condition Ready of each RollcallProfile, by one replica.

import { VERSION } from "../../init/contract/version.ts";
import type { ApiClient } from "../cluster/call.ts";
import { runForLeader } from "../cluster/leader.ts";
import type { ReadyVerdict } from "../cluster/readyCondition.ts";
import { startStatusWriter } from "../cluster/statusWriter.ts";
import { PROFILES_PATH, type ProfileStore } from "./profileStore.ts";

/** The leader election's Lease, which the webhook's account may write (manifests/base/account.yaml). */
const STATUS_LEASE = "rollcall-profile-status";

export interface ProfileStatus {
  /** To be called after a change of profiles. */
  wake(): void;
  /** Releases the Lease. */
  stop(): Promise<void>;
}

export interface ProfileStatusInput {
  readonly api: ApiClient;
  readonly store: ProfileStore;
  readonly namespace: string;
  /** the name of the webhook's own pod */
  readonly pod: string;
  readonly onInfo: (line: string) => void;
  readonly onWarning: (line: string) => void;
}

/** Starts leader election; the leader writes. */
export function startProfileStatus(input: ProfileStatusInput): ProfileStatus {
  const { api, store, namespace, pod, onInfo, onWarning } = input;
  const reportTrouble = (subject: string) => (trouble: string | null) =>
    trouble === null ? onInfo(`${subject}: recovered`) : onWarning(`${subject}: ${trouble}`);
  const election = runForLeader({
    api,
    namespace,
    name: STATUS_LEASE,
    identity: pod,
    version: VERSION,
    onStarted: () => {
      onInfo("this replica writes the status of RollcallProfiles");
      writer.wake();
    },
    onStopped: () => onInfo("another replica writes the status of RollcallProfiles"),
    onTrouble: reportTrouble(`Lease ${STATUS_LEASE}`),
  });
  const writer = startStatusWriter({
    api,
    path: PROFILES_PATH,
    what: "RollcallProfiles",
    objects: store.objects,
    judge: (name) => assessStoredProfile(store, name),
    isLeader: () => election.isLeader(),
    onTrouble: reportTrouble("status of RollcallProfiles"),
  });
  return {
    wake: () => writer.wake(),
    stop: async () => {
      await writer.stop();
      await election.stop();
    },
  };
}

/** The condition to write; null: the profile is not known yet. */
export function assessStoredProfile(
  store: Pick<ProfileStore, "current" | "objects">,
  name: string,
): ReadyVerdict | null {
  const found = store.objects.get(name);
  const profiles = store.current();
  if (found === undefined || profiles === null) return null;
  const { uid, generation } = found;
  const rejection = profiles.getRejection(name);
  return rejection === undefined
    ? { uid, generation, isReady: true, reason: "Active", message: "Workloads can use this profile" }
    : { uid, generation, isReady: false, reason: rejection.reason, message: rejection.message };
}
