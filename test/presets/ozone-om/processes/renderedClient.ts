// A client with the configuration that the webhook gives to the pods of a Deployment (role Client), whose client object is
// opened once and kept.
import assert from "node:assert/strict";
import { join } from "node:path";
import { SITE } from "../../../../presets/ozone-om/webhook/env.ts";
import { decideOnPod } from "../../../../webhook/mutation/decidePod.ts";
import { renderProfileYaml } from "../../../profileYaml.ts";
import { applied, loadActiveConfig, type RawPod } from "../../../webhook/mutation/pod.ts";
import { SERVICE_ID, writeConf } from "./conf.ts";
import { PLACE_NAMESPACE, RING_SET } from "./names.ts";
import { type RingPlace, writeHosts } from "./place.ts";
import type { RunningDaemon } from "./process.ts";

export type Addresses = "Pods" | "Services";

/** The settings in the variables of a pod of a Deployment. */
function renderSettings({ ports }: RingPlace, addresses: Addresses): Record<string, string> {
  const members = `{statefulSet: ${RING_SET}, serviceName: ${RING_SET}, namespace: ${PLACE_NAMESPACE}, addresses: ${addresses}}`;
  const yaml = renderProfileYaml(
    "clients",
    `type: OzoneOM, namespaces: ["*"], ozoneOM: {role: Client, containers: [s3g], serviceID: ${SERVICE_ID},
    maxReplicas: ${ports.members.length}, ports: {rpc: ${ports.members[0]?.rpc}}, members: ${members}}`,
  );
  const pod: RawPod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "",
      generateName: "s3g-6f7-",
      namespace: PLACE_NAMESPACE,
      labels: { "rollcall.dev/profile": "clients" },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "s3g-6f7", controller: true }],
    },
    spec: { containers: [{ name: "s3g", image: "apache/ozone:2.2.0", args: ["ozone", "s3g"] }] },
  };
  const asked = {
    namespace: PLACE_NAMESPACE,
    username: "system:serviceaccount:kube-system:replicaset-controller",
  };
  const decision = decideOnPod(pod, asked, loadActiveConfig(yaml));
  assert.ok(decision.is === "injected", JSON.stringify(decision));
  const [container] = applied(pod, decision.injection.operations).spec.containers;
  const env = container?.["env"] as { name: string; value?: string }[];
  return Object.fromEntries(env.map(({ name, value = "" }) => [name.replace(SITE, ""), value]));
}

export interface KeptClient {
  readonly running: RunningDaemon;
  /** how many writes were acknowledged */
  count(): number;
  /** gives names to the pods of these members */
  publish(ordinals: readonly number[]): Promise<void>;
}

/** @param present members whose pods exist when it starts; a Service exists for each possible member */
export async function startKeptClient(
  place: RingPlace,
  addresses: Addresses,
  present: readonly number[],
): Promise<KeptClient> {
  const name = `client-${addresses.toLowerCase()}`;
  const services = addresses === "Services" ? place.ports.members.map((_, ordinal) => ordinal) : [];
  const publish = (ordinals: readonly number[]): Promise<string> =>
    writeHosts(place.home, name, addresses === "Pods" ? ordinals : [], services);
  const hosts = await publish(present);
  const folder = join(place.home, "conf", name);
  const data = join(place.home, name);
  const more = renderSettings(place, addresses);
  const conf = await writeConf({ folder, ports: place.ports, data, id: null, keystore: null, more, hosts });
  const running = place.start(name, ["client", "keep", SERVICE_ID, addresses.toLowerCase()], conf);
  return {
    running,
    count: () =>
      running
        .printed()
        .split("\n")
        .filter((line) => line.startsWith("ACK ")).length,
    publish: async (ordinals) => {
      await publish(ordinals);
    },
  };
}
