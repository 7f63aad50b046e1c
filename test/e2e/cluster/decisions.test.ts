// Decisions before any action: the engine, its settings, the origin of the node image, kind's configuration.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { parseRequest } from "./args.ts";
import {
  chooseClusterEngine,
  deriveHostNeeds,
  type HostFacts,
  renderContainersConf,
} from "./engine/choose.ts";
import { hasSysResource, readDockerEnv, readDockerInfo, readDockerNeeds } from "./engine/docker.ts";
import { readHardLimit } from "./engine/probe.ts";
import { isNewEnough } from "./host/go.ts";
import { describeMissingPackages, findMissingPackages } from "./host/packages.ts";
import { ADMISSION_FOLDER, writeClientCertificate } from "./kind/clientCertificate.ts";
import { renderKindConfig } from "./kind/config.ts";
import { extractKindReason } from "./kind/create.ts";
import { chooseOrigin, type OriginFacts } from "./kind/origin.ts";
import { clusterName } from "./paths.ts";

const plain: HostFacts = {
  cgroupVersion: 2,
  hardFiles: 1_048_576,
  hardProcesses: Number.POSITIVE_INFINITY,
  canRaiseLimits: true,
};
const small: HostFacts = {
  cgroupVersion: 1,
  hardFiles: 20_000,
  hardProcesses: 96_365,
  canRaiseLimits: false,
};

describe("the choice of the engine", () => {
  it("takes Docker if its daemon answers, and otherwise reports why not", () => {
    const docker = chooseClusterEngine({ info: { ServerVersion: "28.0.1" } });
    assert.deepEqual(docker, { name: "docker", why: "Docker 28.0.1 answers" });
    const podman = chooseClusterEngine({ reason: "not installed" });
    assert.deepEqual(podman, { name: "podman", why: "Docker does not answer: not installed" });
  });

  it("changes only the limit of processes on a host without restrictions", () => {
    const onlyProcesses = "[containers]\npids_limit = 0\n[engine]\n";
    assert.equal(renderContainersConf(plain), onlyProcesses);
    assert.equal(renderContainersConf({ ...small, cgroupVersion: 2, canRaiseLimits: true }), onlyProcesses);
  });

  it("stays within hard limits that cannot be raised, and uses runc on cgroup v1", () => {
    const conf = renderContainersConf(small);
    assert.match(conf, /"nofile=20000:20000", "nproc=12045:12045"/);
    assert.match(conf, /\[engine\]\nruntime = "runc"/);
    assert.doesNotMatch(renderContainersConf({ ...small, cgroupVersion: 2 }), /runc/);
  });

  it("parses limits and capabilities as the kernel prints them", () => {
    const limits =
      "Max processes             96365   96366   processes \nMax open files            20   unlimited   files\n";
    assert.equal(readHardLimit(limits, "Max processes"), 96_366);
    assert.equal(readHardLimit(limits, "Max open files"), Number.POSITIVE_INFINITY);
    assert.equal(hasSysResource("Name:\tx\nCapEff:\t000001ffffffffff\n"), true);
    assert.equal(hasSysResource("Name:\tx\nCapEff:\t000001fffeffffff\n"), false);
  });

  it("passes no cgroup settings to kind if none are needed", () => {
    assert.equal(parse(renderKindConfig("x", deriveHostNeeds(plain))).kubeadmConfigPatches, undefined);
    const [patch] = parse(renderKindConfig("x", deriveHostNeeds(small), null, 37))
      .kubeadmConfigPatches as string[];
    const expected = { cgroupDriver: "cgroupfs", failCgroupV1: false, oomScoreAdj: 0 };
    assert.deepEqual(parse(patch ?? ""), { kind: "KubeletConfiguration", ...expected });
  });

  it("sets only what the version of Kubernetes knows", () => {
    const render = (minor: number) => parse(renderKindConfig("x", deriveHostNeeds(small), null, minor));
    const gates = [30, 33, 37].map((minor) => Object.keys(render(minor).featureGates));
    assert.deepEqual(gates, [
      ["MaxUnavailableStatefulSet"],
      ["ImageVolume", "MaxUnavailableStatefulSet"],
      ["StatefulSetRecreateStrategy"],
    ]);
    const kubelet = parse(render(30).kubeadmConfigPatches[0]);
    assert.deepEqual(kubelet, { kind: "KubeletConfiguration", cgroupDriver: "cgroupfs", oomScoreAdj: 0 });
  });
});

