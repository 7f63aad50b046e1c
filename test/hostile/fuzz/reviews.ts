// Random reviews: valid ones changed at one place, and reviews with invented users.
import fc, { type Arbitrary } from "fast-check";
import { BASES } from "./bases.ts";
import { type Change, findPlaces, sayChange, writeChanged } from "./change.ts";
import { createOddValue } from "./oddValues.ts";

export interface Review {
  readonly what: string;
  readonly path: string;
  readonly text: string;
}

export const createChangedReviews = (changes: Arbitrary<Change>): Arbitrary<Review> =>
  fc
    .record({ base: fc.constantFrom(...BASES), change: changes, at: fc.nat() })
    .map(({ base: { name, path, review }, change, at }) => {
      const places = findPlaces(review, change);
      const place = places[at % places.length] ?? [];
      const what = `${name} to ${path}, at ${place.join(".") || "its root"}: ${sayChange(change)}`;
      return { what, path, text: writeChanged(review, place, change) };
    });

/** All lists of all reviews with each wrong element, without randomness. */
export function listAllWrongElements(): Review[] {
  const elements = ["null", "0", "true", '"x"', "[]", "{}", "[0]", '{"name":0}'].map((json) =>
    createOddValue(json, json),
  );
  return BASES.flatMap(({ name, path, review }) =>
    elements.flatMap((element) => {
      const change: Change = { is: "wrong elements", element, count: 1, behind: false };
      return findPlaces(review, change).map((place) => ({
        what: `${name} to ${path}, at ${place.join(".")}: ${sayChange(change)}`,
        path,
        text: writeChanged(review, place, change),
      }));
    }),
  );
}

const USERS = [
  ...["admin", "rollcall", "generic-garbage-collector", "namespace-controller", "statefulset-controller"],
  ...["daemon-set-controller", "job-controller", "default"],
].flatMap((name) =>
  ["kube-system", "rollcall-system", "shop"].map((space) => `system:serviceaccount:${space}:${name}`),
);

export const forgedUsers: Arbitrary<Review> = fc
  .record({
    base: fc.constantFrom(...BASES),
    username: fc.oneof(
      fc.constantFrom(
        ...USERS,
        "system:kube-controller-manager",
        "system:admin",
        "system:node:n",
        "",
        "\u0000\n",
      ),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom(2_000, 100_000).map((length) => "u".repeat(length)),
    ),
    groups: fc.array(fc.constantFrom("system:masters", "system:nodes", "rollcall-breakglass", "", "\n"), {
      maxLength: 20,
    }),
    dryRun: fc.constantFrom(true, false, null),
  })
  .map(({ base: { name, path, review }, username, groups, dryRun }) => {
    const { request } = review as { request: object };
    const userInfo = {
      username,
      groups,
      uid: "u",
      extra: { "authentication.kubernetes.io/pod-name": ["web-0"] },
    };
    return {
      what: `${name} to ${path}, by ${JSON.stringify(username.slice(0, 80))}`,
      path,
      text: JSON.stringify({ ...(review as object), request: { ...request, userInfo, dryRun } }),
    };
  });

/** Valid, with a new uid. */
export const unchanged: Arbitrary<Review> = fc
  .record({ base: fc.constantFrom(...BASES), uid: fc.uuid() })
  .map(({ base: { name, path, review }, uid }) => {
    const { request } = review as { request: object };
    return {
      what: name,
      path,
      text: JSON.stringify({ ...(review as object), request: { ...request, uid } }),
    };
  });
