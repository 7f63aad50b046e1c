// The schema of profiles.yaml: what an operator may write (DESIGN: the user's interface). Descriptions in it are
// what `rollcall schema` gives to editors.
import * as z from "zod";
import { dnsLabel } from "./fields.ts";
import { generic } from "./generic.ts";
import { otobo, otoboRange } from "./otobo.ts";
import { ozone } from "./ozone.ts";
import { meet, type NumberRange, rangeOf } from "./range.ts";

/** "generic, otobo or ozone-om": American English would put a comma before the "or". */
const ALTERNATIVES = new Intl.ListFormat("en-GB", { type: "disjunction" });

const profile = z.discriminatedUnion("kind", [generic, otobo, ozone], {
  error: ({ code, input }) => {
    if (code !== "invalid_union") return undefined;
    const said = (input as { kind?: unknown }).kind;
    const kinds = ALTERNATIVES.format(profile.options.map(({ shape }) => shape.kind.value));
    return said === undefined ? `kind is missing: ${kinds}` : `there is no such kind; there are ${kinds}`;
  },
});

export type WrittenProfile = z.infer<typeof profile>;

export const profilesFile = z
  .strictObject(
    { profiles: z.record(dnsLabel, profile) },
    "expected a map with the key profiles, and below it profiles by name",
  )
  .superRefine(({ profiles }, context) => {
    const all = Object.entries(profiles).flatMap(([name, written]) => {
      const range = numbersOf(written);
      return range === null ? [] : [{ name, range }];
    });
    for (const [index, mine] of all.entries()) {
      const other = all.slice(0, index).find(({ range }) => meet(range, mine.range));
      if (other !== undefined) {
        const path = ["profiles", mine.name, "nodeId"];
        context.addIssue({ code: "custom", path, message: meetingOf(mine, other) });
      }
    }
  });

/** The numbers that a profile gives out; the members of an Ozone ring are known by their pods' names. */
function numbersOf(written: WrittenProfile): NumberRange | null {
  switch (written.kind) {
    case "generic":
      return rangeOf(written.nodeId);
    case "otobo":
      return otoboRange(written);
    case "ozone-om":
      return null;
  }
}

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
