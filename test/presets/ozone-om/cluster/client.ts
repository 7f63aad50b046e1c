// The real client of ../processes in a pod: writes all the time, and reads back what was acknowledged.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../../e2e/harness/kubectl.ts";
import { measureTime } from "../processes/measureTime.ts";
import { OZONE_IMAGE } from "./image/image.ts";
import { listMemberIds } from "./ring.ts";

const SITE = "OZONE-SITE.XML_";
const SERVICE = "omservice";

/** All possible members, so the leader is among them. A client skips those that do not exist. */
const KNOWN = listMemberIds(7);
/** Twice through all members, two seconds each; then the caller opens another client. */
const FAILOVERS = 2 * KNOWN.length;

function pod(name: string, namespace: string, args: readonly string[]) {
  const nodes = KNOWN.map((id) => ({
    name: `${SITE}ozone.om.address.${SERVICE}.${id}`,
    value: `${id}.om.${namespace}.svc.cluster.local:9862`,
  }));
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
          args,
          stdin: args.includes("check"),
          stdinOnce: args.includes("check"),
          envFrom: [{ configMapRef: { name: "ozone" } }],
          env: [
            { name: `${SITE}ozone.om.service.ids`, value: SERVICE },
            { name: `${SITE}ozone.om.nodes.${SERVICE}`, value: KNOWN.join(",") },
            { name: `${SITE}ozone.client.failover.max.attempts`, value: String(FAILOVERS) },
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
  acknowledged(): Promise<string[]>;
  /** stops writing */
  stop(): Promise<string[]>;
}

/** Starts writing; resolves when the first name is acknowledged. */
export async function startClientPod(k: Kubectl, namespace: string): Promise<PodClient> {
  const said = await k.apply([pod("client", namespace, ["ozone", "client", "write", SERVICE])]);
  assert.equal(said.code, 0, said.stderr);
  const acknowledged = async (): Promise<string[]> => selectLines(await k.run(["logs", "client"]), "ACK");
  await waitUntilPasses(async () => assert.ok((await acknowledged()).length > 0, "nothing was acknowledged"));
  return {
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
    await measureTime(`${names.length} names read back`, () => findMissingNames(k, namespace, names)),
    [],
  );
}

/** Those of these names that are missing, each with the reason. */
export async function findMissingNames(
  k: Kubectl,
  namespace: string,
  names: readonly string[],
): Promise<string[]> {
  const reader = pod("reader", namespace, ["ozone", "client", "check", SERVICE]);
  const said = await k.apply([reader]);
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
