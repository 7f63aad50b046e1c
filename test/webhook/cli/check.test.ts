// `rollcall check`: every exit code in both formats, the shape of its JSON, and invalid input with its position.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { renderGenericYaml } from "../../profileYaml.ts";
import { CHECK_PROFILES, renderRing, setText, withFolder } from "./check.ts";
import { type CliResult, REPOSITORY_ROOT, runCli, runProgram } from "./cli.ts";

interface Decision {
  namespace?: string;
  name?: string;
  allowed: boolean;
  rule: string | null;
  code: string | null;
  message: string;
  removed: number[];
  assumed: string[];
  warnings: string[];
}

/** Each run is a process, and the machine may be busy. */
const SEVERAL_RUNS_MS = 120_000;

const KEYS = ["allowed", "rule", "code", "message", "removed", "assumed", "warnings"];

/** Runs check in a folder with these files; arguments that are file names become paths. */
function check(
  words: readonly string[],
  files: Readonly<Record<string, string>>,
  input = "",
): Promise<CliResult> {
  const all: Readonly<Record<string, string>> = { "p.yaml": CHECK_PROFILES, ...files };
  return withFolder(all, (folder) => {
    const argv = words.map((each) => (Object.hasOwn(all, each) ? join(folder, each) : each));
    return runCli(["check", ...argv], input);
  });
}

const PROFILED = ["--profiles", "p.yaml", "--from", "old.yaml"];

