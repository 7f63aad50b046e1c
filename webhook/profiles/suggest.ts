// "Did you mean": the known key that is nearest to an unknown one, at the same place of the schema.
import leven from "leven";
import * as z from "zod";
import { profilesFile } from "./schema.ts";

/** More changes than this, or half of the word, and the words have nothing to do with each other. */
const FARTHEST = 3;

interface Shape {
  properties?: Record<string, Shape>;
  additionalProperties?: Shape | boolean;
  items?: Shape;
  oneOf?: Shape[];
  const?: unknown;
}

/**
 * @param path where the unknown key stands
 * @param written what stands at a path of the document: among kinds of profile it says which one is meant
 * @returns the known key that was probably meant, or null
 */
export function suggestKey(
  path: readonly (string | number)[],
  key: string,
  written: (path: readonly (string | number)[]) => unknown,
): string | null {
  let shape: Shape | undefined = z.toJSONSchema(profilesFile, { io: "input" }) as Shape;
  for (const [depth, part] of path.entries()) {
    shape = shape === undefined ? undefined : below(shape, part);
    shape =
      shape?.oneOf?.find((each) => isMeant(each, (name) => written([...path.slice(0, depth + 1), name]))) ??
      shape;
  }
  const known = Object.keys(shape?.properties ?? {})
    .map((name) => ({ name, distance: leven(name.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [nearest] = known;
  const limit = Math.min(FARTHEST, Math.ceil(key.length / 2));
  return nearest !== undefined && nearest.distance <= limit ? nearest.name : null;
}

function below({ properties, additionalProperties, items }: Shape, part: string | number): Shape | undefined {
  if (typeof part === "number") return items;
  return properties?.[part] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
}

/** Whether each field that has one value only has it. */
function isMeant({ properties = {} }: Shape, written: (name: string) => unknown): boolean {
  return Object.entries(properties).every(
    ([name, { const: only }]) => only === undefined || written(name) === only,
  );
}
