// The two images, as plain data: what both ways of building (an engine, an archive) make them from.
import { buildNodeCommand, buildRunnerCommand, RUNNER_FILES } from "../../init/contract/places.ts";

export type ImageName = "webhook" | "init";

/** The program of each image: its name in dist/ and in the image's root. */
export const PROGRAMS: Readonly<Record<ImageName, string>> = {
  webhook: "webhook.mjs",
  init: RUNNER_FILES.program,
};

/** What each image holds beside the runtime, by the names in dist/ and in the image's root. */
export const PROGRAM_FILES: Readonly<Record<ImageName, readonly string[]>> = {
  webhook: [PROGRAMS.webhook],
  init: [PROGRAMS.init, RUNNER_FILES.modules],
};

/** What both images hold: a node that has one need not fetch it again for the other. */
export const SHARED_FILES: readonly string[] = [RUNNER_FILES.node, RUNNER_FILES.libraries];

/** What each image holds of the runtime beside that. */
export const OWN_FILES: Readonly<Record<ImageName, readonly string[]>> = {
  webhook: [],
  init: [RUNNER_FILES.launcher],
};

export const IMAGE_NAMES = Object.keys(PROGRAMS) as ImageName[];

/** Numeric, since kubelet's runAsNonRoot reads no names; the number that images without a user's own mostly take. */
export const USER = "65532:65532";

/** The label that tells what was built in, for there is no package database to look into. */
export const CONTENTS_LABEL = "dev.rollcall.contents";

/** The name that a cluster pulls, with its registry part always: kubelets add docker.io to a name without one. */
export function formatReference(registry: string, image: ImageName, version: string): string {
  return `${registry}/rollcall/${image}:${version}`;
}

/** The argv of the image's program; the command of the pod's container follows as its arguments. */
export function buildEntrypoint(image: ImageName): string[] {
  return image === "init" ? buildRunnerCommand("") : buildNodeCommand("", `/${PROGRAMS[image]}`);
}

/** How a container of an image starts, by the names of the OCI image-spec. @param contents what was built in */
export function buildConfiguration(image: ImageName, contents: string): Readonly<Record<string, unknown>> {
  return {
    User: USER,
    Entrypoint: buildEntrypoint(image),
    WorkingDir: "/",
    Labels: { [CONTENTS_LABEL]: contents },
  };
}