async function decided(
  words: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<Decision & { code_: number | null }> {
  const observation = await check([...PROFILED, ...words, "-o", "json"], files);
  const decision = JSON.parse(observation.stdout) as Decision;
  assert.deepEqual(Object.keys(decision), KEYS);
  assert.equal(observation.stderr, "");
  return { ...decision, code_: observation.code };
}

const files = (old: string, more: Readonly<Record<string, string>> = {}) => ({ "old.yaml": old, ...more });

describe("rollcall check", () => {
  it("0: allows more replicas, with the warnings of apply", async () => {
    const seen = await decided(["--replicas", "6"], files(setText("web", "deny", 5)));
    assert.deepEqual([seen.code_, seen.allowed, seen.rule, seen.code], [0, true, null, null]);
    assert.deepEqual([seen.removed, seen.assumed], [[], []]);
    assert.match(seen.warnings.join(), /RC118 understood: StatefulSet web, profile deny: pods web-0..web-5/);
  });

  it("1: denies a scale-down, with the removed ordinals in ascending order", async () => {
    const seen = await decided(["--replicas", "3"], files(setText("web", "deny", 5)));
    assert.deepEqual(
      [seen.code_, seen.allowed, seen.rule, seen.code],
      [1, false, "scale-down-denied", "RC012"],
    );
    assert.deepEqual(seen.removed, [3, 4]);
    assert.doesNotMatch(seen.message, /^rollcall/);
  });

  it("1: denies what apply denies, with its code", async () => {
    const seen = await decided(["--replicas", "7"], files(setText("web", "small", 5)));
    assert.deepEqual([seen.code_, seen.allowed], [1, false]);
    const strange = files(setText("web", "managed", 2), {
      "new.yaml": setText("web", "managed", 2)
        .replace("volumeClaimTemplates:", "volumes:")
        .replace(
          "  volumes: [{metadata: {name: data}}]",
          "      volumes: [{name: data, configMap: {name: x}}]",
        ),
    });
    const lost = await decided(["--to", "new.yaml"], strange);
    assert.deepEqual([lost.code_, lost.rule, lost.code], [1, "marker-volume-not-persistent", "RC150"]);
  }).timeout(SEVERAL_RUNS_MS);

  it("0: lists as an assumption what another webhook may add", async () => {
    const strange = files(setText("web", "deny", 2), {
      "new.yaml": setText("web", "deny", 2).replace("{name: app", "{name: other"),
    });
    const lost = await decided(["--to", "new.yaml"], strange);
    assert.deepEqual([lost.code_, lost.rule], [0, null]);
    assert.match(
      lost.assumed.join(),
      /^another webhook adds what is missing in the pods: profile deny names container app/,
    );
    assert.match(
      lost.warnings.join(),
      /RC107 container-not-found: .* Unless another webhook adds what is missing/,
    );
  });

  it("lists only those assumptions on which the decision depends", async () => {
    const managed = await decided(["--replicas", "4"], files(setText("web", "managed", 5)));
    assert.deepEqual(managed.assumed, [
      "web-4 runs with Rollcall's preStop hook",
      "the service account of web-4 has the permissions of ClusterRole rollcall-member",
    ]);
    const drained = await decided(["--replicas", "4"], files(setText("web", "drained", 5)));
    assert.deepEqual(drained.assumed, [
      "web-4 has drained and was not recreated since",
      "the service account of web-4 has the permissions of ClusterRole rollcall-member",
    ]);
    const early = await decided(["--replicas", "1"], files(setText("web", "managed", 5)));
    assert.deepEqual([early.rule, early.assumed], ["below-min-replicas", []]);
    const one = await check([...PROFILED, "--replicas", "4"], files(setText("web", "drained", 5)));
    assert.match(one.stdout, /\n√ allowed if its pod has drained\n$/);
    const other = await check([...PROFILED, "--replicas", "4"], files(setText("web", "managed", 5)));
    assert.match(other.stdout, /\n√ allowed if what is assumed above is true\n$/);
  }).timeout(SEVERAL_RUNS_MS);

  it("3 with --strict if the change is allowed only under assumptions, and 0 without assumptions", async () => {
    const old = files(setText("web", "drained", 5));
    const seen = await decided(["--replicas", "4", "--strict"], old);
    assert.deepEqual([seen.code_, seen.allowed], [3, true]);
    const text = await check([...PROFILED, "--replicas", "4", "--strict"], old);
    assert.equal(text.code, 3);
    assert.match(
      text.stdout,
      /\n× unknown: allowed only if the assumptions are true \(--strict\): shop\/web\n$/,
    );
    assert.equal((await decided(["--replicas", "6", "--strict"], old)).code_, 0);
  }).timeout(SEVERAL_RUNS_MS);

  it("lists the assumptions of a deletion, to which minReplicas does not apply", async () => {
    const old = files(setText("web", "drained", 2));
    const observation = await check([...PROFILED, "--delete"], old);
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(observation.stdout, /minReplicas applies to scale-downs, not to deletions\n/);
    assert.match(observation.stdout, / {2}- web-1, web-0 have drained and were not recreated since\n/);
    assert.match(observation.stdout, /\n√ allowed if all 2 pods have drained\n$/);
    assert.equal((await check([...PROFILED, "--delete", "--strict"], old)).code, 3);
  }).timeout(SEVERAL_RUNS_MS);

  for (const profile of ["drained", "managed", "deny"]) {
    it(`says of a deletion at 0 replicas of profile ${profile} nothing of pods that do not exist`, async () => {
      const seen = await decided(["--delete"], files(setText("web", profile, 0)));
      assert.deepEqual([seen.code_, seen.allowed, seen.removed], [0, true, []]);
      assert.deepEqual(seen.assumed, ["no pod of shop/web is left"]);
    }).timeout(SEVERAL_RUNS_MS);
  }

  it("assumes nothing twice", async () => {
    const volumes = "volumeClaimTemplates:";
    const retention = "persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}";
    const old = setText("web", "drained", 2).replace(volumes, `${retention}\n  ${volumes}`);
    const seen = await decided(["--delete"], files(old));
    assert.deepEqual(seen.assumed, [
      "web-1, web-0 have drained and were not recreated since",
      "the service account of web-1, web-0 has the permissions of ClusterRole rollcall-member",
    ]);
  }).timeout(SEVERAL_RUNS_MS);

  it("0 in mode Warn, with what would be denied", async () => {
    const seen = await decided(["--replicas", "3"], files(setText("web", "watched", 5)));
    assert.deepEqual([seen.code_, seen.allowed, seen.rule], [0, true, null]);
    assert.match(seen.warnings.join(), /would deny: rollcall RC012 scale-down-denied/);
  });

  it("0 with a valid override, and reports that it was used", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const old = setText("web", "deny", 5, `{rollcall.dev/override: "${until} fire"}`);
    const seen = await decided(["--replicas", "3"], files(old));
    assert.equal(seen.code_, 0);
    assert.match(seen.warnings.join(), /RC027 override-used: overridden by .*\(fire\): rollcall RC012/);
    assert.match(seen.warnings.join(), /from 5 to 3 replicas would have been denied: /);
    assert.doesNotMatch(seen.warnings.join(), /is denied/);
    const text = await check([...PROFILED, "--replicas", "3"], files(old));
    assert.doesNotMatch(text.stdout, /no rule denies the change/);
    assert.match(text.stdout, /a rule denies the change, but the override allows it; see the warnings/);
  });

  it("assumes nothing of pods whose drain a valid override skips", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const old = files(setText("web", "drained", 5, `{rollcall.dev/override: "${until} fire"}`));
    const seen = await decided(["--replicas", "3", "--strict"], old);
    assert.deepEqual([seen.code_, seen.allowed, seen.assumed], [0, true, []]);
    const passed = files(
      setText("web", "drained", 5, '{rollcall.dev/override: "2020-01-01T00:00:00Z fire"}'),
    );
    assert.equal((await decided(["--replicas", "3", "--strict"], passed)).code_, 3);
  }).timeout(SEVERAL_RUNS_MS);

  it("says in a table which changes are allowed only under assumptions", async () => {
    const old = files(setText("a", "drained", 3) + setText("b", "allow", 3));
    const { stdout } = await check([...PROFILED, "--delete"], old);
    assert.match(stdout, /^√ allowed if assumed +shop +a /m);
    assert.match(stdout, /^√ allowed +shop +b /m);
    assert.match(stdout, /\n√ allowed if what is assumed above is true: all 2 StatefulSets\n$/);
  });

  it("warns of a minReplicas that the policy ignores", async () => {
    const profiles = renderGenericYaml("allow", "scaleDown: {policy: Allow, minReplicas: 3}");
    const { code, stderr } = await check([...PROFILED, "--replicas", "1"], {
      ...files(setText("web", "allow", 3)),
      "p.yaml": profiles,
    });
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^Warning: rollcall RC164 min-replicas-ignored: profile allow sets scaleDown\.minReplicas/,
    );
  });

  it("1 if a StatefulSet is missing in --to, or its profile is unknown", async () => {
    const web = setText("web", "drained", 2);
    const doomed = web.replace(
      "spec:\n",
      "spec:\n  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}\n",
    );
    const both = files(doomed.replaceAll("drained", "deny"), { "new.yaml": "" });
    const gone = await decided(["--to", "new.yaml"], both);
    assert.deepEqual([gone.code_, gone.rule, gone.removed], [1, "deletion-deletes-volumes", [0, 1]]);
    const unknown = await decided(["--delete"], files(setText("web", "dmeo", 2)));
    assert.deepEqual([unknown.code_, unknown.rule, unknown.code], [1, "profile-missing", "RC003"]);
  }).timeout(SEVERAL_RUNS_MS);

  it("0 for a StatefulSet without the label, even without any profile", async () => {
    const observation = await check(["--from", "old.yaml", "--delete"], files(setText("web", null, 3)));
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(
      observation.stdout,
      /not protected, since its pod template has no label rollcall\.dev\/profile\n√ allowed\n$/,
    );
  });
});

