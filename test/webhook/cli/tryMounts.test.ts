// `rollcall try --run-steps` with realistic steps: the volumes' folders are at their mountPaths, also for shell
// scripts, scripts on the volume and symbolic links, and files of this machine at these paths are neither read nor
// written.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { findNamespaces } from "../../../webhook/cli/try/namespaces.ts";
import { translateWords } from "../../../webhook/cli/try/translateWords.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { CLI } from "../../programs.ts";
import { needs, needsPrograms } from "../../requirements.ts";
import { type CliResult, REPOSITORY_ROOT, renderDocuments, runProgram } from "./cli.ts";

/** Each step as in a profile: `run` is a shell script or a list of arguments; MOUNT is replaced by the mountPath. */
const STEPS: readonly (readonly [name: string, run: string | readonly string[], verify: string])[] = [
  ["redirect", "echo one > MOUNT/one", "grep -qx one MOUNT/one"],
  ["append", "echo two >> MOUNT/one; echo three >>MOUNT/one", "test $(wc -l < MOUNT/one) = 3"],
  ["cd", "cd MOUNT && mkdir sub && cd sub && pwd > ../where", "grep -qx MOUNT/sub MOUNT/where"],
  ["heredoc", "cat > MOUNT/conf <<EOF\ndir=MOUNT/sub\nEOF", "grep -qx dir=MOUNT/sub MOUNT/conf"],
  ["variable", "D=MOUNT; echo x > $D/variable", "test -s MOUNT/variable"],
  ["braces", `base=\${BASE:-MOUNT}; echo x > "\${base}/braces"`, "test -s MOUNT/braces"],
  ["substitution", "echo $(dirname MOUNT/a/b) > MOUNT/dirname", "grep -qx MOUNT/a MOUNT/dirname"],
  ["backquotes", "echo `basename MOUNT/conf` > MOUNT/basename", "grep -qx conf MOUNT/basename"],
  ["quotes", `printf '%s' "it's in 'MOUNT'" > 'MOUNT/a b'`, `grep -q "'MOUNT'" "MOUNT/a b"`],
  [
    "script",
    "printf '#!/bin/sh\\necho ran > MOUNT/ran\\n' > MOUNT/run.sh && chmod +x MOUNT/run.sh",
    "test -x MOUNT/run.sh",
  ],
  ["run-script", ["MOUNT/run.sh"], "grep -qx ran MOUNT/ran"],
  ["sourced", "echo 'F=MOUNT/sourced' > MOUNT/env.sh; . MOUNT/env.sh; echo x > $F", "test -s MOUNT/sourced"],
  [
    "links",
    "ln -s MOUNT/conf MOUNT/link && ln -s MOUNT/sub /tmp/short && echo x > /tmp/short/by-link",
    "grep -q dir= MOUNT/link && test -s MOUNT/sub/by-link",
  ],
  ["background", "(sleep 0.1; echo late > MOUNT/late) & wait", "grep -qx late MOUNT/late"],
  ["umask", "umask 077; echo secret > MOUNT/secret", "test $(stat -c %a MOUNT/secret) = 600"],
  ["pipe", "printf 'b\\na\\n' | sort | tee MOUNT/sorted | head -n 1 > MOUNT/first", "grep -qx a MOUNT/first"],
  ["loop", "for i in 1 2 3; do echo $i > MOUNT/loop-$i; done", "test -s MOUNT/loop-3"],
  ["find", "find MOUNT -name 'loop-*' -exec rm {} +", "test ! -e MOUNT/loop-1"],
  ["nested", `sh -c 'sh -c "echo deep > MOUNT/deep"'`, "grep -qx deep MOUNT/deep"],
  [
    "archive",
    "tar -C MOUNT -cf /tmp/all.tar conf && mkdir MOUNT/back && tar -C MOUNT/back -xf /tmp/all.tar",
    "cmp MOUNT/conf MOUNT/back/conf",
  ],
  ["awk", `awk 'BEGIN { print "x" > "MOUNT/by-awk" }'`, "test -s MOUNT/by-awk"],
  [
    "relative",
    "mkdir -p MOUNT/up && cd MOUNT/up && echo x > ../../$(basename MOUNT)/relative",
    "test -s MOUNT/relative",
  ],
  ["dollar-at", ["sh", "-c", 'echo "$1" > "$0"', "MOUNT/word", "text"], "grep -qx text MOUNT/word"],
];

/** These write outside of the volumes, which a container could do in its own file system. */
const ELSEWHERE = [
  "/etc/rollcall-was-here",
  "/usr/rollcall-was-here",
  "/rollcall-was-here",
  "/home/rollcall-was-here",
];

