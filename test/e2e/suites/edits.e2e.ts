// While a profile is edited and the replicas of the webhook load it at different moments, no pod creation fails.
import assert from "node:assert/strict";
import { webhookLog } from "../harness/calls.ts";
import { eventually } from "../harness/eventually.ts";
import { SYSTEM } from "../harness/rollcall.ts";
import { makeSpace, type Space } from "../harness/space.ts";
import { workload } from "../harness/workload.ts";

/** The profile in four versions, which differ in all that a pod shows: number, env, steps, their words, position, mode. */
const VERSIONS = [
  `{kind: generic, namespaces: ["*"], containers: [app], env: [{name: VERSION, value: one}], markers: {volume: data},
    steps: [{name: first, run: ["true"], verify: ["true"]}]}`,
  `{kind: generic, namespaces: ["*"], containers: [app], env: [{name: VERSION, value: two}, {name: MORE, value: "{podName}"}],
    markers: {volume: data, path: elsewhere}, position: last, release: "2",
    steps: [{name: first, run: ["true"], verify: ["true"], timeout: 1m}, {name: second, run: ["true"], verify: ["true"]}]}`,
  `{kind: generic, namespaces: ["*"], containers: [app], nodeId: {env: MEMBER, base: 50}}`,
  `{kind: generic, mode: warn, namespaces: ["*"], containers: [app], markers: {volume: data}, runner: image,
    steps: [{name: first, run: ["true"], verify: ["true"]}]}`,
];

/** How many edits reach one replica well before the other. */
const APART = 3;

describe("an edit of a profile in flight", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("edits");
    await edit(0);
    await loaded(await webhookPods());
  });
  after(() => space.remove());

  async function edit(version: number): Promise<void> {
    const { data } = await space.all.json<{ data: Record<string, string> }>([
      "-n",
      SYSTEM,
      "get",
      "configmap",
      "rollcall-profiles",
    ]);
    const text = data["profiles.yaml"] ?? "";
    const others = text.replace(/\n {2}edited: [\s\S]*$/, "").trimEnd();
    const edited = `${others}\n  edited: ${VERSIONS[version % VERSIONS.length]}\n`;
    const patch = JSON.stringify({ data: { "profiles.yaml": edited } });
    await space.all.run([
      "-n",
      SYSTEM,
      "patch",
      "configmap",
      "rollcall-profiles",
      "--type=merge",
      "-p",
      patch,
    ]);
  }

  const webhookPods = async (): Promise<string[]> =>
    (
      await space.all.run([
        "-n",
        SYSTEM,
        "get",
        "pods",
        "-l",
        "app.kubernetes.io/name=rollcall",
        "-o",
        "jsonpath={.items[*].metadata.name}",
      ])
    ).split(" ");

  let touch = 0;
  /** A changed pod makes its kubelet look at its ConfigMaps at once, so this replica loads before the other. */
  const hurry = (pod: string) => {
    touch += 1;
    return space.all.run(["-n", SYSTEM, "annotate", "pod", pod, `e2e-touch=${touch}`, "--overwrite"]);
  };

  /** Hurries each pod until its log says that it has loaded the newest profiles. */
  async function loaded(pods: readonly string[], times = 1): Promise<void> {
    for (const pod of pods) {
      await eventually(async () => {
        // again each time: the kubelet may look before it has heard of the change
        await hurry(pod);
        assert.ok((await loadsOf(pod)) >= times, `${pod} has not loaded version ${times - 1}`);
      });
    }
  }

  async function loadsOf(pod: string): Promise<number> {
    const log = await space.all.run(["-n", SYSTEM, "logs", pod, "-c", "webhook", "--tail=-1"]);
    const isLoad = (line: string): boolean => line.includes('"profiles loaded"') && line.includes('"edited"');
    return log.split("\n").filter(isLoad).length;
  }

  /** All pods anew, as fast as the controller makes them, without running any: no node fits. */
  async function makeAnew(name: string): Promise<void> {
    await space.k.run(["delete", "pods", "-l", `app=${name}`, "--force", "--grace-period=0"]);
    await eventually(async () => {
      const pods = await space.k.run(["get", "pods", "-l", `app=${name}`, "-o", "name"]);
      assert.equal(pods.split("\n").filter(Boolean).length, 6);
    });
  }

  it("refuses no pod while the replicas disagree", async () => {
    const pods = await webhookPods();
    assert.equal(pods.length, 2, "two replicas");
    const [one = "", two = ""] = pods;
    const nowhere = { nodeSelector: { nowhere: "yes" } };
    const applied = await space.k.apply(
      workload({ name: "web", profile: "edited", replicas: 6, pod: nowhere }),
    );
    assert.equal(applied.code, 0, applied.stderr);
    let rounds = 0;
    let apart = 0;
    let isEdited = false;
    const edits = async (): Promise<void> => {
      // each version, and on until the replicas have disagreed often enough: the kubelet may bring an edit to both at once
      for (let version = 1; apart < APART || version % VERSIONS.length !== 1; version += 1) {
        assert.ok(
          version <= 6 * VERSIONS.length,
          `the replicas disagreed ${apart} times in ${version} edits`,
        );
        await edit(version);
        await loaded([one], version + 1);
        const before = rounds;
        // the first that ends may have begun earlier
        await eventually(async () =>
          assert.ok(rounds >= before + 2, `only ${rounds - before} rounds of pods`),
        );
        if ((await loadsOf(two)) === version) apart += 1;
        await loaded([two], version + 1);
      }
    };
    // also at the very moment in which a version comes
    const churn = async (): Promise<void> => {
      for (; !isEdited; rounds += 1) await makeAnew("web");
    };
    const ended = edits().finally(() => {
      isEdited = true;
    });
    await Promise.all([ended, churn()]);
    // by the webhook's own log: of one set's Events the API machinery lets few through, and the controller tells there
    // of its own stumbles, too
    const denied = (await webhookLog(space.all)).filter(
      ({ namespace, allowed }) => namespace === space.name && allowed === false,
    );
    assert.deepEqual(denied, []);
  });

  it("that is wrong is told on the ConfigMap, and the last good profiles stay in force", async () => {
    const [one = ""] = await webhookPods();
    const patch = (text: string) =>
      space.all.run([
        "-n",
        SYSTEM,
        "patch",
        "configmap",
        "rollcall-profiles",
        "--type=merge",
        "-p",
        JSON.stringify({ data: { "profiles.yaml": text } }),
      ]);
    const { data } = await space.all.json<{ data: Record<string, string> }>([
      "-n",
      SYSTEM,
      "get",
      "configmap",
      "rollcall-profiles",
    ]);
    await patch("profiles: {edited: {kind: unheard-of}}\n");
    try {
      await eventually(async () => {
        await hurry(one);
        const described = await space.all.run(["-n", SYSTEM, "describe", "configmap", "rollcall-profiles"]);
        assert.match(
          described,
          /Warning +ProfilesRefused .*RC128 profiles-refused: the last good ones stay in force/,
        );
      });
      const said = await space.k.apply(workload({ name: "meanwhile", profile: "edited", replicas: 0 }));
      assert.match(said.stderr, /RC118 understood/);
    } finally {
      await patch(data["profiles.yaml"] ?? "");
    }
  });
});
