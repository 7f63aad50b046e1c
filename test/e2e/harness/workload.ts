// StatefulSets for the suites: a headless Service, three pods of busybox, a claim each.
import { APP_IMAGE } from "./appImage.ts";

export interface WorkloadChanges {
  name?: string;
  replicas?: number;
  /** null: without the label */
  profile?: string | null;
  /** merged over the container app */
  container?: Readonly<Record<string, unknown>>;
  /** merged over the pod's spec */
  pod?: Readonly<Record<string, unknown>>;
  /** merged over the StatefulSet's spec */
  set?: Readonly<Record<string, unknown>>;
}

/** Each probe starts a process, which takes seconds under load; a probe that exceeds its timeout fails. */
const PROBE = { exec: { command: ["test", "-d", "/data"] }, periodSeconds: 3, timeoutSeconds: 20 };

/** The documents of a workload. */
export function buildWorkload(changes: WorkloadChanges = {}): Record<string, unknown>[] {
  const { name = "web", replicas = 3, profile = "demo", container = {}, pod = {}, set = {} } = changes;
  const labels = { app: name, ...(profile === null ? {} : { "rollcall.dev/profile": profile }) };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { clusterIP: "None", selector: { app: name }, ports: [{ name: "http", port: 8080 }] },
  };
  const app = {
    name: "app",
    image: APP_IMAGE,
    command: ["sh", "-c", "exec sleep 1000000"],
    readinessProbe: PROBE,
    volumeMounts: [{ name: "data", mountPath: "/data" }],
    ...container,
  };
  const statefulSet = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [app], ...pod },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } },
        },
      ],
      ...set,
    },
  };
  return [service, statefulSet];
}

/** A pod that runs a command on its node once, with all rights and the node's processes. */
export const buildNodePod = (name: string, image: string, command: readonly string[]): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    restartPolicy: "Never",
    hostPID: true,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "node", image, command, securityContext: { privileged: true, runAsUser: 0 } }],
  },
});

/** Fields that Pod Security restricted requires of a pod. */
export const RESTRICTED_POD = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 1000,
    fsGroup: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  },
} as const;

export const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
} as const;
