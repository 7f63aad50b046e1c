// ACLs and processes act only by files, which an ephemeral home and an empty bucket do not have. They are made from the
// database at each start. What somebody is still working on is not put into force by a pod that happens to restart.
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
    if ("why" in request) return `ACLs and processes could not be deployed: ${request.why}`;
    for (const kind of KINDS) otobo.say(tell(kind, request.answer[kind]));
    // in S3 mode they are written there alone
    return KINDS.some((kind) => request.answer[kind].written) ? preload(otobo, options) : null;
  },
  verify: checkAclsActive,
};

/** Why ACLs or processes of the database would not act in this pod. */
export async function checkAclsActive({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(DEPLOYED, deployedAnswer, "look");
  if ("why" in request) return `ACLs and processes could not be compared: ${request.why}`;
  const missing = KINDS.map((kind) => whyNot(kind, request.answer[kind]));
  return missing.find((why) => why !== null) ?? null;
}

function whyNot(kind: DeployKind, { state, count }: DeployedState): WhyNot {
  const { file, many } = WORDS[kind];
  if (state === "missing")
    return `${file} is missing: none of the ${many} in the database (${count}) acts without it`;
  return state === "outdated" ? `${file} does not hold the ${many} that the database does` : null;
}

function tell(kind: DeployKind, { state, count, pending, written }: DeployedState): string {
  const { file, many, deploy } = WORDS[kind];
  if (written) {
    const drafts = pending > 0 ? `, ${pending} changes that were not deployed yet among them` : "";
    return `${many}: ${count} deployed from the database into ${file}${drafts}`;
  }
  switch (state) {
    case "drafts":
      return `${many}: ${pending} changes in the database are not deployed, so ${file} stays as it is; "${deploy}" in OTOBO puts them into force`;
    case "foreign":
      return `${many}: the database holds none, so ${file}, which has others, stays as it is`;
    default:
      return `${many}: ${file} holds all ${count} of the database`;
  }
}
