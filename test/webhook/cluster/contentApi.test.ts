// The calls of the metrics' reading of content, and that reviews do not wait for them.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { createContentApi } from "../../../webhook/cluster/createContentApi.ts";
import { createSetLister } from "../../../webhook/cluster/statefulSets.ts";
import { PROFILE_LABEL } from "../../../webhook/kubernetes/names.ts";
import { ResourceStandIn } from "./resourceStandIn.ts";

const SETS = "/apis/apps/v1/statefulsets";

const buildSet = (name: string, profile: string | null, spec: object = {}) => ({
  metadata: { namespace: "help", name, creationTimestamp: "2026-11-29T10:00:00Z" },
  spec: { template: { metadata: { labels: profile === null ? {} : { [PROFILE_LABEL]: profile } } }, ...spec },
});

describe("the calls of the reading of content", () => {
  let api: ResourceStandIn;
  let lists: ServerResponse[];
  /** lists of StatefulSets that get no answer yet */
  let held: number;
  const items = [
    buildSet("otobo", "desk", { replicas: 3, ordinals: { start: 5 } }),
    buildSet("default", "desk"),
    buildSet("empty", "desk", { replicas: 0 }),
    buildSet("calm", "calm"),
    buildSet("other", null),
  ];
  const sendJson = (response: ServerResponse, body: unknown): void => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  };
  before(async () => {
    api = await ResourceStandIn.start({ path: SETS, fields: {} });
    api.instead = ({ url = "" }, response) => {
      if (url.startsWith("/api/v1/pods")) sendJson(response, { metadata: {}, items: [] });
      else if (url.startsWith(SETS) && held > 0) {
        held -= 1;
        lists.push(response);
      } else sendJson(response, { metadata: {}, items: url.startsWith(SETS) ? items : [] });
      return true;
    };
  });
  beforeEach(() => {
    lists = [];
    held = 0;
    api.requests.length = 0;
  });
  after(() => api.close());

  const inTime = (): AbortSignal => AbortSignal.timeout(5_000);

  it("list only StatefulSets with replicas of the profiles, and no pods", async () => {
    const content = createContentApi(api.access(), PROFILE_LABEL, 4);
    const sets = await content.listSets((profile) => profile === "desk", inTime());
    const common = { namespace: "help", profile: "desk" };
    assert.deepEqual(sets, [
      { ...common, name: "otobo", start: 5, replicas: 3 },
      { ...common, name: "default", start: 0, replicas: 1 },
    ]);
    assert.deepEqual(api.requests, [`GET ${SETS}?limit=500`]);
  });

  it("delay no review: it lists while theirs gets no answer", async () => {
    held = 1;
    const content = createContentApi(api.access(), PROFILE_LABEL, 4);
    const listSets = createSetLister(api.access(), PROFILE_LABEL);
    const reading = content.listSets(() => true, inTime());
    while (lists.length === 0) await new Promise((again) => setTimeout(again, 5));
    const sets = await listSets(inTime());
    assert.equal(sets.length, 4);
    const [waiting] = lists;
    assert.ok(waiting);
    sendJson(waiting, { metadata: {}, items: [] });
    assert.deepEqual(await reading, []);
  });
});