describe("rollcall check with a file that omits spec.replicas", () => {
  const without = (profile: string): string => setText("web", profile, 0).replace("  replicas: 0\n", "");
  const LEFT_OUT = /unknown replicas/;

  for (const [name, profile, old, now, code] of [
    ["3 where more pods may be there than will be", "deny", null, 3, 3],
    ["3 where a drop rests on what only a cluster can tell", "drained", null, 3, 3],
    ["3 where it may become 1", "deny", 5, null, 3],
    ["3 where all may go", "deny", null, 0, 3],
    ["0 where pods may go freely", "allow", null, 3, 0],
    ["0 where pods may go freely to 1", "allow", 5, null, 0],
    ["0 where neither file has it", "deny", null, null, 0],
    ["0 where 1 cannot become less", "deny", 1, null, 0],
    ["0 in mode warn", "watched", null, 3, 0],
    ["1 where the new number is refused in any case", "small", null, 7, 1],
  ] as const) {
    it(name, async () => {
      const text = (replicas: number | null): string =>
        replicas === null ? without(profile) : setText("web", profile, replicas);
      const seen = await decided(["--to", "new.yaml"], files(text(old), { "new.yaml": text(now) }));
      assert.equal(seen.code_, code, JSON.stringify(seen));
      assert.match(seen.assumed.join(), /^StatefulSet shop\/web .*omits? spec\.replicas/);
      if (code === 3) {
        assert.deepEqual([seen.allowed, seen.code, seen.removed], [false, "RC002", []]);
        assert.match(seen.message, LEFT_OUT);
        assert.match(seen.message, /\n {2}kubectl -n shop get statefulset web -o yaml/);
      }
      if (profile === "watched") assert.match(seen.warnings.join(), /would deny: rollcall RC012/);
    });
  }

  it("and as text says so, without an invented number", async () => {
    const observation = await check([...PROFILED, "--replicas", "3"], files(without("allow")));
    assert.match(
      observation.stdout,
      /^StatefulSet shop\/web, unknown replicas → 3 replicas; no pods removed\nno rule .*\nassumed, .*\n {2}- StatefulSet shop\/web has at most 3 replicas: --from omits/,
    );
    assert.doesNotMatch(observation.stdout, /1 replica/);
    const gone = await check([...PROFILED, "--delete"], files(without("allow")));
    assert.match(
      gone.stdout,
      /deleted, it has unknown replicas[\s\S]*- StatefulSet shop\/web has 1 replica: --from omits/,
    );
  });

  it("and without the label is not mentioned", async () => {
    const observation = await check(
      ["--from", "old.yaml", "--replicas", "2"],
      files(setText("web", null, 0).replace("  replicas: 0\n", "")),
    );
    assert.equal(observation.code, 0, observation.stderr);
    assert.doesNotMatch(observation.stdout, /assumed, since/);
  });
});

