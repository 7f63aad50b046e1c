// The parts of `npm run test:full`: tests that are too long for the gate (.ci/run), each with the reason. A part is one
// command, so that parts can run on several machines.

import { KUBERNETES_ENV } from "../e2e/cluster/image/pins.ts";
import { CHART_ENV, CHART_NEEDED } from "./ozoneChart/chart.ts";

export interface FullTestPart {
  readonly name: string;
  /** what it proves, for `--list` */
  readonly shows: string;
  /** why the gate omits it */
  readonly reason: string;
  /** arguments for the pinned Node.js */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** whether it uses the cluster of this checkout, which the next part can reuse */
  readonly cluster?: boolean;
  /** whether it runs only if named */
  readonly onlyByName?: boolean;
  /** a variable without which it is skipped, and what it names */
  readonly needed?: { readonly variable: string; readonly what: string };
}

/** Why a part cannot run here; null if it can. */
export const explainSkipped = ({ needed }: FullTestPart, env: NodeJS.ProcessEnv): string | null =>
  needed === undefined || env[needed.variable] !== undefined ? null : needed.what;

/** The gate's core suites on an older Kubernetes. */
const olderKubernetes = (minor: string): FullTestPart => ({
  name: `kubernetes-${minor}`,
  shows: `the core suites on Kubernetes ${minor}`,
  reason: "twenty minutes on a cluster of another version, which must be built first",
  argv: ["test/e2e/main.ts"],
  env: { [KUBERNETES_ENV]: minor },
});

const OZONE = ["test/presets/ozone-om/main.ts", "--full", "--only"];
const ozone = (name: string, file: string, shows: string, reason: string): FullTestPart => ({
  name: `ozone-${name}`,
  shows,
  reason,
  argv: [...OZONE, `suites/full/${file}`],
  cluster: true,
});

const ozoneChart = (name: string, suite: string, shows: string, reason: string): FullTestPart => ({
  name,
  shows,
  reason,
  argv: ["test/full/ozoneChart.ts", "--only", suite],
  cluster: true,
  needed: { variable: CHART_ENV, what: CHART_NEEDED },
});

