// The note that a join has begun: it stands from before the daemon's first write until the join is proven and marked,
// so that what a cut-off join has left is known as such, and thrown away or finished instead of archived.
import * as z from "zod";

const note = z.object({
  schema: z.literal(1),
  runId: z.string(),
  /** ozone.om.nodes as the daemon is given them */
  nodes: z.array(z.string()),
});

export const joiningText = (nodes: readonly string[], runId: string): string =>
  `${JSON.stringify({ schema: 1, runId, nodes })}\n`;

/** @returns null where there is no note; no nodes where it cannot be read: it was written, so a join has begun */
export function joiningNodes(text: string | null): readonly string[] | null {
  if (text === null) return null;
  try {
    return note.parse(JSON.parse(text)).nodes;
  } catch {
    return [];
  }
}
