// The two images as plain data, used both for builds with an engine and for archives.

import { buildNodeCommand, buildRunnerCommand, RUNNER_FILES } from "../../init/contract/places.ts";
import { LICENCES, RUNTIME_LICENCES } from "./licences.ts";

export type ImageName = "webhook" | "init";

/** The program of each image: its file name in dist/ and in the image's root. */
export const PROGRAMS: Readonly<Record<ImageName, string>> = {
  webhook: "webhook.mjs",
  init: RUNNER_FILES.program,
};

/** The licence texts of each program and of the npm packages in it, which build/bundle.ts writes. */
const PROGRAM_LICENCES: Readonly<Record<ImageName, string>> = {
  webhook: `${LICENCES}/webhook.txt`,
  init: `${LICENCES}/rollcall.txt`,
};

/** The files of each image apart from the runtime, named as in dist/ and in the image's root. */
export const PROGRAM_FILES: Readonly<Record<ImageName, readonly string[]>> = {
  webhook: [PROGRAMS.webhook, PROGRAM_LICENCES.webhook],
  init: [PROGRAMS.init, RUNNER_FILES.modules, PROGRAM_LICENCES.init],
};

/** The files that both images have in a shared layer: a node that has one image does not download them again. */
export const SHARED_FILES: readonly string[] = [
  RUNNER_FILES.node,
  RUNNER_FILES.libraries,
  RUNTIME_LICENCES.node,
  RUNTIME_LICENCES.libc,
  RUNTIME_LICENCES.gcc,
];

/** The files of the runtime that only one image has. */
export const OWN_FILES: Readonly<Record<ImageName, readonly string[]>> = {
  webhook: [],
  init: [RUNNER_FILES.launcher, RUNTIME_LICENCES.musl],
};

export const IMAGE_NAMES = Object.keys(PROGRAMS) as ImageName[];

/** Numeric, since the kubelet's runAsNonRoot cannot check names. 65532 is a common choice for images without root. */
export const USER = "65532:65532";

/** The label that lists the contents, since the image has no package database. */
export const CONTENTS_LABEL = "dev.rollcall.contents";

/** The name that a cluster pulls. It always has a registry: kubelets add docker.io to a name without one. */
export function formatReference(registry: string, image: ImageName, version: string): string {
  return `${registry}/rollcall/${image}:${version}`;
}

/** The image's entrypoint; the command of the pod's container follows as its arguments. */
export function buildEntrypoint(image: ImageName): string[] {
  return image === "init" ? buildRunnerCommand("") : buildNodeCommand("", `/${PROGRAMS[image]}`);
}

const DESCRIPTIONS: Readonly<Record<ImageName, string>> = {
  webhook: "Rollcall's admission webhook",
  init: "Rollcall's runner, which the webhook adds to pods",
};

export interface LabelFacts {
  /** what the image contains */
  contents: string;
  version: string;
  /** the commit of a release */
  revision?: string;
}

/** The labels of an image, with the keys of the OCI image-spec. */
export function buildLabels(
  image: ImageName,
  { contents, version, revision }: LabelFacts,
): Readonly<Record<string, string>> {
  const prefix = "org.opencontainers.image.";
  return {
    [CONTENTS_LABEL]: contents,
    [`${prefix}title`]: `rollcall/${image}`,
    [`${prefix}description`]: DESCRIPTIONS[image],
    [`${prefix}version`]: version,
    [`${prefix}licenses`]: "Apache-2.0",
    ...(revision === undefined ? {} : { [`${prefix}revision`]: revision }),
  };
}

/** The container configuration of an image, with the field names of the OCI image-spec. */
export function buildConfiguration(image: ImageName, facts: LabelFacts): Readonly<Record<string, unknown>> {
  return {
    User: USER,
    Entrypoint: buildEntrypoint(image),
    WorkingDir: "/",
    Labels: buildLabels(image, facts),
  };
}
