// The launcher in a hostile image: the application's image, environment and limits do not change the output of the
// runner's commands, and the steps get all of them (init/launcher/launcher.c).
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arch, detectArch } from "../../build/images/arch.ts";
import type { ContainerEnd } from "../init/container.ts";
import { makeLaunchedPod, makeLaunchedRunner } from "../init/launched.ts";
import { needsArm64 } from "../init/needsArm64.ts";
import { PROGRAM, type RootName } from "../init/roots.ts";

/** Variables that would keep Node.js, its loader or OpenSSL from starting, or would change the runner's behaviour. */
const HOSTILE_ENV: Readonly<Record<string, string>> = {
  NODE_OPTIONS: "--require /nowhere/missing.cjs",
  NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem",
  NODE_V8_COVERAGE: "/nowhere",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_PENDING_DEPRECATION: "1",
  NODE_REPL_EXTERNAL_MODULE: "/nowhere/missing.cjs",
  OPENSSL_CONF: "/etc/ssl/openssl.cnf",
  SSL_CERT_FILE: "/nowhere/ca.pem",
  LD_LIBRARY_PATH: "/lib:/nowhere",
  LD_BIND_NOW: "1",
  LD_DEBUG: "all",
  LD_DEBUG_OUTPUT: "/data/loader",
  GLIBC_TUNABLES: "glibc.malloc.check=3:broken",
  MALLOC_ARENA_MAX: "nonsense",
  UV_THREADPOOL_SIZE: "0",
  LANG: "xx_YY.UTF-99",
  LC_ALL: "there_is.none",
  TZ: "Nowhere/Here",
  ROLLCALL_LAUNCHER: "not a number",
  "+NODE_OPTIONS": "--inspect-brk",
  ["__proto__"]: "of objects",
  HOME: "/nowhere",
  PATH: "/bin",
};

interface Place {
  root: RootName;
  /** changes the image's root before it is mounted read-only */
  prepare?: (root: string) => Promise<void>;
  env?: Readonly<Record<string, string>>;
  limits?: readonly string[];
}

/** Environments in which Node.js was seen to fail, by name. */
const PLACES: Readonly<Record<string, Place>> = {
  "with a preloaded library that is missing": {
    root: "glibc",
    env: { LD_PRELOAD: "/nowhere/libmissing.so" },
  },
  "with a preloaded library of another libc": {
    root: "musl",
    env: { LD_PRELOAD: "/lib/ld-musl-x86_64.so.1" },
  },
  "with another libc's library in /etc/ld.so.preload": {
    root: "musl",
    prepare: (root) => putFile(root, "etc/ld.so.preload", "/lib/ld-musl-x86_64.so.1\n"),
  },
  "with an /etc/ssl that its user cannot read": {
    root: "glibc",
    prepare: async (root) => {
      await putFile(root, "etc/ssl/openssl.cnf", "openssl_conf = none\n");
      await chmod(join(root, "etc/ssl"), 0o700);
    },
  },
  "with an openssl.cnf that names a variable that is not set": {
    root: "bare",
    prepare: (root) => putFile(root, "etc/ssl/openssl.cnf", "openssl_conf = $ENV::NOT_SET\n[x\n"),
  },
  "with 40 open files, 64 processes and no core files": {
    root: "bare",
    limits: ["--nofile=40", "--nproc=64", "--core=0"],
  },
};

async function putFile(root: string, path: string, text: string): Promise<void> {
  const file = join(root, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
}

const DOES_THE_STEP = "run, which does the step";
const RUNS_OWN_COMMAND = "leave with a command of the application's";

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  [DOES_THE_STEP]: ["run"],
  "run, which finds it done": ["run"],
  status: ["status"],
  leave: ["leave"],
  "om ready": ["om", "ready"],
  [RUNS_OWN_COMMAND]: ["leave", "--", PROGRAM, "env"],
  drain: ["drain"],
  "om ring": ["om", "ring", "-o", "json"],
  "otobo verify home": ["otobo", "verify", "home"],
  "a command that there is not": ["nonsense"],
};

