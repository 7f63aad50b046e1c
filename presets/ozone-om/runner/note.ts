// The note that a join has begun: it stands from before the daemon's first write until the join is proven and marked,
// so that what a cut-off join has left is known as such, and thrown away or finished instead of archived.
import { list, object, oneOf, readShape, text } from "../../../init/contract/shape.ts";

const note = object({
  schema: oneOf(1),
  runId: text(),
  /** ozone.om.nodes as the daemon is given them */
  nodes: list(text()),
});

export const formatJoiningNote = (nodes: readonly string[], runId: string): string =>
  `${JSON.stringify({ schema: 1, runId, nodes })}\n`;

/** @returns null where there is no note; no nodes where it cannot be read: it was written, so a join has begun */
export function parseJoiningNote(written: string | null): readonly string[] | null {
  if (written === null) return null;
  try {
    const read = readShape(note, JSON.parse(written));
    return "value" in read ? read.value.nodes : [];
  } catch {
    return [];
  }
}
