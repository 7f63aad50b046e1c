// "Did you mean": the known field that is nearest to an unknown one, at the same place of the schema.
import leven from "leven";
import * as z from "zod";
import { profileDocument } from "./schema.ts";

/** More changes than this, or half of the word, and the words have nothing to do with each other. */
const FARTHEST = 3;

/** No field is longer; a longer one is not compared. */
const LONGEST_FIELD = 64;

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
}

let schema: SchemaNode | undefined;

/**
 * @param path where the unknown field stands
 * @returns the known field that was probably meant, or null
 */
export function suggestKey(path: readonly (string | number)[], key: string): string | null {
  if (key.length > LONGEST_FIELD) return null;
  schema ??= z.toJSONSchema(profileDocument, { io: "input" }) as SchemaNode;
  const shape = path.reduce<SchemaNode | undefined>(getBelow, schema);
  const known = Object.keys(shape?.properties ?? {})
    .map((name) => ({ name, distance: leven(name.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [nearest] = known;
  const limit = Math.min(FARTHEST, Math.ceil(key.length / 2));
  return nearest !== undefined && nearest.distance <= limit ? nearest.name : null;
}

function getBelow(shape: SchemaNode | undefined, part: string | number): SchemaNode | undefined {
  if (typeof part === "number") return shape?.items;
  if (shape?.properties !== undefined && Object.hasOwn(shape.properties, part)) return shape.properties[part];
  return typeof shape?.additionalProperties === "object" ? shape.additionalProperties : undefined;
}
