import { assumeDrained } from "../assumptions.ts";
import { inPod } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { fromHighest } from "../ordinals.ts";
import { type Case, isDrop, rule, subjectOf } from "../rule.ts";

/** So many are named in one denial. */
const MOST = 10;

/** A pod that was recreated has another uid: it has taken up work again, and is not drained any more. */
export const notDrained = rule({
  name: "not-drained",
  code: "RC013",
  says: "Pods would go that were not drained (the runner's drain), and the profile's scaleDown.policy is Drained.",
  needs: ["record", "pods"],
  assumes: assumeDrained,
  concerns: (asked) => asked.profile.drop.policy === "drained" && (isDrop(asked) || deletesVolumes(asked)),
  decide: (asked, { record, pods }) => {
    if ("unknown" in record) return { unknown: `its record could not be read: ${record.unknown}` };
    if ("unknown" in pods) return { unknown: `its pods could not be listed: ${pods.unknown}` };
    const drained = record.known?.drained ?? {};
    const live = new Map(pods.known.map((pod) => [pod.ordinal, pod]));
    const { name } = subjectOf(asked);
    const wanting: string[] = [];
    const commands: string[] = [];
    // beyond the pods that there are nobody is drained, so those that are do not hide the others
    for (const ordinal of fromHighest(asked.removed, MOST + 1 + live.size)) {
      const pod = live.get(ordinal);
      const said = drained[`${name}-${ordinal}`];
      if (pod !== undefined && said?.podUid === pod.uid) continue;
      wanting.push(`${name}-${ordinal} (${whyNot(pod, said !== undefined)})`);
      if (pod?.running === true) commands.push(inPod(asked, pod.name, "drain"));
    }
    if (wanting.length === 0) return null;
    return message(
      `${setOf(asked)}: these pods would go and are not drained: ${wanting.slice(0, MOST).join(", ")}` +
        `${wanting.length > MOST ? " and more" : ""}. Drain each pod that goes, highest ordinal first, then ask again`,
      ...commands.slice(0, MOST),
    );
  },
});

function whyNot(pod: { running: boolean } | undefined, saidBefore: boolean): string {
  if (pod === undefined)
    return "there is no such pod now; wait until it runs, its volume may hold what nobody else has";
  if (!pod.running) return "it does not run now; wait until it does";
  return saidBefore ? "it was, but has been recreated since" : "never drained";
}

function deletesVolumes({ change }: Case): boolean {
  return (
    change.operation === "DELETE" &&
    change.before.whenDeleted === "Delete" &&
    change.before.ordinals.replicas > 0
  );
}
