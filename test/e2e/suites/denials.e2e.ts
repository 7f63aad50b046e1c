// Denials where the person is: in kubectl's own words.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../harness/appImage.ts";
import { eventually } from "../harness/eventually.ts";
import { makeSpace, type Space } from "../harness/space.ts";
import { workload } from "../harness/workload.ts";

describe("denials", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("denials");
  });
  after(() => space.remove());

  it("name the reason for a labelled pod that is not the StatefulSet controller's", async () => {
    const said = await space.k.try([
      "run",
      "lone",
      `--image=${APP_IMAGE}`,
      "--labels=rollcall.dev/profile=demo",
    ]);
    assert.equal(said.code, 1);
    assert.match(said.stderr, /Error from server \(Forbidden\)/);
    assert.match(
      said.stderr,
      /pods\.mutate\.rollcall\.dev.*RC103 not-a-statefulset-pod: .*a bare pod, or one from a backup.*Use a StatefulSet/,
    );
  });

  it("reach a Deployment's owner as an Event of its ReplicaSet", async () => {
    const labels = { app: "d", "rollcall.dev/profile": "demo" };
    const spec = {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: APP_IMAGE }] } },
    };
    await space.k.apply([{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec }]);
    await eventually(async () => {
      const { items } = await space.k.json<{ items: { message: string }[] }>(["get", "events"]);
      assert.ok(
        items.some(
          ({ message }) =>
            message.includes("RC103") && message.includes("a ReplicaSet of apps/v1 controls it"),
        ),
      );
    });
  });

  for (const dry of [[], ["--dry-run=server"]] as const) {
    it(`are on the terminal at apply ${dry.join("")}`, async () => {
      const [, set] = workload({ profile: "dmeo" });
      const said = await space.k.try(["create", ...dry, "-f", "-"], JSON.stringify(set));
      assert.equal(said.code, 1);
      assert.match(
        said.stderr,
        /statefulsets\.validate\.rollcall\.dev.*RC101 profile-unknown: there is no profile "dmeo"; there are: demo/,
      );
    });
  }

  it("name both values where the application has a number of its own", async () => {
    const [, set] = workload({ container: { env: [{ name: "NODE_ID", value: "7" }] } });
    const said = await space.k.try(["create", "-f", "-"], JSON.stringify(set));
    assert.match(
      said.stderr,
      /RC106 node-id-conflict: container app sets NODE_ID to "7", but this pod's number is 1/,
    );
  });

  it("are not for an unlabelled StatefulSet's anything", async () => {
    const said = await space.k.apply(workload({ profile: null, replicas: 1 }));
    assert.equal(said.code, 0);
    assert.equal(said.stderr, "");
  });
});
