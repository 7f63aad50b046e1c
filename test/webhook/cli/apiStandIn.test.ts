// The stand-in for the API server rejects what a real one rejects, so that `try` is no more permissive than a cluster.
import assert from "node:assert/strict";
import { request } from "node:https";
import { ApiStandIn } from "../../../webhook/cli/try/apiStandIn.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";

interface StandInAnswer {
  code: number | undefined;
  body: Fields;
}

type Fields = Record<string, unknown> & { metadata?: Record<string, unknown> };

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/shop/leases";
const RENEWED = "2026-01-02T03:04:05.000006Z";

describe("the stand-in for the API server", () => {
  let api: ApiStandIn;
  before(async () => {
    api = await ApiStandIn.start(await issueSelfSigned(["localhost", "127.0.0.1"], new Date()));
  });
  after(() => api.close());

  function ask(method: string, path: string, body?: unknown, token = api.token): Promise<StandInAnswer> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const { port, ca } = api;
    return new Promise((resolve, reject) => {
      const sending = request(
        { host: "127.0.0.1", port, ca, method, path, headers, agent: false },
        (incoming) => {
          let text = "";
          incoming.on("data", (chunk: Buffer) => {
            text += chunk.toString();
          });
          incoming.once("end", () =>
            resolve({ code: incoming.statusCode, body: JSON.parse(text) as Fields }),
          );
        },
      );
      sending.once("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const lease = (
    name: string,
    more: Record<string, unknown> = {},
    spec: unknown = { holderIdentity: "a" },
  ) => ({
    metadata: { name, ...more },
    spec,
  });
  const readVersion = ({ body }: StandInAnswer): unknown => body.metadata?.["resourceVersion"];

  it("creates a Lease once, returns it, and answers AlreadyExists to the second creation", async () => {
    const created = await ask("POST", LEASES, lease("one"));
    assert.equal(created.code, 201);
    assert.equal(typeof readVersion(created), "string");
    const { code, body } = await ask("GET", `${LEASES}/one`);
    assert.deepEqual([code, body], [200, created.body]);
    const second = await ask("POST", LEASES, lease("one", {}, { holderIdentity: "b" }));
    assert.deepEqual([second.code, second.body["reason"]], [409, "AlreadyExists"]);
    assert.deepEqual(api.lease("shop", "one")?.spec, { holderIdentity: "a" });
  });

  it("updates only the version that was read", async () => {
    const resourceVersion = readVersion(await ask("POST", LEASES, lease("two")));
    const update = lease("two", { resourceVersion }, { holderIdentity: "b", renewTime: RENEWED });
    const updated = await ask("PUT", `${LEASES}/two`, update);
    assert.equal(updated.code, 200);
    assert.notEqual(readVersion(updated), resourceVersion);
    const late = await ask(
      "PUT",
      `${LEASES}/two`,
      lease("two", { resourceVersion }, { holderIdentity: "c" }),
    );
    assert.deepEqual([late.code, late.body["reason"]], [409, "Conflict"]);
    const blind = await ask("PUT", `${LEASES}/two`, lease("two"));
    assert.deepEqual([blind.code, blind.body["reason"]], [422, "Invalid"]);
    assert.equal(api.lease("shop", "two")?.spec?.holderIdentity, "b");
  });

  it("keeps the version after a write without a change", async () => {
    const { body } = await ask("POST", LEASES, lease("same"));
    const again = await ask("PUT", `${LEASES}/same`, body);
    assert.deepEqual([again.code, readVersion(again)], [200, body.metadata?.["resourceVersion"]]);
  });

  it("has exactly one winner among many writers of one version", async () => {
    const resourceVersion = readVersion(await ask("POST", LEASES, lease("race")));
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        ask("PUT", `${LEASES}/race`, lease("race", { resourceVersion }, { holderIdentity: String(index) })),
      ),
    );
    assert.deepEqual(all.map(({ code }) => code).sort(), [200, ...Array.from({ length: 7 }, () => 409)]);
  });

  it("rejects what Go would reject: a time without six digits, a negative number", async () => {
    for (const spec of [
      { renewTime: "2026-01-02T03:04:05.006Z" },
      { leaseTransitions: -1 },
      { leaseDurationSeconds: 0 },
    ]) {
      assert.equal((await ask("POST", LEASES, lease("bad", {}, spec))).code, 400, JSON.stringify(spec));
    }
    assert.equal((await ask("GET", `${LEASES}/bad`)).code, 404);
    assert.equal((await ask("PUT", `${LEASES}/bad`, lease("bad", { resourceVersion: "1" }))).code, 404);
  });

  it("returns a StatefulSet and its namespace, and nothing that does not exist", async () => {
    api.putStatefulSet("shop", "web", { metadata: { generation: 1 }, status: { updateRevision: "web-1" } });
    const set = await ask("GET", "/apis/apps/v1/namespaces/shop/statefulsets/web");
    assert.deepEqual([set.code, set.body["status"]], [200, { updateRevision: "web-1" }]);
    const namespace = await ask("GET", "/api/v1/namespaces/shop");
    assert.deepEqual([namespace.code, namespace.body["status"]], [200, { phase: "Active" }]);
    assert.equal((await ask("GET", "/apis/apps/v1/namespaces/shop/statefulsets/other")).code, 404);
    assert.equal((await ask("GET", "/api/v1/namespaces/other")).code, 404);
  });

  it("rejects other clients, and what the role rollcall-member does not allow", async () => {
    assert.equal((await ask("GET", `${LEASES}/one`, undefined, "another")).code, 401);
    for (const [method, path] of [
      ["DELETE", `${LEASES}/one`],
      ["GET", LEASES],
      ["PUT", "/apis/apps/v1/namespaces/shop/statefulsets/web"],
      ["GET", "/api/v1/namespaces/shop/secrets/x"],
    ] as const) {
      assert.equal((await ask(method, path)).code, 403, `${method} ${path}`);
    }
  });
});
