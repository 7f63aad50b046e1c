// Finds pods with a bootstrap of their own, as in Ozone's Helm chart. Rollcall initialises a member and joins it
// exactly once; a second bootstrap would turn the volume into another member, or fail forever.

import type { Container, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import { listNames, shorten } from "../../../webhook/kubernetes/shorten.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import { denyOzone, formatOzoneWarning } from "../codes.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { ENSURE_INITIALIZED } from "./env.ts";
import { findOmCommand } from "./findOmCommand.ts";

const REMEDY = "remove that from the pod template. For the Helm chart see docs/ozone-helm.md.";

export function findBootstrap({ spec }: StatefulSet, { name, ozone, containers }: OzoneMembers): SetFinding {
  const { containers: all, initContainers } = spec.template.spec;
  const every = [...all, ...(initContainers ?? [])];
  // in the profile's own containers the variable is overridden
  const others = every.filter((each) => !containers.includes(each.name));
  for (const each of every) {
    const what = bootstrapIn(each) ?? (others.includes(each) ? initialisedBy(each) : null);
    if (what === null) continue;
    const message =
      `container ${shorten(each.name)} ${what}, but under profile ${name} rollcall-init initialises and joins each member. A second ` +
      `bootstrap would make another member of the volume: ${REMEDY}`;
    return { denial: denyOzone("ozone-bootstrap-conflict", message) };
  }
  const images = new Set(all.filter((each) => containers.includes(each.name)).map(({ image }) => image));
  const doubtful = others.filter(
    (each) => writesOn(each, ozone.metadata.volume) && mayBootstrap(each, images),
  );
  if (doubtful.length === 0) return {};
  const message =
    `${listNames(doubtful.map((each) => each.name))} may initialise or bootstrap the member on volume ${ozone.metadata.volume}, which ` +
    `rollcall-init does under profile ${name}. If so, ${REMEDY}`;
  return { warnings: [formatOzoneWarning("ozone-bootstrap-conflict", message)] };
}

const FLAGS = new Set(["--bootstrap", "-bootstrap", "--forcebootstrap", "--init", "-init"]);

/** The command in it that makes a member, or null. */
function bootstrapIn({ command, args }: Container): string | null {
  const flag = findOmCommand([...(command ?? []), ...(args ?? [])], FLAGS);
  return flag === null ? null : `runs ozone om ${flag}`;
}

/** The image's entrypoint initialises an empty volume if this variable has any value. */
function initialisedBy({ env }: Container): string | null {
  const variable = env?.find(({ name }) => name === ENSURE_INITIALIZED);
  return variable?.value || variable?.valueFrom
    ? `sets ${ENSURE_INITIALIZED}, so the image runs ozone om --init`
    : null;
}

const writesOn = ({ volumeMounts }: Container, volume: string): boolean =>
  (volumeMounts ?? []).some(({ name, readOnly }) => name === volume && readOnly !== true);

/** A mounted script cannot be read here, so only its names give a hint. */
function mayBootstrap(
  { name, image, command, args, volumeMounts }: Container,
  members: ReadonlySet<string | undefined>,
): boolean {
  const paths = (volumeMounts ?? []).map(({ mountPath }) => mountPath);
  return (
    members.has(image) ||
    [name, ...(command ?? []), ...(args ?? []), ...paths].some((each) => each.includes("bootstrap"))
  );
}
