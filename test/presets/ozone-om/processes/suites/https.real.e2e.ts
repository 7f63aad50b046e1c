// A ring whose web servers, and the SCM's, speak nothing but HTTPS (ozone.http.policy HTTPS_ONLY): members join and leave by
// the runner, and the guard asks them by the IPs of their pods.
import assert from "node:assert/strict";
import type { Profile } from "../../../../../webhook/profiles/profile.ts";
import { assumeEvidence } from "../../../../../webhook/scaleDown/assumeEvidence.ts";
import { buildChange } from "../../../../../webhook/scaleDown/change.ts";
import { decideScaleDown } from "../../../../../webhook/scaleDown/decide.ts";
import { gatherRing } from "../../../../../webhook/scaleDown/evidence/ring.ts";
import { buildReview } from "../../../../../webhook/scaleDown/rule.ts";
import { readSetState, type SetState } from "../../../../../webhook/scaleDown/setState.ts";
import { renderProfileYaml } from "../../../../profileYaml.ts";
import { loadActiveConfig } from "../../../../webhook/mutation/pod.ts";
import { formatMemberUrl, SERVICE_ID } from "../conf.ts";
import { type Crew, makeCrew } from "../crew.ts";
import { measureTime } from "../measureTime.ts";
import { waitForMembers } from "../member.ts";
import { formatMemberAddress, PLACE_NAMESPACE, RING_SET } from "../names.ts";
import { openPlace, openPlaceWeb, type RingPlace } from "../place.ts";

const SIZE = 3;
const LAST = SIZE - 1;

describe("a ring over HTTPS", function () {
  // each test continues with the ring of the one before
  this.bail(true);
  let place: RingPlace;
  let crew: Crew;

  before(async () => {
    place = await measureTime("SCM and its cluster", () =>
      openPlace(process.env["ROLLCALL_OZONE_JARS"] ?? "", { isSecure: true }),
    );
    crew = await makeCrew(place, SIZE);
  });

  after(() => place?.close());

  it("1 → 2 → 3: each joins by itself", async () => {
    await crew.grow(0, "seed");
    await crew.grow(1, "bootstrap");
    await crew.grow(2, "bootstrap");
  });

  it("serves nothing over HTTP", async () => {
    const ask = openPlaceWeb(place);
    const plain = await ask(formatMemberUrl(place.ports, 0, false));
    assert.equal(plain.is, "silent", JSON.stringify(plain));
    const atHttps = await ask(formatMemberUrl(place.ports, 0, true).replace("https:", "http:"));
    assert.notEqual(atHttps.is, "answer", JSON.stringify(atHttps));
  });

  it("the guard knows the ring, and allows 3 → 2", async () => {
    const { found, decision } = await reviewScale(secured(place.keystores?.caBundle ?? ""), SIZE, LAST);
    assert.ok("known" in found, JSON.stringify(found));
    assert.deepEqual(
      found.known.members.map(({ id, healthy }) => [id, healthy]).sort(),
      crew.ids(SIZE).map((id) => [id, true]),
    );
    assert.equal(decision.allowed, true, JSON.stringify(decision));
  });

  it("the guard denies 3 → 2 where the CA is another one, or the profile lacks httpPolicy", async () => {
    const [scmOnly = ""] = (place.keystores?.caBundle ?? "").split(/(?<=-----END CERTIFICATE-----\n)/);
    const foreign = await reviewScale(secured(scmOnly), SIZE, LAST);
    assert.ok(!foreign.decision.allowed);
    assert.match(foreign.decision.denial.message, /signed by a CA that is not trusted here/);
    const plain = await reviewScale("", SIZE, LAST);
    assert.ok(!plain.decision.allowed);
    console.log(`      ${plain.decision.denial.message.split("\n")[0]}`);
    assert.match(plain.decision.denial.message, /the members of the ring are unknown/);
  });

  it("a member leaves, and the guard sees the ring of two", async () => {
    place.scale(LAST);
    assert.equal(
      await measureTime("om-2 leaves", () => crew.member(LAST).leave().ended),
      0,
      await crew.member(LAST).log(),
    );
    await waitForMembers(place, crew.ids(LAST));
    await crew.daemon(LAST).end();
    const { found } = await reviewScale(secured(place.keystores?.caBundle ?? ""), LAST, 1);
    assert.ok("known" in found, JSON.stringify(found));
    assert.deepEqual(found.known.members.map(({ id }) => id).sort(), crew.ids(LAST));
  });

  it("rejoins with its old volume", async () => {
    place.scale(SIZE);
    crew.runs(LAST, await measureTime("om-2 back", () => crew.member(LAST).up()));
    await waitForMembers(place, crew.ids(SIZE));
  });

  const secured = (ca: string): string =>
    `, httpPolicy: HTTPS_ONLY, caBundle: ${JSON.stringify(ca)}, ports: {https: ${place.ports.members[0]?.https}}`;

  /** What the guard answers to a scale-down. @param fields of the profile */
  async function reviewScale(fields: string, from: number, to: number) {
    const port = place.ports.members[0]?.https;
    const http = fields === "" ? `, ports: {http: ${port}}` : "";
    const yaml = renderProfileYaml(
      "ring",
      `type: OzoneOM, namespaces: ["*"], ozoneOM: {serviceID: ${SERVICE_ID}, metadata: {volume: data, dirs: /data},
      scaleDown: {policy: Managed, minReplicas: 1}${fields}${http}}`,
    );
    const profile = loadActiveConfig(yaml).profiles?.get("ring");
    assert.ok(profile?.ring);
    const change = buildChange(buildState(profile, from), buildState(profile, to));
    assert.ok("change" in change);
    const review = buildReview(change.change, profile);
    const found = await gatherRing({
      set: RING_SET,
      namespace: PLACE_NAMESPACE,
      serviceName: RING_SET,
      pods: crew.ids(from).map((name, ordinal) => ({ name, ip: formatMemberAddress(ordinal) })),
      ring: profile.ring,
      record: Promise.resolve({ known: place.record() }),
      deadline: AbortSignal.timeout(10_000),
    });
    const evidence = assumeEvidence(review, { ring: found, service: null });
    const decision = decideScaleDown(review, evidence, { override: { is: "none" }, now: new Date() });
    return { found, decision };
  }
});

function buildState({ name }: Profile, replicas: number): SetState {
  const labels = { app: "om", "rollcall.dev/profile": name };
  const spec = {
    replicas,
    serviceName: RING_SET,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "om", image: "i" }] } },
  };
  const read = readSetState({ metadata: { name: RING_SET, uid: "s" }, spec }, PLACE_NAMESPACE);
  assert.ok("state" in read);
  return read.state;
}