describe("the API server's client certificate", () => {
  it("is mounted into the node and configured for the API server, beside the host's settings", () => {
    const config = parse(renderKindConfig("x", deriveHostNeeds(small), "/clusters/a/admission"));
    const [node] = config.nodes;
    assert.deepEqual(node.extraMounts, [
      { hostPath: "/clusters/a/admission", containerPath: ADMISSION_FOLDER, readOnly: true },
    ]);
    const patches = (config.kubeadmConfigPatches as string[]).map((patch) => parse(patch));
    assert.deepEqual(
      patches.map(({ kind }) => kind),
      ["KubeletConfiguration", "ClusterConfiguration"],
    );
    const { extraArgs, extraVolumes } = patches[1].apiServer;
    const value = `${ADMISSION_FOLDER}/admission.yaml`;
    assert.deepEqual(extraArgs, [{ name: "admission-control-config-file", value }]);
    assert.equal(extraVolumes[0].hostPath, ADMISSION_FOLDER);
    assert.equal(parse(renderKindConfig("x", deriveHostNeeds(plain))).nodes[0].extraMounts, undefined);
  });

  it("is signed by one CA, has the name that the overlay expects, and its files refer to each other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-admission-"));
    try {
      await writeClientCertificate(folder);
      const read = (name: string) => readFile(join(folder, name), "utf8");
      const certificate = new X509Certificate(await read("client.crt"));
      assert.ok(certificate.verify(new X509Certificate(await read("ca.crt")).publicKey));
      const overlay = new URL(
        "../../../manifests/overlays/client-certificate/deployment.yaml",
        import.meta.url,
      );
      const name = /name: ROLLCALL_CLIENT_NAMES, value: (\S+)\}/.exec(await readFile(overlay, "utf8"))?.[1];
      assert.equal(certificate.subject, `CN=${name}`);
      const { plugins } = JSON.parse(await read("admission.yaml"));
      for (const { configuration } of plugins)
        assert.equal(configuration.kubeConfigFile, `${ADMISSION_FOLDER}/webhooks.kubeconfig`);
      const [{ user }] = JSON.parse(await read("webhooks.kubeconfig")).users;
      assert.equal(user["client-key"], `${ADMISSION_FOLDER}/client.key`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("Docker's answer", () => {
  const said = (stdout: object | string, code = 0, stderr = "") => ({
    code,
    stdout: typeof stdout === "string" ? stdout : JSON.stringify(stdout),
    stderr,
  });
  const v2 = { ServerVersion: "28.0.1", CgroupVersion: "2" } as const;
  /** The output of kubectl for /proc/self/status of a privileged container. */
  const trial = (capabilities: string) => said({ data: { status: `Name:\tx\nCapEff:\t${capabilities}\n` } });
  const ALL = "000001ffffffffff";
  const WITHOUT_SYS_RESOURCE = "000001fffeffffff";

  it("has a version and a cgroup version, 1 if Docker is too old to report it", () => {
    assert.deepEqual(readDockerInfo(said(v2)), { info: v2 });
    const old = { info: { ServerVersion: "19.03.0", CgroupVersion: "1" } };
    assert.deepEqual(readDockerInfo(said({ ServerVersion: "19.03.0" })), old);
  });

  it("does not count if the daemon is down, whatever the exit code", () => {
    const gone = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
    assert.deepEqual(readDockerInfo(said({ ServerErrors: [gone] })), { reason: gone });
    assert.deepEqual(readDockerInfo(said({ ServerVersion: "" }, 1, `${gone}\n`)), {
      reason: `exit code 1: ${gone}`,
    });
    assert.deepEqual(readDockerInfo(said("", 127)), { reason: "not installed" });
  });

  it("does not count if `docker` is podman", () => {
    const answer = readDockerInfo(said({ host: { cgroupVersion: "v1" }, version: { Version: "4.3.1" } }));
    assert.match(
      "reason" in answer ? answer.reason : "",
      /names no ServerVersion: `docker` is another program/,
    );
    assert.ok("reason" in readDockerInfo(said("no JSON")));
  });

  it("requires a restricted node if a privileged container lacks CAP_SYS_RESOURCE", () => {
    assert.deepEqual(readDockerNeeds(v2, trial(ALL)), { cgroupfs: false, restricted: false });
    assert.deepEqual(readDockerNeeds(v2, trial(WITHOUT_SYS_RESOURCE)), { cgroupfs: false, restricted: true });
    const v1 = { ...v2, CgroupVersion: "1" } as const;
    assert.deepEqual(readDockerNeeds(v1, trial(ALL)), { cgroupfs: true, restricted: false });
  });

  it("is an error with a remedy if no privileged container starts", () => {
    const stderr =
      "WARNING: x\ndocker: Error response from daemon: unable to apply caps: operation not permitted: unknown.\n\nRun 'docker run --help'\n";
    const expected =
      /does not start a privileged container, .*: docker: Error .* unable to apply caps: .*; give its daemon/;
    assert.throws(() => readDockerNeeds(v2, said("", 125, stderr)), expected);
    assert.throws(() => readDockerNeeds(v2, said("no JSON")), /does not start a privileged container/);
  });

  it("determines the daemon for later commands, whatever DOCKER_HOST is then", () => {
    const context = (Name: string, Host: string): string =>
      JSON.stringify([{ Name, Endpoints: { docker: { Host } } }]);
    const local = { DOCKER_HOST: "unix:///run/x.sock", DOCKER_TLS_VERIFY: "", DOCKER_CERT_PATH: "" };
    assert.deepEqual(readDockerEnv(context("default", "unix:///run/x.sock"), {}), local);
    const tls = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
    const remote = { DOCKER_HOST: "tcp://host:2376", ...tls };
    assert.deepEqual(readDockerEnv(context("default", "tcp://host:2376"), tls), remote);
    assert.deepEqual(readDockerEnv(context("build", "tcp://host:2376"), tls), { DOCKER_CONTEXT: "build" });
  });
});

describe("the error of a failed kind command", () => {
  it("is the output of the command that kind ran, not the command", () => {
    const stderr =
      'ERROR: failed: command "podman run" failed\nCommand Output: x\nError: no such image\n\nStack Trace:\n';
    assert.equal(extractKindReason(stderr), "Error: no such image");
    assert.equal(extractKindReason("Creating\nERROR: node(s) already exist\n"), "node(s) already exist");
  });
});

describe("the origin of the node image", () => {
  const registry = (answer: string | null) => async (): Promise<string | null> => answer;
  const known: OriginFacts = {
    needs: deriveHostNeeds(plain),
    hasPulled: false,
    hasBuilt: false,
    registry: registry(null),
  };
  const cases: readonly (readonly [string, Partial<OriginFacts>, "pulled" | "built", RegExp])[] = [
    ["pulled if the registry has it", {}, "pulled", /registry has it/],
    [
      "built if the registry does not answer",
      { registry: registry("no such host") },
      "built",
      /no such host/,
    ],
    ["built on cgroup v1", { needs: deriveHostNeeds(small), hasPulled: true }, "built", /cgroup v1/],
    [
      "built without CAP_SYS_RESOURCE",
      { needs: { cgroupfs: false, restricted: true } },
      "built",
      /CAP_SYS_RESOURCE/,
    ],
    ["pulled before", { hasPulled: true, registry: registry("not asked") }, "pulled", /pulled before/],
    ["built before", { hasBuilt: true, registry: registry("not asked") }, "built", /built before/],
  ];
  for (const [name, change, origin, why] of cases) {
    it(name, async () => {
      const chosen = await chooseOrigin({ ...known, ...change });
      assert.equal(chosen.origin, origin);
      assert.match(chosen.why, why);
    });
  }
});

describe("the machine's missing packages", () => {
  it("lists a package only if none of its files exists", async () => {
    const needed = [
      { package: "one", anyOf: ["/no/such/file", "/proc/self/stat"] },
      { package: "two", anyOf: ["no-such-program"] },
      { package: "two", anyOf: ["no-other-program"] },
      { package: "three", anyOf: ["sh"] },
    ];
    assert.deepEqual(await findMissingPackages(needed), ["two"]);
    assert.match(
      describeMissingPackages(["two"]),
      /lacks two: run `apt-get update && apt-get install -y .* two` as root, or/,
    );
  });

  it("accepts a Go that fetches toolchains, and rejects an older one", () => {
    assert.equal(isNewEnough("go version go1.21.0 linux/amd64"), true);
    assert.equal(isNewEnough("go version go2.0 linux/amd64"), true);
    assert.equal(isNewEnough("go version go1.19.8 linux/amd64"), false);
  });
});

describe("the command line", () => {
  const message = (...args: string[]): string => {
    const request = parseRequest(args);
    return request.kind === "usage" ? request.message : request.kind;
  };

  it("gives each checkout a cluster of its own, always the same", () => {
    assert.notEqual(clusterName("/a"), clusterName("/b"));
    assert.match(clusterName("/a"), /^rollcall-[0-9a-f]{6}$/);
  });

  it("parses its commands", () => {
    assert.deepEqual(parseRequest(["load", "x.tar", "--install"]), {
      kind: "run",
      command: "load",
      operands: ["x.tar"],
      install: true,
      json: false,
      clientCertificate: false,
    });
    assert.equal(message("up", "--help"), "help");
  });

  it("reports in one line what it cannot parse", () => {
    assert.equal(message(), "no command");
    assert.equal(message("start"), "no such command: start");
    assert.equal(message("load"), "load needs a FILE: an OCI or docker archive");
    assert.equal(message("up", "now"), "up does not take now");
    assert.equal(message("down", "--client-certificate"), "--client-certificate is for up");
    assert.equal(message("up", "-o", "json"), "-o json is for status");
    assert.equal(message("status", "-o", "yaml"), "-o takes json, not yaml");
    assert.match(message("up", "--fast"), /^Unknown option '--fast'$/);
  });
});
