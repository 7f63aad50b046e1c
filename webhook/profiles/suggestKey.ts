// "Did you mean": suggests the known field at the same place of the schema that is most similar to an unknown one.
import * as z from "zod";
import { findSimilarName } from "./findSimilarName.ts";
import { profileDocument } from "./schema.ts";

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
  schema ??= z.toJSONSchema(profileDocument, { io: "input" }) as SchemaNode;
  const shape = path.reduce<SchemaNode | undefined>(getBelow, schema);
  return findSimilarName(Object.keys(shape?.properties ?? {}), key);
}

function getBelow(shape: SchemaNode | undefined, part: string | number): SchemaNode | undefined {
  if (typeof part === "number") return shape?.items;
  if (shape?.properties !== undefined && Object.hasOwn(shape.properties, part)) return shape.properties[part];
  return typeof shape?.additionalProperties === "object" ? shape.additionalProperties : undefined;
}
