// ACLs and processes take effect through files, which an ephemeral home and an empty bucket lack, so each start
// generates them from the database. Drafts are not deployed by the restart of a pod.
import type { Otobo, WhyNot } from "../otobo.ts";
import { DEPLOYED, type DeployedState, deployedAnswer } from "../probes/deployed.ts";
import type { StepImplementation } from "../step.ts";
import { preload } from "./sync.ts";

const WORDS = {
  acls: { file: "ZZZACL.pm", many: "ACLs", deploy: "Deploy ACLs" },
  processes: { file: "ZZZProcessManagement.pm", many: "processes", deploy: "Deploy All Processes" },
} as const;

const KINDS = ["acls", "processes"] as const;
type DeployKind = (typeof KINDS)[number];

export const aclsAndProcesses: StepImplementation = {
  run: async (otobo, options) => {
    const request = await otobo.ask(DEPLOYED, deployedAnswer, "write");
    if ("why" in request) return `cannot deploy ACLs and processes: ${request.why}`;
    for (const kind of KINDS) otobo.say(describeDeployed(kind, request.answer[kind]));
    // in S3 mode OTOBO writes them to S3 only
    return KINDS.some((kind) => request.answer[kind].written) ? preload(otobo, options) : null;
  },
  verify: checkAclsActive,
};

/** Checks that the database's ACLs and processes are active in this pod. */
export async function checkAclsActive({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(DEPLOYED, deployedAnswer, "look");
  if ("why" in request) return `cannot compare ACLs and processes: ${request.why}`;
  const missing = KINDS.map((kind) => explainInactive(kind, request.answer[kind]));
  return missing.find((why) => why !== null) ?? null;
}

function explainInactive(kind: DeployKind, { state, count }: DeployedState): WhyNot {
  const { file, many } = WORDS[kind];
  if (state === "missing")
    return `${file} is missing, so none of the ${count} ${many} in the database is active`;
  return state === "outdated" ? `${file} differs from the ${many} in the database` : null;
}

function describeDeployed(kind: DeployKind, { state, count, pending, written }: DeployedState): string {
  const { file, many, deploy } = WORDS[kind];
  if (written) {
    const drafts = pending > 0 ? `, including ${pending} pending changes` : "";
    return `${many}: ${count} deployed from the database into ${file}${drafts}`;
  }
  switch (state) {
    case "drafts":
      return `${many}: ${pending} changes in the database are not deployed, so ${file} is unchanged; deploy them with "${deploy}" in OTOBO`;
    case "foreign":
      return `${many}: the database holds none, so ${file} of another origin is unchanged`;
    default:
      return `${many}: ${file} is up to date with ${count} in the database`;
  }
}