describe("rollcall check, the ring", () => {
  const om = setText("om", "om", 5);
  const with4 = (ring: string | null) =>
    decided(
      ["--replicas", "4", ...(ring === null ? [] : ["--ring", "ring.json"])],
      files(om, { "ring.json": ring ?? "" }),
    );

  it("3: does not know without --ring, and says how to get it", async () => {
    const seen = await with4(null);
    assert.deepEqual([seen.code_, seen.allowed, seen.removed], [3, false, [4]]);
    assert.match(seen.message, /--ring RING\.json.*\n {2}kubectl -n shop port-forward pod\/om-0/);
  });

  it("names the first pod above spec.ordinals.start", async () => {
    const above = om.replace("  replicas: 5\n", "  replicas: 5\n  ordinals: {start: 2}\n");
    assert.notEqual(above, om);
    const seen = await decided(["--replicas", "4"], files(above));
    assert.match(seen.message, /\n {2}kubectl -n shop port-forward pod\/om-2 9874:9874/);
  });

  it("1: an unknown ring is a denial, with the reason", async () => {
    const seen = await with4('{"unknown":"nobody answers"}');
    assert.deepEqual([seen.code_, seen.rule, seen.code], [1, "membership-unknown", "RC017"]);
    assert.match(seen.message, /nobody answers/);
    assert.equal((await with4(renderRing(5, [2, 3, 4]))).rule, "membership-unknown");
  }).timeout(SEVERAL_RUNS_MS);

  it("0 for a ring that keeps its majority, 1 for one with an unhealthy member", async () => {
    const good = await with4(renderRing(5));
    assert.deepEqual([good.code_, good.allowed], [0, true]);
    assert.ok(
      good.assumed.includes("no pod holds the lock (Lease rollcall-lock-om)"),
      good.assumed.join("\n"),
    );
    const ill = await with4(renderRing(5, [1]));
    assert.deepEqual([ill.code_, ill.code], [1, "RC019"]);
  });

  it("warns of a Job of the same namespace that changes the members", async () => {
    const decommission = (namespace: string): string =>
      JSON.stringify({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: `leave-${namespace}`, namespace },
        spec: {
          template: {
            spec: { containers: [{ name: "a", args: ["sh", "-c", "ozone admin om decommission -id=x"] }] },
          },
        },
      });
    const nightly = `{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"nightly","namespace":"shop"},
      "spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a","command":["ozone","admin","om","transfer"]}]}}}}}}`;
    const next = [om, decommission("shop"), decommission("other"), nightly].join("\n---\n");
    const seen = await decided(["--to", "new.yaml"], files(om, { "new.yaml": next }));
    const found = seen.warnings.filter((warning) => warning.includes("RC148"));
    assert.equal(found.length, 2, found.join("\n"));
    assert.match(
      found[0] ?? "",
      /: Job leave-shop runs ozone om decommission, but under profile om only Rollcall/,
    );
    assert.match(found[1] ?? "", /: CronJob nightly runs ozone om transfer/);
  });

  it("needs no ring if no pod is removed, or if the change is denied anyway", async () => {
    assert.equal((await decided(["--replicas", "6"], files(om))).code_, 0);
    const doomed = await decided(["--replicas", "0"], files(om));
    assert.deepEqual([doomed.code_, doomed.rule], [1, "maintenance-required"]);
  });

  for (const [ring, says] of [
    ["{", /ring\.json: invalid JSON/],
    ["{}", /ring\.json: leader: /],
    ['{"leader":"om-0","term":1,"members":[{"id":"om-0"}]}', /ring\.json: members\[0\]\.healthy: /],
    ['{"leader":"om-9","term":1,"members":[{"id":"om-0","healthy":true}]}', /leader: om-9 is not a member/],
    ['{"unknown":"x","leader":"om-0"}', /ring\.json: the document: /],
    ['{"unknown":""}', /ring\.json: unknown: /],
  ] as const) {
    it(`2 for RING.json ${ring}`, async () => {
      const observation = await check(
        [...PROFILED, "--replicas", "4", "--ring", "ring.json"],
        files(om, { "ring.json": ring }),
      );
      assert.equal(observation.code, 2);
      assert.match(observation.stderr, says);
    });
  }
});

