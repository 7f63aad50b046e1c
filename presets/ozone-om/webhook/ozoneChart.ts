// What Ozone's Helm chart does with the ring (docs/research/ozone.md#helm-chart): at more replicas an init container
// bootstraps the new members, at fewer replicas hooks transfer leadership and decommission.
import type { Container, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import type { ChartHabits } from "../../../webhook/profiles/chartHabits.ts";
import { SITE } from "./env.ts";
import { findOmCommand } from "./findOmCommand.ts";

/** The chart's init container; its script is in a ConfigMap. */
const BOOTSTRAP_CONTAINER = "om-bootstrap";
const BOOTSTRAP = new Set(["--bootstrap", "-bootstrap", "--forcebootstrap", "--init", "-init"]);
const HOOK_COMMANDS = new Set(["decommission", "transfer", "--bootstrap", "-bootstrap", "--forcebootstrap"]);

/** The chart lists in it the members that its hooks will decommission. */
const DECOMMISSIONED = `${SITE}ozone.om.decommissioned.nodes.`;
const SET_SUFFIX = "-om";

export const OZONE_CHART: ChartHabits = {
  listOwnInits: ({ spec }) =>
    (spec.template.spec.initContainers ?? [])
      .filter(
        (container) =>
          container.name === BOOTSTRAP_CONTAINER || findOmCommand(joinCommand(container), BOOTSTRAP) !== null,
      )
      .map(({ name }) => name),
  isConflictingHook: ({ spec }) =>
    [...spec.containers, ...(spec.initContainers ?? [])].some(
      (container) => findOmCommand(joinCommand(container), HOOK_COMMANDS) !== null,
    ),
  listConflictingHooks: (set) => {
    const members = listDecommissioned(set);
    if (members.length === 0) return [];
    const { name } = set.metadata;
    const release = name.endsWith(SET_SUFFIX) ? name.slice(0, -SET_SUFFIX.length) : name;
    const jobs = ["leader-transfer", ...members.map((member) => `decommission-${member}`)];
    return jobs.map((job) => `${release}-helm-manager-${job}`);
  },
};

const joinCommand = ({ command, args }: Container): string[] => [...(command ?? []), ...(args ?? [])];

function listDecommissioned({ spec }: StatefulSet): string[] {
  const all = spec.template.spec.containers.flatMap(({ env }) => env ?? []);
  const value =
    all.find((variable) => variable.name.startsWith(DECOMMISSIONED) && variable.value)?.value ?? "";
  return value.split(",").filter((member) => member !== "");
}
