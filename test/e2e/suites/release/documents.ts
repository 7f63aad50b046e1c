// Objects of the release suite: an S3 server in a pod, and a StatefulSet whose release step counts its runs there.
import { APP_IMAGE } from "../../harness/appImage.ts";
import { VERSITYGW } from "../../harness/s3Image.ts";
import { buildWorkload } from "../../harness/workload.ts";
import { countCommand, formatCountedImage, S3_IMAGE } from "./images.ts";

const SECRET = "s3-keys";
const PORT = 7070;
/** The bucket of the overlay's profile `counted`; in versitygw a bucket is a folder. */
const BUCKET = "boot";

/** A variable from a key of the Secret. */
const secret = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: SECRET, key } } });

/** The S3 server, its keys, and the binding to ClusterRole rollcall-member, which release steps need. */
export function store(namespace: string): unknown[] {
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: SECRET },
      stringData: { AWS_ACCESS_KEY_ID: "e2e", AWS_SECRET_ACCESS_KEY: "e2e-secret" },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "rollcall-member" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "rollcall-member" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s3" },
      spec: { selector: { app: "s3" }, ports: [{ port: PORT }] },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "s3", labels: { app: "s3" } },
      spec: {
        terminationGracePeriodSeconds: 1,
        initContainers: [
          {
            name: "bucket",
            image: APP_IMAGE,
            command: ["mkdir", "-p", `/store/${BUCKET}`],
            volumeMounts: [{ name: "store", mountPath: "/store" }],
          },
        ],
        containers: [
          {
            name: "s3",
            image: S3_IMAGE,
            command: [VERSITYGW, "--port", `:${PORT}`, "posix", "/store"],
            env: [
              secret("ROOT_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
              secret("ROOT_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            ],
            readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1, timeoutSeconds: 20 },
            volumeMounts: [{ name: "store", mountPath: "/store" }],
          },
        ],
        volumes: [{ name: "store", emptyDir: {} }],
      },
    },
  ];
}

/** Three pods of release a that start at once. @param seconds duration of the release step */
export function buildCountedWorkload(name: string, seconds: number): unknown[] {
  return buildWorkload({
    name,
    profile: "counted",
    container: {
      image: formatCountedImage("a"),
      command: countCommand("serve"),
      env: [{ name: "STEP_SECONDS", value: String(seconds) }],
      readinessProbe: null,
    },
  });
}