describe("rollcall check, several StatefulSets", () => {
  const old = setText("a", "deny", 2) + setText("b", "deny", 3) + setText("om", "om", 3);
  const changed = { "new.yaml": setText("a", "deny", 2) + setText("b", "deny", 2) + setText("om", "om", 2) };

  it("are one document, with an overall verdict", async () => {
    const observation = await check([...PROFILED, "--to", "new.yaml", "-o", "json"], files(old, changed));
    assert.equal(observation.code, 1, observation.stderr);
    const { allowed, decisions } = JSON.parse(observation.stdout) as {
      allowed: boolean;
      decisions: Decision[];
    };
    assert.equal(allowed, false);
    assert.deepEqual(
      decisions.map(({ namespace, name, allowed: each, code }) => [namespace, name, each, code]),
      [
        ["shop", "a", true, null],
        ["shop", "b", false, "RC012"],
        ["shop", "om", false, "RC017"],
      ],
    );
    for (const each of decisions) assert.deepEqual(Object.keys(each), ["namespace", "name", ...KEYS]);
  });

  it("are not all scaled by --replicas: --name selects one", async () => {
    const words = [...PROFILED, "--replicas", "2"];
    const several = await check(words, files(old));
    assert.equal(several.code, 2);
    assert.match(
      several.stderr,
      /--replicas: the files have several StatefulSets \(shop\/a, shop\/b, shop\/om\); select one by --name NAME/,
    );
    const one = await check([...words, "--name", "shop/b"], files(old));
    assert.equal(one.code, 1);
    assert.match(one.stdout, /^StatefulSet shop\/b, 3 replicas → 2 replicas; pods removed: b-2\n/);
    const none = await check([...words, "--name", "c"], files(old));
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--name "c": no such StatefulSet; the files have shop\/a, shop\/b, shop\/om/);
  }).timeout(SEVERAL_RUNS_MS);

  it("are a table that ends with the overall verdict", async () => {
    const observation = await check([...PROFILED, "--to", "new.yaml"], files(old, changed));
    assert.equal(observation.code, 1);
    assert.match(
      observation.stdout,
      /^VERDICT +NAMESPACE +NAME +PROFILE +CHANGE +RULE\n√ allowed +shop +a +deny /,
    );
    assert.match(
      observation.stdout,
      /^× denied +shop +b +deny +3 replicas → 2 replicas +RC012 scale-down-denied$/m,
    );
    assert.match(observation.stdout, /\n× 1 denied, 1 unknown, of 3 StatefulSets\n$/);
  });
});