function renderProfiles(mount: string, steps: readonly object[]): string {
  const scoped = steps.map((each) => ({ scope: "Pod", ...each }));
  return renderGenericYaml("demo", { markers: { volume: "data" }, steps: scoped }).replaceAll("MOUNT", mount);
}

const shell = (text: string): string[] => ["sh", "-c", text];

const asPeopleWrite = STEPS.map(([name, run, verify]) => ({
  name,
  scope: "Pod",
  run: typeof run === "string" ? shell(run) : run,
  verify: shell(verify),
  retries: 0,
}));

const setOn = (mount: string, profiles: string): string =>
  renderDocuments({ profiles }).replace("mountPath: /data", `mountPath: ${mount}`);

interface Report {
  ok: boolean;
  pods: { pod: string; message: string; steps: { name: string; result: string; why: string }[] }[];
}

const USERS = [
  { who: "root", as: [] },
  { who: "a user without rights", as: ["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", "--"] },
];

/** Runs the command; a folder of the test replaces the machine's temporary folder. */
function run(
  words: readonly string[],
  input: string,
  as: readonly string[],
  tmp: string,
): Promise<CliResult> {
  const [program = "", ...rest] = [...as, process.execPath, CLI, ...words];
  const env = { ...process.env, TMPDIR: tmp, HOME: tmp };
  return runProgram(program, rest, { input, env, cwd: REPOSITORY_ROOT });
}

