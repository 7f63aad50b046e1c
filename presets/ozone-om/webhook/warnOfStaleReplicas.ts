// Warns if an update replaces a number of replicas that was set through the scale subresource, as `helm upgrade` does with a
// value that was not raised after `kubectl scale`. Under policy Managed the ring then shrinks by itself.
import { anything, list, nullish, object, readShape, type TypeOf } from "../../../init/contract/shape.ts";
import { MANAGED_FIELDS } from "../../../webhook/kubernetes/managedFields.ts";
import type { StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import { shorten } from "../../../webhook/kubernetes/shorten.ts";
import { formatOzoneWarning } from "../codes.ts";

/** Far more managers than an object has. */
const MOST_ENTRIES = 1000;

const entry = object({
  ...MANAGED_FIELDS,
  fieldsV1: nullish(object({ "f:spec": nullish(object({ "f:replicas": anything() })) })),
});
const managed = object({
  metadata: object({ managedFields: nullish(list(entry, MOST_ENTRIES)) }),
});

const SCALE = "scale";

/** @param old null: the set is created */
export function warnOfStaleReplicas(set: StatefulSet, old: StatefulSet | null, profile: string): string[] {
  const [before, after] = [old?.spec.replicas, set.spec.replicas];
  if (old === null || typeof before !== "number" || typeof after !== "number" || before === after) return [];
  const scaler = findOwner(old, (each) => each.subresource === SCALE);
  // a request to the scale subresource leaves it as the owner
  if (scaler === null || findOwner(set, (each) => each.subresource === SCALE) !== null) return [];
  const writer = findOwner(set, () => true);
  const count = Math.abs(after - before);
  const members = count === 1 ? "1 member" : `${count} members`;
  return [
    formatOzoneWarning(
      "ozone-replicas-replaced",
      `spec.replicas goes from ${before}, which ${formatManager(scaler)} set by a scale, to ${after}, which ${formatManager(writer)} sets: ${members} would ${after < before ? "leave" : "join"} the ring of profile ${profile}. ` +
        `If ${after} is an old value of a chart or file, write ${before} there (om.replicas in Ozone's chart), and apply again at once. See docs/ozone-helm.md.`,
    ),
  ];
}

type Entry = TypeOf<typeof entry>;

/** The first matching manager of spec.replicas, or null. */
function findOwner(set: StatefulSet, matches: (each: Entry) => boolean): Entry | null {
  const read = readShape(managed, set);
  const entries = "value" in read ? (read.value.metadata.managedFields ?? []) : [];
  const owns = ({ fieldsV1 }: Entry): boolean => fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined;
  return entries.find((each) => owns(each) && matches(each)) ?? null;
}

const formatManager = (each: Entry | null): string => shorten(each?.manager || "another client");
