// Pods of StatefulSets shaped like well-known public ones run under Pod Security restricted, with the runner copied and
// as an image volume, and `render` prints what the cluster stores.
import assert from "node:assert/strict";
import { VERSION } from "../../../../init/contract/version.ts";
import { runCli } from "../../../webhook/cli/cli.ts";
import { IMAGE_VOLUMES_MINOR, KUBERNETES_MINOR } from "../../cluster/image/pins.ts";
import type { Kubectl } from "../../harness/kubectl.ts";
import { E2E_PROFILES } from "../../harness/rollcall.ts";
import { makeSpace, type Space, waitUntilReady } from "../../harness/space.ts";
import { compare } from "./compare.ts";
import { listInitNames, type PublicSet, type Runner, readSetDocuments, SETS } from "./sets.ts";

/** As in build/images and manifests/base. */
const INIT_IMAGE = `registry.local/rollcall/init:${VERSION}`;

describe("public StatefulSets under Pod Security restricted", () => {
  const runners: readonly Runner[] = KUBERNETES_MINOR >= IMAGE_VOLUMES_MINOR ? ["copy", "image"] : ["copy"];
  const spaces = new Map<Runner, Space>();
  // both at once, since they mostly wait for claims
  before(async () => {
    for (const runner of runners) spaces.set(runner, await started(runner));
  });
  after(() => Promise.all([...spaces.values()].map((space) => space.remove())));

  for (const runner of runners) {
    for (const set of SETS) {
      const pods = Object.keys(set.numbers);
      const space = (): Space => spaces.get(runner) ?? assert.fail("no namespace");

      it(`${set.file}, runner ${runner}: ${pods.join(" and ")} have their number`, async () => {
        for (const [pod, number] of Object.entries(set.numbers))
          await hasNumber(space(), { set, runner, pod, number });
      });

      it(`${set.file}, runner ${runner}: the cluster stores what render prints`, async () => {
        const rendered = await render(set, runner, space().name);
        assert.deepEqual([...rendered.keys()].sort(), pods);
        for (const [pod, object] of rendered) {
          const found = compare(object, await space().k.json(["get", "pod", pod]));
          assert.deepEqual(found, { wrong: [], added: [] }, `pod ${pod}`);
        }
      });
    }
  }
});

/** All StatefulSets with one kind of runner, in their own namespace. */
async function started(runner: Runner): Promise<Space> {
  const space = await makeSpace("public", { "pod-security.kubernetes.io/enforce": "restricted" });
  for (const set of SETS) {
    const said = await space.k.apply(await readSetDocuments(set, runner));
    assert.equal(said.code, 0, `${set.file}: ${said.stderr}`);
    assert.match(said.stderr, /RC118 understood/);
  }
  return space;
}

async function hasNumber(
  { k, name }: Space,
  { set, runner, pod, number }: { set: PublicSet; runner: Runner; pod: string; number: string },
): Promise<void> {
  const { spec } = await waitUntilReady(k, pod);
  assert.deepEqual(
    (spec.initContainers ?? []).map((each) => each.name),
    listInitNames(set, runner),
  );
  const wanted: Record<string, string> = { ...set.env(pod, number, name), [set.variable]: number };
  for (const container of set.containers) {
    const seen = await environment(k, pod, container);
    const found = Object.fromEntries(Object.keys(wanted).map((each) => [each, seen.get(each)]));
    assert.deepEqual(found, wanted, `container ${container} of ${pod}`);
  }
}

/** The environment of a container's first process. */
async function environment(k: Kubectl, pod: string, container: string): Promise<Map<string, string>> {
  const text = await k.run(["exec", pod, "-c", container, "--", "cat", "/proc/1/environ"]);
  return new Map(
    text
      .split("\0")
      .filter(Boolean)
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

interface RenderedPod {
  metadata: { name: string };
}

/** The output of `rollcall render` for the applied file, by pod. */
async function render(set: PublicSet, runner: Runner, namespace: string): Promise<Map<string, RenderedPod>> {
  const words = [
    "--profiles",
    E2E_PROFILES,
    "--namespace",
    namespace,
    "--init-image",
    INIT_IMAGE,
    "-o",
    "json",
  ];
  const observation = await runCli(["render", "-f", "-", ...words], await readSetDocuments(set, runner));
  assert.equal(observation.code, 0, observation.stderr);
  const { pods } = JSON.parse(observation.stdout) as { pods: RenderedPod[] };
  return new Map(pods.map((pod) => [pod.metadata.name, pod]));
}