/** With an emulator one environment is enough: the emulator makes the difference, not the environment. */
const ARM64_PLACES = Object.fromEntries(Object.entries(PLACES).slice(0, 1));

interface Input {
  arch: Arch;
  places: typeof PLACES;
  minutes: number;
  needs?: (context: Mocha.Context) => Promise<void>;
}

const INPUTS: readonly Input[] = [
  { arch: detectArch(), places: PLACES, minutes: 3 },
  { arch: "arm64", places: ARM64_PLACES, minutes: 20, needs: needsArm64 },
];

for (const { arch, places, minutes, needs } of INPUTS)
  describe(`a hostile image for ${arch}`, function () {
    this.timeout(minutes * 60_000);
    let work = "";
    let runner = "";
    const expected = new Map<string, ContainerEnd>();

    before(async function () {
      await needs?.(this);
      work = await mkdtemp(join(tmpdir(), "rollcall-hostile-image-"));
      runner = await makeLaunchedRunner(this, work, arch);
      const plain = await makeLaunchedPod(join(work, "plain"), "bare", runner, arch);
      for (const [command, words] of Object.entries(COMMANDS))
        expected.set(command, await plain.run({ words, env: { PATH: "/bin" } }));
    });

    after(() => (work === "" ? undefined : rm(work, { recursive: true, force: true })));

    async function compare(name: string, place: Place): Promise<void> {
      const pod = await makeLaunchedPod(join(work, name), place.root, runner, arch);
      await place.prepare?.(pod.root);
      const env = { ...HOSTILE_ENV, ...place.env };
      for (const [command, words] of Object.entries(COMMANDS)) {
        const found = await pod.run({ words, env, limits: place.limits });
        assert.deepEqual(comparable(found), comparable(expected.get(command)), command);
        if (command === DOES_THE_STEP) assert.deepEqual(environmentIn(found.output, STEP_LINE), env);
        if (command === RUNS_OWN_COMMAND) assert.deepEqual(environmentIn(found.output, OWN_LINE), env);
      }
    }

    it("has neither /tmp nor /etc unless something mounts them", async () => {
      const found = (await readdir(join(work, "plain/root"))).filter((entry) =>
        ["etc", "tmp"].includes(entry),
      );
      assert.deepEqual(found, []);
    });

    for (const [name, place] of Object.entries(places))
      it(`does not stop any command: ${name}`, () => compare(name, place));
  });

/** A variable as printed by the step `only` and by the application's preStop. */
const STEP_LINE = /^rollcall: \[only\] ([^=\n]+)=(.*)$/gm;
const OWN_LINE = /^rollcall: ([^=\s]+)=(.*)$/gm;

/** Times and durations differ in each run. */
const withoutTimes = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME").replaceAll(/\d+(\.\d+)? m?s\b/g, "SOON");

/** The image's loader prints an error about LD_PRELOAD. */
const LOADER_LINE = /^.*ERROR: ld\.so: .*$/gm;

/** Removes what differs in each run: the environment and the loader's messages. */
const withoutEnvironment = (text: string): string =>
  [STEP_LINE, OWN_LINE, LOADER_LINE]
    .reduce((rest, line) => rest.replaceAll(line, ""), text)
    .replaceAll(/\n+/g, "\n");

const comparable = (end: ContainerEnd | undefined): ContainerEnd => ({
  code: end?.code ?? null,
  output: withoutTimes(withoutEnvironment(end?.output ?? "")),
  terminationMessage: withoutTimes(end?.terminationMessage ?? ""),
});

/** The variables that a command printed, from the runner's log. */
const environmentIn = (output: string, line: RegExp): Record<string, string> =>
  Object.fromEntries([...output.matchAll(line)].map(([, name = "", value = ""]) => [name, value]));
