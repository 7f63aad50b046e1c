// Issue 9, must show 4: the example on a real cluster, with stand-ins of its images: 1, 3, 2 replicas.
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { assertDenied, assertPassed } from "../../harness/guarded.ts";
import { makeSpace, type PodStatus, ready, type Space } from "../../harness/space.ts";
import { example, STATE_FILE } from "./documents.ts";
import { loadOtoboImages } from "./images.ts";

/** Changes the state that stands for the database, as one that all pods see. */
const CHANGE =
  "my $N = JSON::PP->new->decode( $ARGV[0] ); Kernel::System::State->with( sub { $_[0]{$_} = $N->{$_} for keys %$N } )";

interface State {
  scheduler_future_task: number[];
  deployments: number[];
  ran: string[];
}

describe("the example of OTOBO", function () {
  this.timeout(600_000);
  let space: Space;
  let applied: Awaited<ReturnType<typeof example>>;
  before(async () => {
    await loadOtoboImages();
    // the profile names the Services of the example's own namespace
    space = await makeSpace(
      "otobo",
      { "pod-security.kubernetes.io/enforce": "restricted" },
      "rollcall-otobo",
    );
    applied = await example();
    assertPassed(await space.k.apply(applied.all));
    await ready(space.k, "mariadb-0");
    await ready(space.k, "otobo-0", 240);
  });
  after(() => space?.remove());

  const exec = (pod: string, container: string, ...words: string[]): Promise<string> =>
    space.k.run(["exec", pod, "-c", container, "--", ...words]);
  const state = async (): Promise<State> =>
    JSON.parse(await exec("mariadb-0", "mariadb", "/usr/bin/perl", "-pe", "", STATE_FILE)) as State;
  const change = (changes: object): Promise<string> => {
    const folders = ["-I", "/opt/otobo_install/otobo_next"];
    const modules = ["-MJSON::PP", "-MKernel::System::State"];
    return exec(
      "mariadb-0",
      "mariadb",
      "/usr/bin/perl",
      ...folders,
      ...modules,
      "-e",
      CHANGE,
      JSON.stringify(changes),
    );
  };
  const numberOf = async (pod: string): Promise<string | undefined> => {
    const { spec } = await space.k.json<PodStatus>(["get", "pod", pod]);
    const numbers = spec.containers.map(
      ({ env }) => env?.find(({ name }) => name === "OTOBO_NODE_ID")?.value,
    );
    assert.equal(new Set(numbers).size, 1, "web and daemon have one number");
    return numbers[0];
  };
  const scale = (replicas: number) => space.k.try(["scale", "statefulset/otobo", `--replicas=${replicas}`]);
  const lockOf = (ordinal: number): RegExp => new RegExp(`^1${String(ordinal + 1).padStart(3, "0")}\\d{8}$`);

  it("starts one pod, number 1, with a closed installer", async () => {
    assert.equal(await numberOf("otobo-0"), "1");
    const asked = "print HTTP::Tiny->new->get('http://127.0.0.1:5000/otobo/installer.pl')->{status}";
    assert.equal(await exec("otobo-0", "web", "/usr/bin/perl", "-MHTTP::Tiny", "-e", asked), "403");
  });

  it("starts no web server in a pod whose gate does not hold, and says why", async () => {
    const { deployments } = await state();
    await change({ secureMode: 0, deployments: [...deployments, (deployments.at(-1) ?? 0) + 1] });
    assertPassed(await scale(3));
    await eventually(async () => {
      const { status } = await space.k.json<PodStatus>(["get", "pod", "otobo-2"]);
      const init = status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
      const told = (init?.state.terminated ?? init?.lastState.terminated)?.message ?? "";
      assert.match(told, /step gate.*SecureMode is not 1/s);
      assert.notEqual(status.phase, "Running");
    }, 180);
    const next = (await state()).deployments;
    await change({ secureMode: 1, deployments: [...next, (next.at(-1) ?? 0) + 1] });
  });

  it("goes to three pods: numbers 1, 2 and 3, each with a daemon that works, and nothing of the release done twice", async () => {
    for (const pod of ["otobo-1", "otobo-2"]) await ready(space.k, pod, 240);
    assert.deepEqual(await Promise.all([0, 1, 2].map((each) => numberOf(`otobo-${each}`))), ["1", "2", "3"]);
    await eventually(async () => {
      const locked = (await state()).scheduler_future_task.map(String).sort();
      for (const ordinal of [0, 1, 2]) assert.match(locked[ordinal] ?? "", lockOf(ordinal));
    });
    const { ran } = await state();
    assert.equal(ran.filter((line) => line.endsWith("Maint::Config::Rebuild")).length, 1, ran.join());
  });

  it("denies a second StatefulSet on the same database whose numbers meet", async () => {
    const said = await space.k.apply([{ ...applied.set, metadata: { name: "otobo-too" } }]);
    assertDenied(said, "RC120");
    assert.match(said.stderr, /rollcall-otobo\/otobo\b/);
  });

  it("goes to two pods: the one that leaves hands back its future tasks, and no other's", async () => {
    assertPassed(await scale(2));
    await space.k.run(["wait", "--for=delete", "pod/otobo-2", "--timeout=120s"]);
    const locked = (await state()).scheduler_future_task.map(String).sort();
    assert.equal(locked[0], "0");
    for (const ordinal of [0, 1]) assert.match(locked[ordinal + 1] ?? "", lockOf(ordinal));
  });
});