describe("rollcall try --run-steps, if mounts are possible", function () {
  this.timeout(120_000);
  let tmp = "";
  before(async function () {
    const found = findNamespaces({ owner: null, network: false });
    needs(this, !("why" in found), `mount namespaces: ${"why" in found ? found.why : ""}`);
    tmp = await mkdtemp("/var/tmp/rollcall-mounts-");
    await chmod(tmp, 0o1777);
  });
  after(() => rm(tmp, { recursive: true, force: true }));

  for (const { who, as } of USERS) {
    it(`runs ${STEPS.length} realistic steps as in a pod, as ${who}`, async function () {
      needs(this, as.length === 0 || process.getuid?.() === 0, "root, to be somebody else");
      // this folder does not exist on this machine
      const mount = "/srv/rollcall-test/no/such";
      const observation = await run(
        ["try", "-f", "-", "--run-steps", "--ordinals", "0", "-o", "json"],
        setOn(mount, renderProfiles(mount, asPeopleWrite)),
        as,
        tmp,
      );
      const [pod] = (JSON.parse(observation.stdout || "{}") as Report).pods ?? [];
      assert.deepEqual(
        pod?.steps.map(({ name, result }) => `${name} ${result}`),
        STEPS.map(([name]) => `${name} done`),
        `${pod?.message}\n${observation.stderr}`,
      );
      assert.equal(observation.code, 0);
      await assert.rejects(readdir("/srv/rollcall-test"), "a mountPath was made on this machine");
      assert.deepEqual(await workFolders(tmp), [], "it leaves folders behind");
    });
  }

  it("opens, reads and writes nothing below a mountPath that exists on this machine", async function () {
    needsPrograms(this, ["perl"]);
    const mount = await mkdtemp(join(tmp, "machine-"));
    await mkdir(join(mount, "sub"));
    await writeFile(join(mount, "conf"), "the machine's own\n");
    await chmod(mount, 0o777);
    const watch = await watchOpens([mount, join(mount, "sub")]);
    const observation = await run(
      ["try", "-f", "-", "--run-steps", "--ordinals", "0"],
      setOn(mount, renderProfiles(mount, asPeopleWrite)),
      [],
      tmp,
    );
    assert.equal(observation.code, 0, observation.stderr);
    assert.equal(await watch.end(join(mount, "conf")), "OPEN conf\n", "only the test's own look at its end");
    assert.deepEqual((await readdir(mount)).sort(), ["conf", "sub"]);
    assert.equal(await readFile(join(mount, "conf"), "utf8"), "the machine's own\n");
  });

  it("shows the rest of this machine read-only, and a separate /tmp", async () => {
    const text = ELSEWHERE.map((path) => `if echo x > ${path}; then exit 1; fi`).join("\n");
    const steps = [
      {
        name: "elsewhere",
        run: shell(`${text}\necho mine > /tmp/mine`),
        verify: shell("test -s /tmp/mine"),
        retries: 0,
      },
      {
        name: "alone",
        run: ["true"],
        verify: shell("test $(ls /proc | grep -c '^[0-9]') -lt 20"),
        retries: 0,
      },
    ];
    const argv = ["try", "-f", "-", "--run-steps", "--as-root", "--ordinals", "0"];
    const observation = await run(argv, setOn("/data", renderProfiles("/data", steps)), [], tmp);
    assert.equal(observation.code, 0, observation.stderr);
    assert.match(observation.stderr, /Read-only file system/);
    for (const path of ELSEWHERE) await assert.rejects(readFile(path), `${path} was written`);
  });

  it("keeps steps off this machine's network unless --network is set", async function () {
    needsPrograms(this, ["bash"]);
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connect = `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null`;
    const steps = [
      { name: "reach", run: ["true"], verify: ["bash", "-c", connect], retries: 0 },
      { name: "loopback", run: ["true"], verify: shell("grep -q 'lo:' /proc/net/dev"), retries: 0 },
    ];
    const argv = ["try", "-f", "-", "--run-steps", "--ordinals", "0"];
    const text = setOn("/data", renderProfiles("/data", steps));
    try {
      const without = await run(argv, text, [], tmp);
      assert.equal(without.code, 1, without.stderr);
      assert.match(without.stderr, /^note: the steps have no network but their own loopback; --network /m);
      assert.match(without.stderr, /RC206 .*step reach/s);
      const withNetwork = await run([...argv, "--network"], text, [], tmp);
      assert.equal(withNetwork.code, 0, withNetwork.stderr);
      assert.match(withNetwork.stderr, /^note: the steps use this machine's network: /m);
    } finally {
      server.close();
    }
  });

  it("asks for --network where the runner keeps markers in S3", async () => {
    const profile = renderGenericYaml(
      "demo",
      `s3: {endpoint: "http://127.0.0.1:1", bucket: bucket, usedBy: [Runner], credentialsSecretName: s}, markers: {store: S3},
      steps: [{name: s, scope: Pod, run: ["true"], verify: ["true"]}]`,
    );
    const { code, stderr } = await run(["try", "-f", "-", "--run-steps"], setOn("/data", profile), [], tmp);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--run-steps: the runner of profile demo uses S3, so add --network/);
  });

  for (const [signal, words] of [
    ["SIGINT", "ends its steps and removes its folders"],
    ["SIGKILL", "leaves no process and no mount behind"],
  ] as const) {
    it(`${words} at ${signal}`, async () => {
      const steps = [
        { name: "long", run: shell("echo begun >&2; sleep 4242 & wait"), verify: ["true"], retries: 0 },
      ];
      const argv = [CLI, "try", "-f", "-", "--run-steps", "--ordinals", "0"];
      const child = spawn(process.execPath, argv, {
        env: { ...process.env, TMPDIR: tmp },
        cwd: REPOSITORY_ROOT,
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      const begun = new Promise<void>((resolve, reject) => {
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes("begun\n")) resolve();
        });
        child.once("close", () => reject(new Error(said)));
      });
      child.stdin.end(setOn("/data", renderProfiles("/data", steps)));
      await begun;
      const [work = ""] = await workFolders(tmp);
      const mine = await commandsWith(join(tmp, work));
      assert.ok(mine.length > 0, "no process of the steps is seen");
      child.kill(signal);
      await ended;
      for (let left = 50; left > 0 && (await commandsWith("4242")).length > 0; left -= 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual(await commandsWith("4242"), []);
      assert.doesNotMatch(await readFile("/proc/self/mountinfo", "utf8"), new RegExp(work));
      const left = await workFolders(tmp);
      if (signal === "SIGINT") assert.deepEqual(left, []);
      for (const each of left) await rm(join(tmp, each), { recursive: true });
    });
  }
});

const workFolders = async (tmp: string): Promise<string[]> =>
  (await readdir(tmp)).filter((name) => name.startsWith("rollcall-"));

/** The command lines of all processes that contain a text. */
async function commandsWith(text: string): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return lines.filter((line) => line.includes(text));
}

/** A user namespace in which no mount namespace can be created. */
const WITHOUT_MOUNTS = [
  ...["unshare", "--user", "--map-root-user", "sh", "-c"],
  ...['echo 0 > /proc/sys/user/max_mnt_namespaces && exec "$@"', "sh"],
];

