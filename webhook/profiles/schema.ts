// The schema of profiles.yaml: what an operator may write (DESIGN: the user's interface). Descriptions in it are
// what `rollcall schema` gives to editors.
import { z } from "zod";
import { dnsLabel } from "./fields.ts";
import { generic } from "./generic.ts";
import { meet, type NumberRange, rangeOf } from "./range.ts";

export const profilesFile = z
  .strictObject(
    { profiles: z.record(dnsLabel, generic) },
    "expected a map with the key profiles, and below it profiles by name",
  )
  .superRefine(({ profiles }, context) => {
    const all = Object.entries(profiles).map(([name, { nodeId }]) => ({ name, range: rangeOf(nodeId) }));
    for (const [index, mine] of all.entries()) {
      const other = all.slice(0, index).find(({ range }) => meet(range, mine.range));
      if (other !== undefined) {
        const path = ["profiles", mine.name, "nodeId"];
        context.addIssue({ code: "custom", path, message: meetingOf(mine, other) });
      }
    }
  });

interface Named {
  name: string;
  range: NumberRange;
}

function meetingOf(mine: Named, other: Named): string {
  const show = ({ base, size }: NumberRange): string => `${base}..${base + size - 1}`;
  return (
    `its numbers ${show(mine.range)} meet ${show(other.range)} of profile ${other.name} in pool ${mine.range.pool}; ` +
    `give each profile of a pool a base and a size of its own`
  );
}
