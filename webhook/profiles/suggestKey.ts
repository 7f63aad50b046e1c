// "Did you mean": suggests the known field at the same place of the schema that is most similar to an unknown one.
import leven from "leven";
import * as z from "zod";
import { profileDocument } from "./schema.ts";

/** Names that differ by more edits, or by more than half of their length, are not similar. */
const MAX_DISTANCE = 3;

/** Longer than any known field. */
const MAX_KEY_LENGTH = 64;

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
}

let schema: SchemaNode | undefined;

/**
 * @param path of the object that has the unknown field
 * @returns the most similar known field, or null
 */
export function suggestKey(path: readonly (string | number)[], key: string): string | null {
  if (key.length > MAX_KEY_LENGTH) return null;
  schema ??= z.toJSONSchema(profileDocument, { io: "input" }) as SchemaNode;
  const shape = path.reduce<SchemaNode | undefined>(getBelow, schema);
  const known = Object.keys(shape?.properties ?? {})
    .map((name) => ({ name, distance: leven(name.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [nearest] = known;
  const limit = Math.min(MAX_DISTANCE, Math.ceil(key.length / 2));
  return nearest !== undefined && nearest.distance <= limit ? nearest.name : null;
}

function getBelow(shape: SchemaNode | undefined, part: string | number): SchemaNode | undefined {
  if (typeof part === "number") return shape?.items;
  if (shape?.properties !== undefined && Object.hasOwn(shape.properties, part)) return shape.properties[part];
  return typeof shape?.additionalProperties === "object" ? shape.additionalProperties : undefined;
}
