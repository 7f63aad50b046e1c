// The real client of ../processes in a pod: writes all the time, and reads back what was acknowledged.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../../e2e/harness/kubectl.ts";
import { measureTime } from "../processes/measureTime.ts";
import { OZONE_IMAGE } from "./image/image.ts";
import { listMemberIds } from "./ring.ts";

const SITE = "OZONE-SITE.XML_";

/** The ring as its clients are configured with it. */
export interface ClientRing {
  /** ozone.om.service.ids */
  readonly service: string;
  /** all possible members, so the leader is among them; a client skips those that do not exist */
  readonly members: readonly string[];
  /** the headless Service */
  readonly subdomain: string;
  /** a ConfigMap with more of Ozone's configuration; null if there is none */
  readonly config: string | null;
}

/** As in manifests/examples/ozone. */
const EXAMPLE_RING: ClientRing = {
  service: "omservice",
  members: listMemberIds(7),
  subdomain: "om",
  config: "ozone",
};

interface ClientPodInput {
  readonly name: string;
  readonly namespace: string;
  readonly ring: ClientRing;
  readonly verb: "write" | "check";
}

function buildPod({ name, namespace, ring, verb }: ClientPodInput) {
  const { service, members, subdomain, config } = ring;
  const nodes = members.map((id) => ({
    name: `${SITE}ozone.om.address.${service}.${id}`,
    value: `${id}.${subdomain}.${namespace}.svc.cluster.local:9862`,
  }));
  // twice through all members, two seconds each; then the caller opens another client
  const failovers = 2 * members.length;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "client",
          image: OZONE_IMAGE,
          args: ["ozone", "client", verb, service],
          stdin: verb === "check",
          stdinOnce: verb === "check",
          envFrom: config === null ? [] : [{ configMapRef: { name: config } }],
          env: [
            { name: `${SITE}ozone.om.service.ids`, value: service },
            { name: `${SITE}ozone.om.nodes.${service}`, value: members.join(",") },
            { name: `${SITE}ozone.client.failover.max.attempts`, value: String(failovers) },
            ...nodes,
          ],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

const selectLines = (text: string, word: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1));

export interface PodClient {
  readonly ring: ClientRing;
  acknowledged(): Promise<string[]>;
  /** stops writing */
  stop(): Promise<string[]>;
}

/** Starts writing; resolves when the first name is acknowledged. */
export async function startClientPod(
  k: Kubectl,
  namespace: string,
  ring: ClientRing = EXAMPLE_RING,
): Promise<PodClient> {
  const said = await k.apply([buildPod({ name: "client", namespace, ring, verb: "write" })]);
  assert.equal(said.code, 0, said.stderr);
  const acknowledged = async (): Promise<string[]> => selectLines(await k.run(["logs", "client"]), "ACK");
  await waitUntilPasses(async () => assert.ok((await acknowledged()).length > 0, "nothing was acknowledged"));
  return {
    ring,
    acknowledged,
    stop: async () => {
      const names = await acknowledged();
      await k.run(["delete", "pod", "client"]);
      return names;
    },
  };
}

/** Stops writing; asserts that more than this many names were acknowledged, and that all of them exist. */
export async function mustHaveLostNothing(
  k: Kubectl,
  namespace: string,
  given: { client: PodClient; moreThan: number },
): Promise<void> {
  const names = await given.client.stop();
  assert.ok(names.length > given.moreThan, `only ${names.length} were acknowledged`);
  assert.deepEqual(
    await measureTime(`${names.length} names read back`, () =>
      findMissingNames(k, namespace, names, given.client.ring),
    ),
    [],
  );
}

/** Those of these names that are missing, each with the reason. */
export async function findMissingNames(
  k: Kubectl,
  namespace: string,
  names: readonly string[],
  ring: ClientRing = EXAMPLE_RING,
): Promise<string[]> {
  const said = await k.apply([buildPod({ name: "reader", namespace, ring, verb: "check" })]);
  assert.equal(said.code, 0, said.stderr);
  try {
    await k.run(["wait", "--for=condition=Ready", "pod/reader", TIMEOUT]);
    await k.run(["attach", "-i", "reader", "-c", "client"], `${names.join("\n")}\n`);
    const log = await waitUntilPasses(async () => {
      const text = await k.run(["logs", "reader"]);
      assert.equal(selectLines(text, "THERE").length + selectLines(text, "MISSING").length, names.length);
      return text;
    });
    return selectLines(log, "MISSING");
  } finally {
    await k.run(["delete", "pod", "reader", "--wait=false"]);
  }
}
