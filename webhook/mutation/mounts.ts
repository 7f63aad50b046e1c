// The volumes that Rollcall adds, and their mounts in rollcall-init and in the application.
import { MARKER_MOUNT, RUNNER_MOUNT, S3_MOUNT, TOKEN_MOUNT } from "../../init/contract/places.ts";
import { RUNNER_VOLUME, S3_VOLUME, TOKEN_VOLUME } from "../kubernetes/names.ts";
import type { VolumeMount } from "../kubernetes/objects.ts";
import type { RunnerSpec } from "../profiles/profile.ts";
import type { RunnerRequirements } from "./placeRunner.ts";
import type { InitImage } from "./settings.ts";

/** Mounts of rollcall-init, the only container that writes markers. */
export function buildInitMounts(needs: RunnerRequirements): VolumeMount[] {
  return [
    RUNNER_VOLUME_MOUNT,
    ...buildMarkerMount(needs),
    ...buildTokenMount(needs),
    ...buildKeyMount(needs),
    ...buildFileMounts(needs.files),
  ];
}

/** Mounts of the application container, which runs `status`, `leave` and `drain`. */
export function buildAppMounts(needs: RunnerRequirements): VolumeMount[] {
  const token = needs.appAsksApi ? buildTokenMount(needs) : [];
  return [
    RUNNER_VOLUME_MOUNT,
    ...buildMarkerMount(needs).map((mount) => ({ ...mount, readOnly: true })),
    ...token,
    ...buildKeyMount(needs),
    ...buildAppFileMounts(needs.files),
  ];
}

/** Mounts of the profile's files in every container of the application that the profile names. */
export function buildAppFileMounts(files: RunnerRequirements["files"]): VolumeMount[] {
  return buildFileMounts(files.filter(({ initOnly }) => initOnly !== true));
}

function buildFileMounts(files: RunnerRequirements["files"]): VolumeMount[] {
  return files.map(({ volume, mountPath }) => ({ name: volume, mountPath, readOnly: true }));
}

const RUNNER_VOLUME_MOUNT: VolumeMount = { name: RUNNER_VOLUME, mountPath: RUNNER_MOUNT, readOnly: true };

function buildMarkerMount({ markerVolume }: RunnerRequirements): VolumeMount[] {
  return markerVolume === null ? [] : [{ name: markerVolume, mountPath: MARKER_MOUNT }];
}

function buildTokenMount({ api }: RunnerRequirements): VolumeMount[] {
  return api?.folder === TOKEN_MOUNT ? [{ name: TOKEN_VOLUME, mountPath: TOKEN_MOUNT, readOnly: true }] : [];
}

function buildKeyMount({ s3Secret }: RunnerRequirements): VolumeMount[] {
  return s3Secret === null ? [] : [{ name: S3_VOLUME, mountPath: S3_MOUNT, readOnly: true }];
}

export interface InjectedVolume {
  [source: string]: unknown;
  name: string;
}

/** The volumes that the pod needs. */
export function buildVolumes(
  needs: RunnerRequirements,
  runner: RunnerSpec["runner"],
  image: InitImage,
): InjectedVolume[] {
  const { api, s3Secret, files } = needs;
  return [
    { name: RUNNER_VOLUME, ...buildRunnerSource(runner, image) },
    ...(api?.folder === TOKEN_MOUNT ? [{ name: TOKEN_VOLUME, projected: { sources: TOKEN_SOURCES } }] : []),
    ...(s3Secret === null ? [] : [{ name: S3_VOLUME, secret: { secretName: s3Secret } }]),
    ...files.map(({ volume, source }) => ({ name: volume, ...source })),
  ];
}

function buildRunnerSource(
  runner: RunnerSpec["runner"],
  { name, pullPolicy }: InitImage,
): Record<string, unknown> {
  if (runner === "copy") return { emptyDir: { sizeLimit: "256Mi" } };
  return { image: { reference: name, ...(pullPolicy === undefined ? {} : { pullPolicy }) } };
}

/** The same files and lifetime as in the token volume of the API server's plugin (plugin/pkg/admission/serviceaccount). */
const TOKEN_SOURCES = [
  { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
  {
    downwardAPI: {
      items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
    },
  },
];
