// The note that a join has begun. It exists from before the daemon's first write until the join is proven and marked,
// so the state of an interrupted join is recognised, and discarded or completed instead of archived.
import { list, object, oneOf, readShape, text } from "../../../init/contract/shape.ts";

const note = object({
  schema: oneOf(1),
  runId: text(),
  /** ozone.om.nodes, as passed to the daemon */
  nodes: list(text()),
});

export const formatJoiningNote = (nodes: readonly string[], runId: string): string =>
  `${JSON.stringify({ schema: 1, runId, nodes })}\n`;

/** @returns null without a note; an empty list if it is invalid: the note exists, so a join has begun */
export function parseJoiningNote(written: string | null): readonly string[] | null {
  if (written === null) return null;
  try {
    const read = readShape(note, JSON.parse(written));
    return "value" in read ? read.value.nodes : [];
  } catch {
    return [];
  }
}
