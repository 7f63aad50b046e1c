// A volume that can be full: a pod's emptyDir in memory, which the kubelet mounts with its size limit and unmounts with
// the pod, and which a member gets as a PersistentVolume with the node's path.
import assert from "node:assert/strict";
import type { Kubectl } from "../../../e2e/harness/kubectl.ts";
import { OZONE_IMAGE } from "./image/image.ts";
import { readPodUid, waitForReadyPod } from "./ring.ts";

const HOLDER = "small-volume";
const MIB = 256;
const FOLDER = "/small";
const FILLER = `${FOLDER}/filler`;

const holder = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: HOLDER },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "holder",
        image: OZONE_IMAGE,
        command: ["sleep", "infinity"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "small", mountPath: FOLDER }],
      },
    ],
    volumes: [{ name: "small", emptyDir: { medium: "Memory", sizeLimit: `${MIB}Mi` } }],
  },
};

export interface SmallVolume {
  /** leaves no byte free */
  fill(): Promise<void>;
  empty(): Promise<void>;
  /** of the PersistentVolume, which is cluster-scoped */
  readonly name: string;
}

/** Creates the volume, and binds it to a claim that a StatefulSet will use. */
export async function makeSmallVolume(k: Kubectl, namespace: string, claim: string): Promise<SmallVolume> {
  const made = await k.apply([holder]);
  assert.equal(made.code, 0, made.stderr);
  await waitForReadyPod(k, HOLDER);
  const path = `/var/lib/kubelet/pods/${await readPodUid(k, HOLDER)}/volumes/kubernetes.io~empty-dir/small`;
  const name = `${namespace}-${claim}`;
  const common = { accessModes: ["ReadWriteOnce"], storageClassName: "" };
  const bound = await k.apply([
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: { ...common, capacity: { storage: `${MIB}Mi` }, hostPath: { path, type: "Directory" } },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: claim },
      spec: { ...common, volumeName: name, resources: { requests: { storage: `${MIB}Mi` } } },
    },
  ]);
  assert.equal(bound.code, 0, bound.stderr);
  const shell = (script: string): Promise<string> => k.run(["exec", HOLDER, "--", "bash", "-c", script]);
  /** in bytes */
  const free = async (): Promise<number> =>
    Number((await shell(`df --output=avail -B1 ${FOLDER}`)).split("\n")[1]);
  return {
    name,
    fill: async () => {
      // fails when the volume is full
      await shell(`head -c ${2 * MIB}M /dev/zero > ${FILLER} || true`);
      assert.equal(await free(), 0);
    },
    empty: async () => {
      await shell(`rm -f ${FILLER}`);
    },
  };
}
