// A ring's pods that bring a bootstrap of their own, as Ozone's Helm chart does: Rollcall initialises a member and has it
// join, once and proven, and a second one beside it makes another member of the volume, or fails for ever.

import type { Container, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import { listNames, shorten } from "../../../webhook/kubernetes/shorten.ts";
import type { SetFinding } from "../../../webhook/validation/setFinding.ts";
import { deny, say } from "../codes.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { ENSURE_INITIALIZED } from "./env.ts";

const REMEDY =
  "take that out of the pod template; of the Helm chart docs/ozone-helm.md says what to switch off";

export function findBootstrap({ spec }: StatefulSet, { name, ozone, containers }: OzoneMembers): SetFinding {
  const { containers: all, initContainers } = spec.template.spec;
  const every = [...all, ...(initContainers ?? [])];
  // env of the profile's own is overridden
  const others = every.filter((each) => !containers.includes(each.name));
  for (const each of every) {
    const what = bootstrapIn(each) ?? (others.includes(each) ? initialisedBy(each) : null);
    if (what === null) continue;
    const message =
      `container ${shorten(each.name)} ${what}, and profile ${name} has each member initialised and joined by rollcall-init: a member ` +
      `that is made twice is another one; ${REMEDY}`;
    return { denial: deny("ozone-bootstrap-conflict", message) };
  }
  const images = new Set(all.filter((each) => containers.includes(each.name)).map(({ image }) => image));
  const doubtful = others.filter(
    (each) => writesOn(each, ozone.metadata.volume) && mayBootstrap(each, images),
  );
  if (doubtful.length === 0) return {};
  const message =
    `${listNames(doubtful.map((each) => each.name))} may initialise or bootstrap the member on volume ${ozone.metadata.volume}, which ` +
    `rollcall-init does under profile ${name}; where that is so, ${REMEDY}`;
  return { warnings: [say("ozone-bootstrap-conflict", message)] };
}

const FLAGS = new Set(["--bootstrap", "-bootstrap", "--forcebootstrap", "--init", "-init"]);

/** So many words may stand between `om` and its flag. */
const MOST_BETWEEN = 4;

/** What of its words makes a member, or null: also inside of a shell's text. */
function bootstrapIn({ command, args }: Container): string | null {
  const words = [...(command ?? []), ...(args ?? [])].join(" ").split(/[\s;&|()"'`]+/);
  const at = words.findIndex(
    (word, index) =>
      FLAGS.has(word) && words.slice(Math.max(0, index - MOST_BETWEEN - 1), index).some(isManager),
  );
  return at < 0 ? null : `runs ozone om ${words[at]}`;
}

const isManager = (word: string): boolean => word === "om" || word.endsWith(".OzoneManagerStarter");

/** The image's entrypoint initialises an empty volume where this is set to anything. */
function initialisedBy({ env }: Container): string | null {
  const variable = env?.find(({ name }) => name === ENSURE_INITIALIZED);
  return variable?.value || variable?.valueFrom
    ? `sets ${ENSURE_INITIALIZED}, by which the image runs ozone om --init`
    : null;
}

const writesOn = ({ volumeMounts }: Container, volume: string): boolean =>
  (volumeMounts ?? []).some(({ name, readOnly }) => name === volume && readOnly !== true);

/** What a script does cannot be read here: its names are all that tells. */
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
