// Our volumes, and what of them our init container and the application mount.
import { MARKER_MOUNT, RUNNER_MOUNT, S3_MOUNT, TOKEN_MOUNT } from "../../init/contract/places.ts";
import { RUNNER_VOLUME, S3_VOLUME, TOKEN_VOLUME } from "../kubernetes/names.ts";
import type { VolumeMount } from "../kubernetes/objects.ts";
import type { RunnerSpec } from "../profiles/profile.ts";
import type { RunnerRequirements } from "./placeRunner.ts";
import type { InitImage } from "./settings.ts";

/** What rollcall-init mounts; it alone writes markers. */
export function buildInitMounts(needs: RunnerRequirements): VolumeMount[] {
  return [
    runnerMount,
    ...markerMount(needs),
    ...tokenMount(needs),
    ...keyMount(needs),
    ...buildFileMounts(needs.files),
  ];
}

/** What the application container itself gets, for `status`, `leave` and `drain` in it. */
export function buildAppMounts(needs: RunnerRequirements): VolumeMount[] {
  const token = needs.appLeaves ? tokenMount(needs) : [];
  return [
    runnerMount,
    ...markerMount(needs).map((mount) => ({ ...mount, readOnly: true })),
    ...token,
    ...keyMount(needs),
    ...buildFileMounts(needs.files),
  ];
}

/** What every container of the profile mounts. */
export function buildFileMounts(files: RunnerRequirements["files"]): VolumeMount[] {
  return files.map(({ volume, mountPath }) => ({ name: volume, mountPath, readOnly: true }));
}

const runnerMount: VolumeMount = { name: RUNNER_VOLUME, mountPath: RUNNER_MOUNT, readOnly: true };

function markerMount({ markerVolume }: RunnerRequirements): VolumeMount[] {
  return markerVolume === null ? [] : [{ name: markerVolume, mountPath: MARKER_MOUNT }];
}

function tokenMount({ api }: RunnerRequirements): VolumeMount[] {
  return api?.folder === TOKEN_MOUNT ? [{ name: TOKEN_VOLUME, mountPath: TOKEN_MOUNT, readOnly: true }] : [];
}

function keyMount({ s3Secret }: RunnerRequirements): VolumeMount[] {
  return s3Secret === null ? [] : [{ name: S3_VOLUME, mountPath: S3_MOUNT, readOnly: true }];
}

export interface InjectedVolume {
  [source: string]: unknown;
  name: string;
}

/** The volumes that the pod is to have. */
export function buildVolumes(
  needs: RunnerRequirements,
  runner: RunnerSpec["runner"],
  image: InitImage,
): InjectedVolume[] {
  const { api, s3Secret, files } = needs;
  return [
    { name: RUNNER_VOLUME, ...runnerSource(runner, image) },
    ...(api?.folder === TOKEN_MOUNT ? [{ name: TOKEN_VOLUME, projected: { sources: TOKEN_SOURCES } }] : []),
    ...(s3Secret === null ? [] : [{ name: S3_VOLUME, secret: { secretName: s3Secret } }]),
    ...files.map(({ volume, source }) => ({ name: volume, ...source })),
  ];
}

function runnerSource(
  runner: RunnerSpec["runner"],
  { name, pullPolicy }: InitImage,
): Record<string, unknown> {
  if (runner === "copy") return { emptyDir: { sizeLimit: "256Mi" } };
  return { image: { reference: name, ...(pullPolicy === undefined ? {} : { pullPolicy }) } };
}

/** As the API server's own plugin makes a pod's token (plugin/pkg/admission/serviceaccount), files and lifetime alike. */
const TOKEN_SOURCES = [
  { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
  {
    downwardAPI: {
      items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
    },
  },
];
