// F9 of docs/threat-model.md: members that lie, queried over HTTP as for a scale-down.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION } from "../../../../init/contract/record.ts";
import { createKubeApi } from "../../../../webhook/cluster/createKubeApi.ts";
import { createEvidencePorts } from "../../../../webhook/scaleDown/evidence/createEvidencePorts.ts";
import { type Running, type State, startMember } from "../../../init/contract/ring/standIn.mjs";
import { buildLivePod, buildWebCase, formatAddress, loadProfile } from "./cases.ts";
import { ClusterStandIn } from "./clusterStandIn.ts";

const MEMBERS = ["web-0", "web-1", "web-2"];

describe("a ring in which one member lies", function () {
  this.timeout(20_000);
  let cluster: ClusterStandIn;
  let state: State;
  let servers: Running[] = [];
  let port = 0;

  before(async () => {
    cluster = await ClusterStandIn.start();
    for (const [ordinal, id] of MEMBERS.entries()) {
      const server = await startMember({ id, state: () => state, host: formatAddress(ordinal), port });
      ({ port } = server);
      servers.push(server);
    }
    cluster.pods = MEMBERS.map((_, ordinal) =>
      buildLivePod(ordinal, { labels: { app: "web", "rollcall.dev/profile": "ring" } }),
    );
  });
  after(async () => {
    await Promise.all([...servers.map((server) => server.close()), cluster.close()]);
    servers = [];
  });
  beforeEach(() => {
    state = { serviceId: "omservice", leader: "web-0", term: 7, members: MEMBERS };
    cluster.leases.remove("demo", "rollcall-record-web");
  });

  const ring = async () => {
    const ports = createEvidencePorts({
      asks: createKubeApi(cluster.access()),
      now: () => new Date(),
      memberMs: 2_000,
    });
    const review = buildWebCase(loadProfile("ring", port), 3, 1);
    return (await ports.gather(review, new Set(["ring"]), AbortSignal.timeout(5_000))).ring;
  };
  const isUnknown = async (why: RegExp): Promise<void> => {
    const found = await ring();
    assert.ok("unknown" in found, `the ring is known: ${JSON.stringify(found)}`);
    assert.match(found.unknown, why);
  };

  it("is known while no member lies", async () => {
    const found = await ring();
    assert.ok("known" in found, JSON.stringify(found));
    assert.equal(found.known.members.length, 3);
  });

  it("is unknown if a leader names no followers while two follow it", async () => {
    state = { ...state, says: { "web-0": { role: "LEADER", leader: "web-0", members: ["web-0"] } } };
    await isUnknown(/web-1 follows web-0 in term 7, but web-0 does not list it/);
  });

  it("is unknown if one member alone claims term 99 during an election", async () => {
    state = {
      ...state,
      says: {
        "web-0": { role: "LEADER", leader: "web-0", term: 99, members: ["web-0"] },
        "web-1": { role: "CANDIDATE", leader: null, term: 8 },
        "web-2": { leader: null, term: 8 },
      },
    };
    await isUnknown(/web-0 leads in term 99, but web-1 is CANDIDATE in term 8/);
  });

  it("is unknown if one member answers alone and the record lists others", async () => {
    const record = {
      schema: 1,
      kind: "ozone-om",
      profile: "ring",
      base: 1,
      seq: 1,
      fence: 1,
      ring: { clusterID: null, seed: null, members: MEMBERS },
    };
    const annotations = { [RECORD_ANNOTATION]: JSON.stringify(record) };
    cluster.leases.create("demo", { metadata: { name: "rollcall-record-web", annotations } });
    state = {
      ...state,
      says: {
        "web-0": { role: "LEADER", leader: "web-0", members: ["web-0"] },
        "web-1": "reset",
        "web-2": "reset",
      },
    };
    await isUnknown(/the record lists web-1 as a member that has not left/);
  });
});
