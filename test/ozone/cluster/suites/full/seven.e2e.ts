// Too long for CI: a ring made in parallel, from three to seven by one update of replicas and template together under a
// client's load, a changed configuration at seven, and members that go and come back (issue 11: 1, 2, 3, 5, 6).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { eventually } from "../../../../e2e/harness/eventually.ts";
import { type Access, type Kubectl, kubectl, ourCluster } from "../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { missing, openClient } from "../../client.ts";
import {
  applyCopy,
  ids,
  type Pod,
  recordOf,
  ringBy,
  starts,
  untilReady,
  untilRing,
  verdict,
} from "../../ring.ts";

const SPACE = "rollcall-ozone-full";

/** A denial's own commands, as a shell runs them for whoever pasted them. */
async function paste(denial: string, { kubeconfig, kubectl: program }: Access): Promise<void> {
  const commands = denial.split("\n").filter((line) => line.trim().startsWith("kubectl "));
  assert.ok(commands.length > 0, denial);
  const script = `kubectl() { "${program}" --kubeconfig "${kubeconfig}" "$@"; }\nset -e\n${commands.join("\n")}\n`;
  const child = spawn("bash", ["-c", script], { stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise((done) => child.once("close", done));
  assert.equal(code, 0, commands.join("\n"));
}

describe("seven real Ozone Managers in pods", function () {
  this.bail(true);
  let k: Kubectl;
  const access = ourCluster();

  before(async () => {
    k = await applyCopy(access, SPACE, (spec) => {
      spec["podManagementPolicy"] = "Parallel";
    });
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === "failed") === true) return;
    await kubectl(access).run(["delete", "namespace", SPACE, "--wait=false"]);
  });

  const pod = (name: string): Promise<Pod> => k.json<Pod>(["get", "pod", name]);
  const uidOf = async (name: string): Promise<string> => (await pod(name)).metadata.uid;

  it("a fresh StatefulSet of three, Parallel: one ring of three", async () => {
    await timed("three members Ready", async () => {
      for (const name of ids(3)) await untilReady(k, name, 600);
    });
    await untilRing(k, ids(3));
    assert.equal((await recordOf(k)).ring?.seed, "om-0");
    for (const name of ids(3)) {
      const { status } = await pod(name);
      assert.equal(status.containerStatuses?.[0]?.restartCount, 0, name);
    }
  });

  it("3 → 4 with replicas and template in one update, and nothing that was acknowledged is lost", async () => {
    const client = await openClient(k, SPACE);
    const uids = await Promise.all(ids(3).map(uidOf));
    const env = [{ name: "OZONE-SITE.XML_ozone.om.handler.count.key", value: "20" }];
    const template = { spec: { containers: [{ name: "om", env }] } };
    await k.run(["patch", "statefulset", "om", "-p", JSON.stringify({ spec: { replicas: 4, template } })]);
    await timed("om-3 Ready, and the three others made anew", async () => {
      await untilReady(k, "om-3", 600);
      for (const [ordinal, name] of ids(3).entries()) await untilReady(k, name, 600, uids[ordinal]);
    });
    await untilRing(k, ids(4));
    const names = await client.stop();
    assert.ok(names.length > 20, `only ${names.length} were acknowledged`);
    assert.deepEqual(await missing(k, SPACE, names), []);
  });

  it("4 → 7: members join one at a time, and no peer restarts", async () => {
    const before = await starts(k, ids(4));
    await k.run(["scale", "statefulset/om", "--replicas=7"]);
    await timed("seven members Ready", async () => {
      for (const name of ids(7)) await untilReady(k, name, 900);
    });
    await untilRing(k, ids(7));
    assert.deepEqual(await starts(k, ids(4)), before);
  });

  it("a changed configuration at seven: a rolling restart without any change of membership", async () => {
    const uids = await Promise.all(ids(7).map(uidOf));
    const { seq } = await recordOf(k);
    await k.run(["rollout", "restart", "statefulset/om"]);
    await timed("seven members made anew", async () => {
      for (const [ordinal, name] of ids(7).entries()) await untilReady(k, name, 900, uids[ordinal]);
    });
    await untilRing(k, ids(7));
    assert.equal((await recordOf(k)).seq, seq, "the record was written");
    for (const name of ids(7)) assert.match(await verdict(k, name), /seed|bootstrap/);
  });

  it("a member is taken out by the denial's own commands, and comes back with its old volume", async () => {
    const { ring } = await ringBy(k, "om-0");
    const denied = await k.try(["scale", "statefulset/om", "--replicas=6"]);
    assert.match(denied.stderr, /RC018/);
    await timed(`om-6 taken out (the leader was ${ring?.leader})`, () => paste(denied.stderr, access));
    await eventually(async () => {
      const passed = await k.try(["scale", "statefulset/om", "--replicas=6"]);
      assert.equal(passed.code, 0, passed.stderr);
    }, 60);
    await k.run(["wait", "--for=delete", "pod/om-6", "--timeout=120s"]);
    await untilRing(k, ids(6));
    await k.run(["scale", "statefulset/om", "--replicas=7"]);
    await timed("om-6 back", () => untilReady(k, "om-6", 600));
    await untilRing(k, ids(7));
    assert.match(await k.run(["logs", "om-6", "-c", "rollcall-init"]), /setting the old state aside/);
  });

  it("a member whose volume is gone is not started, and describe says why", async () => {
    await k.run(["delete", "pvc", "data-om-5", "--wait=false"]);
    await k.run(["delete", "pod", "om-5"]);
    await eventually(async () => {
      const { status } = await pod("om-5");
      const init = status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
      const { lastState, state } = init as unknown as {
        lastState?: { terminated?: { message?: string } };
        state: { terminated?: { message?: string } };
      };
      const said = `${state.terminated?.message ?? ""}${lastState?.terminated?.message ?? ""}`;
      assert.match(said, /RC221 lost-state/);
    }, 300);
    const { ring } = await ringBy(k, "om-0");
    assert.equal(ring?.members.filter(({ healthy }) => healthy).length, 6);
  });
});
