// ACLs and processes act only by files, which an ephemeral home and an empty bucket do not have. They are made from the
// database at each start. What somebody is still working on is not put into force by a pod that happens to restart.
import type { Otobo, WhyNot } from "../otobo.ts";
import { DEPLOYED, type Deployed, deployedAnswer } from "../probes/deployed.ts";
import type { Step } from "../step.ts";
import { preload } from "./sync.ts";

const WORDS = {
  acls: { file: "ZZZACL.pm", many: "ACLs", deploy: "Deploy ACLs" },
  processes: { file: "ZZZProcessManagement.pm", many: "processes", deploy: "Deploy All Processes" },
} as const;

const KINDS = ["acls", "processes"] as const;
type Kind = (typeof KINDS)[number];

export const aclsAndProcesses: Step = {
  run: async (otobo, options) => {
    const asked = await otobo.ask(DEPLOYED, deployedAnswer, "write");
    if ("why" in asked) return `ACLs and processes could not be deployed: ${asked.why}`;
    for (const kind of KINDS) otobo.say(tell(kind, asked.answer[kind]));
    // in S3 mode they are written there alone
    return KINDS.some((kind) => asked.answer[kind].written) ? preload(otobo, options) : null;
  },
  verify: whyNotActing,
};

/** Why ACLs or processes of the database would not act in this pod. */
export async function whyNotActing({ ask }: Otobo): Promise<WhyNot> {
  const asked = await ask(DEPLOYED, deployedAnswer, "look");
  if ("why" in asked) return `ACLs and processes could not be compared: ${asked.why}`;
  const missing = KINDS.map((kind) => whyNot(kind, asked.answer[kind]));
  return missing.find((why) => why !== null) ?? null;
}

function whyNot(kind: Kind, { state, count }: Deployed): WhyNot {
  const { file, many } = WORDS[kind];
  if (state === "missing")
    return `${file} is missing: none of the ${many} in the database (${count}) acts without it`;
  return state === "outdated" ? `${file} does not hold the ${many} that the database does` : null;
}

function tell(kind: Kind, { state, count, pending, written }: Deployed): string {
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