export const PARTS: readonly FullTestPart[] = [
  {
    name: "docker",
    shows: "the cluster on a Docker daemon, the core suites on it, and complete removal of both",
    reason: "20 minutes; the gate's machine has no Docker daemon, and the suites do not know the engine",
    argv: ["test/full/onDocker.ts"],
  },
  {
    name: "real",
    shows:
      "the runner against a real S3 server: 200 kills, 50 stops, a failing network; OTOBO's steps; the gate's own tests of these",
    reason: "ten minutes; the gate tests a few kills on a stand-in, and the real S3 server in suite release",
    argv: ["test/run.ts", "--real"],
  },
  {
    name: "interference",
    shows:
      "3000 random pods on a real API server, with and without Rollcall: admitted alike, with one QoS class",
    reason: "two minutes; the gate takes 300 of them",
    argv: ["test/run.ts", "--real", "policies/interference"],
    env: { ROLLCALL_TEMPLATES: "3000" },
  },
  {
    name: "fuzz",
    shows:
      "50,000 random requests against the built webhook: no crash, no hang, the right status, no memory kept",
    reason: "some minutes; the gate sends 2,000 of them",
    argv: ["test/run.ts", "--real", "hostile/fuzz"],
    env: { ROLLCALL_FUZZ: "50000" },
  },
  {
    name: "sim",
    shows: "more states of the simulated engine: every fault of every situation, second cuts, more seeds",
    reason: "npm test already reaches every branch of the engine; this reaches no other",
    argv: ["test/sim/main.ts", "--uncounted"],
  },
  {
    name: "cuts",
    shows:
      "joins, leaves and evictions of the model, with a power cut at every call; a round of OTOBO's packages, killed before every change",
    reason: "npm test cuts at every twentieth call, other ones in each run",
    argv: ["test/run.ts", "test/presets/ozone-om/", "test/presets/otobo/watchKilled"],
    env: { ROLLCALL_EVERY_CUT: "1" },
  },
  {
    name: "mutants",
    shows: "the simulation fails if any safeguard of the engine is removed",
    reason: "it tests the tests: its result changes only with engine or simulation",
    argv: ["test/sim/mutants.ts"],
  },
  {
    name: "ozone-processes",
    shows:
      "real Ozone Managers as processes: growing, kill -9 at each stage, odd volumes, leaving; HTTPS_ONLY; clients; upgrades",
    reason: "half an hour; the gate's ring in pods covers the same ways without failures",
    argv: ["test/presets/ozone-om/main.ts", "--processes"],
  },
  ozone(
    "ring",
    "ring.e2e",
    "the example: 3 → 4, all pods deleted at once, 4 → 0 → 4",
    "eight minutes; growAndShrink in the gate has its first half",
  ),
  ozone(
    "leave",
    "leave.e2e",
    "leaving from four: restarts, evictions, kills, and leaves that fail",
    "twelve minutes; growAndShrink in the gate covers a successful leave",
  ),
  ozone(
    "seven",
    "seven",
    "Parallel: 3 → 4 with the template, 4 → 7, another configuration, 7 → 3 in strict mode",
    "half an hour",
  ),
  ozone("ordered", "orderedCases", "OrderedReady: 3 → 7 → 3 → 5, 7 → 3 with leaves that fail", "40 minutes"),
  ozone("down", "down", "Parallel: 7 → 6 → 3 → 5, 7 → 3 with leaves that fail", "20 minutes"),
  ozone(
    "together",
    "together",
    "Parallel: 7 → 6 → 3 → 5, each with the template in the same update",
    "25 minutes",
  ),
  ozone(
    "trouble",
    "trouble",
    "revoked scale-downs; API server or kubelet down, CrashLoop while members leave",
    "25 minutes, and it stops the API server and the kubelet",
  ),
  ozone("deleted-joiner", "deletedJoiner", "the joining pod deleted at each stage of a join", "20 minutes"),
  ozone("deleted-leader", "deletedLeader", "the leader's pod deleted at each stage of a join", "25 minutes"),
  ozone("odd", "odd", "scaled away and back, a claim deleted, a full volume", "20 minutes"),
  ozoneChart(
    "ozone-chart",
    "scale",
    "Ozone's real chart by Helm 3: new release, 3 → 4 → 7, another configuration, 7 → 6 → 3, rollback, reinstallation",
    "half an hour, and the real chart, which is not part of this repository",
  ),
  ozoneChart(
    "ozone-chart-adopt",
    "adopt",
    "Ozone's real chart by Helm 3: a running release is adopted, taken back, adopted, and scaled with --no-hooks",
    "a quarter of an hour, and the real chart",
  ),
  ozoneChart(
    "ozone-chart-helm4",
    "helm4",
    "Ozone's real chart by Helm 4: new release, 1 → 3 → 4, conflicts, rollback, uninstallation, reinstallation",
    "a quarter of an hour, and the real chart",
  ),
  {
    name: "growth",
    shows: "the cost of reviews, profiles, members' answers and markers grows linearly with their size",
    reason:
      "it measures time, which other work on the gate's machine disturbs; hostile/ has a deadline for each case",
    argv: ["test/bench/main.ts", "--quick"],
  },
  {
    name: "hostile-load",
    shows:
      "ten minutes of hostile requests of every actor beside 20 honest admissions a second: no call fails, no restart",
    reason: "fifteen minutes; the gate tries each kind of request on the built webhook (hostile/)",
    argv: ["test/full/hostileLoad.ts"],
    cluster: true,
  },
  olderKubernetes("1.30"),
  olderKubernetes("1.33"),
  {
    name: "install",
    shows:
      "kustomize, install.yaml, helm template, Helm 3 and 4: installed, upgraded with a changed definition, removed, and the example",
    reason:
      "it needs a cluster without Rollcall; the gate installs the base, and tests compare the chart with it",
    argv: ["test/full/install.ts"],
  },
  {
    name: "upgrade",
    shows:
      "from the last release to this checkout and back beside 20 admissions a second; markers, records and a ring of Ozone Managers",
    reason: "it needs a cluster of its own and the images of another checkout",
    argv: ["test/full/upgrade.ts"],
  },
  {
    name: "client-certificate",
    shows:
      "with the overlay client-certificate only the API server may request reviews, on a cluster of its own",
    reason:
      "it needs a cluster with another configuration; the gate tests the same on a bare API server (policies/webhook.real)",
    argv: ["test/full/clientCertificate.ts"],
  },
  {
    name: "busy",
    shows: "the gate's cluster suites while two other processes burn both cores",
    reason: "it repeats the gate on a slower machine",
    argv: ["test/full/busy.ts"],
    cluster: true,
  },
  {
    name: "sim-full",
    shows: "all claims about the simulated engine, including 100,000 seeds",
    reason: "some hours of a core",
    argv: ["test/sim/main.ts", "--full"],
    onlyByName: true,
  },
];
