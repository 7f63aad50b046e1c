// The validating twin: after all webhooks, does the pod still hold what injection promised? It denies only what
// would break the promise; what else others have changed is theirs (DESIGN: inject converges).
import { PLAN_ENV } from "../../init/contract/places.ts";
import type { Profile } from "../profiles/compile.ts";
import { type Denial, deny } from "./codes.ts";
import type { Member } from "./identify.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "./names.ts";
import { numberOf } from "./number.ts";
import { identityIn, isPlanOf } from "./planIn.ts";
import type { Pod } from "./shape.ts";
import { runnerOf } from "./taken.ts";

/** Why a pod may not be stored as it has become, or null. */
export function twin(pod: Pod, member: Member, profile: Profile): Denial | null {
  const nodeId = numberOf(member, profile);
  if (typeof nodeId !== "string") return nodeId;
  return lostNumber(pod, profile, nodeId) ?? (profile.work === null ? null : lostWork(pod, member, nodeId));
}

const BLAME = "another webhook, or one called without ours, has changed the pod";

function lostNumber(pod: Pod, profile: Profile, nodeId: string): Denial | null {
  const { env } = profile.nodeId;
  for (const name of profile.containers) {
    const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(
      (each) => each.name === name,
    );
    const values = (container?.env ?? []).filter((each) => each.name === env);
    if (values.length > 0 && values.every(({ value }) => value === nodeId)) continue;
    const found = values.length === 0 ? "has none" : "has another value";
    return deny("number-lost", `container ${name} must have ${env}=${nodeId} but ${found}: ${BLAME}`);
  }
  return null;
}

function lostWork(pod: Pod, member: Member, nodeId: string): Denial | null {
  const inits = pod.spec.initContainers ?? [];
  const install = inits.findIndex(({ name }) => name === INSTALL_CONTAINER);
  const init = inits.findIndex(({ name }) => name === INIT_CONTAINER);
  const container = inits[init];
  const how = runnerOf(pod);
  const hasRunner = how === "image" || (how === "copy" && install >= 0 && install < init);
  if (container === undefined || !hasRunner) {
    const there = inits.map(({ name }) => name).join(", ") || "none";
    return deny(
      "runner-lost",
      `the pod must have the runner (volume ${RUNNER_VOLUME}; init containers ${INSTALL_CONTAINER}, unless it is an image ` +
        `volume, and then ${INIT_CONTAINER}), but its init containers are: ${there}: ${BLAME}`,
    );
  }
  const plan = identityIn(container);
  if (isPlanOf(plan, { ...member, workload: member.statefulSet, nodeId })) return null;
  const found =
    plan === null
      ? "there is none that can be read"
      : `it is that of ${plan.namespace}/${plan.pod}, NodeID ${plan.nodeId}`;
  return deny(
    "plan-lost",
    `${INIT_CONTAINER} must carry this pod's plan in ${PLAN_ENV}, but ${found}: ${BLAME}`,
  );
}
