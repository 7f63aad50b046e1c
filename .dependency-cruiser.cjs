// The layers, and the imports that are allowed between them: the shell imports pure code, pure code imports the contract.
const rooms = (...names) => `^webhook/(${names.join("|")})/`;
/** Not scaleDown/evidence, which queries the cluster. */
const PURE = "^webhook/(kubernetes|denials|mutation|validation|scaleDown/(?!evidence/))";
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "admission-knows-the-protocol-only",
      comment:
        "webhook/admission implements the Kubernetes admission protocol and nothing of Rollcall; it may use the JSON shapes and the gate",
      severity: "error",
      from: { path: rooms("admission") },
      to: {
        path: "^(webhook|init|presets|build)/",
        pathNot: ["^webhook/admission/", "^init/contract/(shape|gate)\\.ts$"],
      },
    },
    {
      name: "decisions-are-pure",
      comment:
        "mutation, validation and scale-down protection take plain data and use no server, cluster, certificates, files or processes",
      severity: "error",
      from: { path: [PURE, "^presets/[^/]+/(profile|webhook|contract)/"] },
      to: {
        path: [
          rooms("server", "reviews", "tls", "cluster", "cli", "scaleDown/evidence"),
          "^webhook/main",
          "^(node:)?(fs|net|http|https|child_process|process)(/|$)",
          "^init/contract/http\\.ts$",
        ],
      },
    },
    {
      name: "evidence-asks-through-its-port",
      comment:
        "the API server is an argument (scaleDown/evidence/kubeApi.ts), so that tests can make evidence unknown",
      severity: "error",
      from: { path: rooms("scaleDown/evidence") },
      to: { path: rooms("cluster") },
    },
    {
      name: "only-doctor-asks-a-cluster",
      comment: "all other commands work without a cluster",
      severity: "error",
      from: { path: rooms("cli"), pathNot: "^webhook/cli/doctor/" },
      to: { path: rooms("cluster") },
    },
    {
      name: "mutation-knows-no-validation",
      comment: "injection must not depend on later denials, nor on scale-down protection",
      severity: "error",
      from: { path: rooms("mutation") },
      to: { path: rooms("validation", "scaleDown") },
    },
    {
      name: "objects-are-the-bottom",
      comment: "all folders use the Kubernetes object model, so it must not depend on them",
      severity: "error",
      from: { path: rooms("kubernetes") },
      to: { path: "^webhook/", pathNot: "^webhook/(kubernetes|admission|denials)/" },
    },
    {
      name: "nothing-below-imports-the-shell",
      severity: "error",
      from: { path: rooms("kubernetes", "denials", "profiles", "mutation", "validation", "scaleDown") },
      to: { path: rooms("server", "reviews", "cli", "tls") },
    },
    {
      name: "webhook-knows-of-init-only-its-contract",
      severity: "error",
      from: {
        path: ["^webhook/", "^presets/webhook\\.ts$", "^presets/[^/]+/([^/]+\\.ts$|profile/|webhook/)"],
      },
      to: { path: ["^init/", "^presets/runner\\.ts$", "^presets/[^/]+/runner/"], pathNot: "^init/contract/" },
    },
    {
      name: "init-stands-alone",
      severity: "error",
      from: { path: ["^init/", "^presets/runner\\.ts$", "^presets/[^/]+/(runner|contract)/"] },
      to: { path: ["^(webhook|build|test)/", "^presets/[^/]+/(profile|webhook)/"] },
    },
    {
      name: "contract-is-the-bottom",
      severity: "error",
      from: { path: ["^init/contract/", "^presets/([^/]+)/contract/"] },
      to: { path: ["^init/", "^presets/"], pathNot: ["^init/contract/", "^presets/$1/contract/"] },
    },
    {
      name: "engine-knows-only-its-ports",
      comment: "files, processes and networks are arguments of the engine",
      severity: "error",
      from: { path: "^init/engine/" },
      to: { path: ["^init/(world|commands)/", "^init/contract/http\\.ts$", "^presets/"] },
    },
    {
      name: "core-names-no-preset",
      comment:
        "the core gets its types of workloads from two lists; a new type is a folder and a line in each list",
      severity: "error",
      from: { path: "^(webhook|init|build)/" },
      to: { path: "^presets/[^/]+/" },
    },
    {
      name: "commands-of-presets-run-outside-of-pods",
      comment:
        "a command on an administrator's machine needs neither the server nor the cluster nor the runner",
      severity: "error",
      from: { path: "^presets/[^/]+/cli/" },
      to: {
        path: ["^(webhook|init|presets|build|test)/"],
        pathNot: ["^webhook/cli/(ending|options)\\.ts$", "^init/contract/", "^presets/[^/]+/(cli|contract)/"],
      },
    },
    {
      name: "presets-are-strangers",
      comment: "code that two types share belongs to the core",
      severity: "error",
      from: { path: "^presets/([^/]+)/" },
      to: { path: "^presets/", pathNot: "^presets/$1/" },
    },
    {
      name: "members-know-only-their-ports",
      comment:
        "like the engine, they get files, processes and networks as arguments; command.ts is the entry point for administrators",
      severity: "error",
      from: { path: "^presets/ozone-om/runner/", pathNot: "/command\\.ts$" },
      to: {
        path: [
          "^init/(world|commands)/",
          "^init/contract/http\\.ts$",
          "^(node:)?(fs|net|http|https|child_process|process)(/|$)",
        ],
      },
    },
    {
      name: "presets-are-loaded-late",
      comment: "most pods need no preset",
      severity: "error",
      from: { path: "^(init/|presets/runner\\.ts$)" },
      to: { path: "^presets/[^/]+/", dynamic: false, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "world-knows-the-ports-and-their-words",
      comment:
        "the implementations decide nothing: of the engine they may use the ports and the formatting of messages",
      severity: "error",
      from: { path: "^init/world/" },
      to: {
        path: "^init/",
        pathNot: "^init/(world|contract)/|^init/engine/(ports|ringPorts|failure)\\.ts$",
      },
    },
    {
      name: "s3-client-in-the-world-only",
      comment: "count.ts is not part of Rollcall, but the application of an e2e suite",
      severity: "error",
      from: {
        path: "^(webhook|init|presets|build|test)/",
        pathNot: "^(init/world/|test/e2e/suites/release/count\\.ts$)",
      },
      to: { path: "node_modules/@(aws-sdk|smithy)/" },
    },
    {
      name: "s3-client-is-loaded-late",
      comment: "it is larger than the rest of the runner, and most plans do not need it",
      severity: "error",
      from: { path: "^(init|presets)/", pathNot: "^init/world/(openObjects\\.ts|tree\\.ts|s3/)" },
      to: { path: "^init/world/(openObjects\\.ts|s3/)", dynamic: false },
    },
    {
      name: "tests-are-not-imported",
      severity: "error",
      comment: "build/docs.ts writes docs/denials.md from the test cases of the guard",
      from: { path: "^(webhook|init|presets|build)/", pathNot: "^build/docs\\.ts$" },
      to: { path: "^test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    moduleSystems: ["es6"],
  },
};