describe("rollcall try --run-steps, if mounts are not possible", function () {
  this.timeout(120_000);
  let tmp = "";
  before(async function () {
    const found = findNamespaces({ owner: null, network: false });
    needs(
      this,
      !("why" in found),
      `user namespaces, to have one without mounts: ${"why" in found ? found.why : ""}`,
    );
    tmp = await mkdtemp("/var/tmp/rollcall-bare-");
  });
  after(() => rm(tmp, { recursive: true, force: true }));

  const inPlace = (mount: string, step: object, network = ["--network"]): Promise<CliResult> => {
    const argv = ["try", "-f", "-", "--run-steps", "--as-root", "--ordinals", "0", ...network];
    return run(argv, setOn(mount, renderProfiles(mount, [step])), WITHOUT_MOUNTS, tmp);
  };

  it("rejects a shell script that names a mountPath, with the reason and an alternative", async () => {
    const mount = join(tmp, "real");
    await mkdir(mount);
    const observation = await inPlace(mount, { name: "s", run: shell("echo x > MOUNT/x"), verify: ["true"] });
    assert.equal(observation.code, 3, observation.stderr);
    assert.match(
      observation.stderr,
      /rollcall: step s contains the mountPath \S+\/real in "echo x > .*", and no folder can be mounted there \(unshare: .*\), so it would read and write this machine's \S+\/real\. .*docker run --privileged/,
    );
    assert.deepEqual(await readdir(mount), []);
    assert.deepEqual(await workFolders(tmp), [], "it leaves folders behind");
  });

  it("runs no step without --network, and says why", async () => {
    const touched = join(tmp, "touched");
    const observation = await inPlace("/data", { name: "s", run: ["touch", touched], verify: ["true"] }, []);
    assert.equal(observation.code, 3, observation.stderr);
    assert.match(
      observation.stderr,
      /rollcall: the steps cannot be kept off this machine's network \(unshare: .*\), so none was run\. With --network they run and use it/,
    );
    await assert.rejects(readFile(touched), "a step was run");
    assert.deepEqual(await workFolders(tmp), [], "it leaves folders behind");
  });

  it("runs commands whose arguments are paths on a volume", async () => {
    const step = { name: "s", run: ["touch", "/data/x"], verify: ["test", "-e", "/data/x"] };
    const observation = await inPlace("/data", step);
    assert.equal(observation.code, 0, observation.stderr);
  });

  const given = {
    mounts: [
      { path: "/data", folder: "/tmp/f", readOnly: false },
      { path: "/data/logs", folder: "/tmp/logs", readOnly: false },
    ],
    none: { why: "unshare: no", instead: "Run it as root" },
  };
  for (const [word, here] of [
    ["/data", "/tmp/f"],
    ["/data/x y", null],
    ["/data/a/b.txt", "/tmp/f/a/b.txt"],
    ["/data/logs/x", "/tmp/logs/x"],
    ["/database/x", "/database/x"],
    ["/mydata/x", "/mydata/x"],
    ["/srv/data/x", "/srv/data/x"],
    ["/data/run.sh && cat /etc/passwd", null],
    ["/data/../etc/passwd", null],
    ["/data/a:/data/b", null],
    ["--file=/data/x", null],
    ["$(cat /data/x)", null],
    ["dir:///data", null],
    ["/data/*", null],
    ["plain", "plain"],
  ] as const) {
    it(`${here === null ? "refuses" : "has"} the word ${word}${here === null || here === word ? "" : ` as ${here}`}`, () => {
      const translate = (): string[] => translateWords("step s", [word], given);
      if (here === null)
        assert.throws(translate, /step s contains the mountPath .* \(unshare: no\).*Run it as root$/);
      else assert.deepEqual(translate(), [here]);
    });
  }
});

/** inotify by its system calls, since Node's watcher does not report opened files. */
const WATCH = `
use strict; my ($init, $add) = \`uname -m\` =~ /x86_64/ ? (294, 254) : (26, 27); $| = 1;
my $fd = syscall($init, 0); my %names; my %masks = (0x2 => "WRITE", 0x20 => "OPEN", 0x100 => "CREATE", 0x200 => "DELETE");
for (@ARGV) { my $path = $_; my $watch = syscall($add, $fd, $path, 0x322 + 0); die $! if $watch < 0; }
print "ready\\n"; open(my $in, "<&=", $fd);
while (sysread($in, my $buffer, 65536)) { while (length $buffer) {
  my ($wd, $mask, $cookie, $length) = unpack("iIII", $buffer); my $name = unpack("Z*", substr($buffer, 16, $length));
  $buffer = substr($buffer, 16 + $length);
  for (sort keys %masks) { print "$masks{$_} $name\\n" if $mask & $_ } } }
`;

/** Watches folders for files that are opened or changed, until a given file in them is opened. */
async function watchOpens(folders: readonly string[]): Promise<{ end(file: string): Promise<string> }> {
  const child = spawn("perl", ["-e", WATCH, ...folders], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  const saying = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => void (said.includes(text) && resolve());
      child.stdout.on("data", look);
      child.once("close", () => reject(new Error(`the watch has ended: ${said}`)));
      look();
    });
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await saying("ready\n");
  said = said.replace("ready\n", "");
  return {
    end: async (file) => {
      await readFile(file);
      const closed = new Promise((resolve) => child.once("close", resolve));
      await saying("OPEN conf\n").catch(() => undefined);
      child.kill();
      await closed;
      return said;
    },
  };
}