describe("rollcall check, text output and usage", () => {
  it("prints what, why and the command; the verdict is the last line, without colour in a pipe", async () => {
    const observation = await check([...PROFILED, "--replicas", "3"], files(setText("web", "deny", 5)));
    assert.equal(observation.code, 1);
    assert.match(
      observation.stdout,
      /^StatefulSet shop\/web, 5 replicas → 3 replicas; pods removed: web-4, web-3\n.*scaleDown.policy is Deny.* Keep 5 replicas\..*\nShows whether you may override .*:\n {2}kubectl auth can-i use overrides\.rollcall\.dev -n shop\nTo override until .* \(one hour; at most 24 h; audited\), .*:\n {2}kubectl -n shop annotate --overwrite .*\nRemoves the override .*:\n {2}kubectl -n shop annotate statefulset web rollcall\.dev\/override-\nEdits scaleDown\.policy in the profile \(cluster admin only; .*\):\n {2}kubectl edit rcp deny\n× denied: RC012 scale-down-denied\n$/,
    );
    const unknown = await check([...PROFILED, "--replicas", "3"], files(setText("om", "om", 5)));
    assert.equal(unknown.code, 3);
    assert.match(unknown.stdout, /\n× unknown, so not allowed: RC017 membership-unknown\n$/);
  });

  it("reads standard input", async () => {
    const words = ["--profiles", "p.yaml", "--from", "-", "--replicas", "4"];
    const observation = await check(words, {}, setText("web", "allow", 5));
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(observation.stdout, /√ allowed\n$/);
  });

  const web = setText("web", "deny", 2);
  for (const [name, words, old, says] of [
    ["no --from", ["--delete"], web, /missing option: --from OLD\.yaml/],
    ["nothing asked", PROFILED, web, /one of --to NEW\.yaml, --replicas N, --delete/],
    ["two things asked", [...PROFILED, "--delete", "--replicas", "1"], web, /one of --to/],
    ["a negative number", [...PROFILED, "--replicas=-1"], web, /--replicas takes a number.*"-1"/],
    ["2^31 replicas", [...PROFILED, "--replicas", "2147483648"], web, /--replicas takes a number/],
    ["standard input twice", ["--from", "-", "--to", "-"], web, /only once/],
    ["no such file", ["--from", "no.yaml", "--delete"], web, /no\.yaml: no such file/],
    ["no StatefulSet", [...PROFILED, "--delete"], "kind: Pod", /old\.yaml: no StatefulSet/],
    ["one set twice", [...PROFILED, "--delete"], web + web, /old\.yaml:\d+: a second StatefulSet shop\/web/],
    [
      "a wrong type",
      [...PROFILED, "--delete"],
      web.replace("replicas: 2", "replicas: -2"),
      /old\.yaml:2: .*spec\.replicas/,
    ],
    [
      "too many ordinals",
      [...PROFILED, "--delete"],
      web.replace("replicas: 2", "replicas: 2147483647"),
      /2147483647 ordinals would be removed.*at most 10000/,
    ],
    ["no profiles", ["--from", "old.yaml", "--delete"], web, /no profiles: set --profiles FILE/],
  ] as const) {
    it(`2 for ${name}, in both formats`, async () => {
      const text = await check(words, files(old));
      assert.deepEqual([text.code, text.stdout], [2, ""]);
      assert.match(text.stderr, says);
      const json = await check([...words, "-o", "json"], files(old));
      assert.equal(json.code, 2);
      assert.match((JSON.parse(json.stdout) as { error: string }).error, says);
    });
  }

  it("is a plugin of kubectl, and tolerates a reader that closes the pipe", async () => {
    await withFolder(
      { "p.yaml": CHECK_PROFILES, "old.yaml": setText("web", "allow", 9000) },
      async (folder) => {
        await symlink(`${REPOSITORY_ROOT}build/bin/rollcall.js`, join(folder, "kubectl-rollcall"));
        const env = { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
        const line =
          "kubectl-rollcall check --profiles p.yaml --from old.yaml --replicas 1 -o json | head -n 1";
        const observation = await runProgram("bash", ["-c", line], { cwd: folder, env });
        assert.deepEqual([observation.code, observation.stdout, observation.stderr], [0, "{\n", ""]);
      },
    );
  });

  it("has complete help", async () => {
    const { code, stdout } = await runCli(["check", "--help"]);
    assert.equal(code, 0);
    for (const word of [
      "--from",
      "--to",
      "--replicas",
      "--delete",
      "--name",
      "--strict",
      "--ring",
      "Examples:",
    ])
      assert.ok(stdout.includes(word), word);
  });
});
