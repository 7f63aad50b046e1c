// The rooms of DESIGN and the arrows between them: shell to pure, pure to contract, never back.
const rooms = (...names) => `^webhook/(${names.join("|")})/`;
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "admission-knows-the-protocol-only",
      comment:
        "webhook/admission is the Kubernetes admission protocol; of ours it has only the plain readers of JSON and the gate",
      severity: "error",
      from: { path: rooms("admission") },
      to: {
        path: "^(webhook|init|build)/",
        pathNot: ["^webhook/admission/", "^init/contract/(shape|gate)\\.ts$"],
      },
    },
    {
      name: "decisions-are-pure",
      comment: "inject and guard take plain data: no server, cluster, certificates, files or processes",
      severity: "error",
      from: { path: rooms("inject", "guard") },
      to: {
        path: [
          rooms("server", "tls", "cluster", "cli", "evidence"),
          "^webhook/main",
          "^(node:)?(fs|net|http|https|child_process|process)(/|$)",
        ],
      },
    },
    {
      name: "evidence-asks-through-its-port",
      comment:
        "the API server comes as an argument (evidence/asks.ts), so that what is unknown can be tested",
      severity: "error",
      from: { path: rooms("evidence") },
      to: { path: [rooms("cluster"), "node_modules/@kubernetes/"] },
    },
    {
      name: "nothing-below-imports-the-shell",
      severity: "error",
      from: { path: rooms("profiles", "inject", "guard", "policies", "evidence") },
      to: { path: rooms("server", "cli", "tls") },
    },
    {
      name: "webhook-knows-of-init-only-its-contract",
      severity: "error",
      from: { path: "^webhook/" },
      to: { path: "^init/", pathNot: "^init/contract/" },
    },
    {
      name: "init-stands-alone",
      severity: "error",
      from: { path: "^init/" },
      to: { path: "^(webhook|build|test)/" },
    },
    {
      name: "contract-is-the-bottom",
      severity: "error",
      from: { path: "^init/contract/" },
      to: { path: "^init/", pathNot: "^init/contract/" },
    },
    {
      name: "engine-knows-only-its-ports",
      comment: "files, processes and networks come to the engine as arguments",
      severity: "error",
      from: { path: "^init/engine/" },
      to: { path: "^init/(world|commands|otobo|ozone)/" },
    },
    {
      name: "presets-know-only-their-ports",
      comment: "what is real comes to them as to the engine, as arguments",
      severity: "error",
      from: { path: "^init/ozone/" },
      to: { path: ["^init/(world|commands)/", "^(node:)?(fs|net|http|https|child_process|process)(/|$)"] },
    },
    {
      name: "presets-are-loaded-late",
      comment: "most pods have none; a preset's own command is part of it, and is loaded late too",
      severity: "error",
      from: { path: "^init/", pathNot: "^init/(otobo|ozone|world)/|^init/commands/(otobo|om)\\.ts$" },
      to: {
        path: "^init/(otobo|ozone)/|^init/commands/(otobo|om)\\.ts$",
        dynamic: false,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "world-knows-the-ports-and-their-words",
      comment: "what is real decides nothing: of the engine it has the ports and how things are said",
      severity: "error",
      from: { path: "^init/world/" },
      to: {
        path: "^init/",
        pathNot: "^init/(world|contract)/|^init/engine/(ports|reason|failure)\\.ts$|^init/ozone/ports\\.ts$",
      },
    },
    {
      name: "s3-client-in-the-world-only",
      comment: "count.ts is no part of Rollcall: it is the application of an e2e suite",
      severity: "error",
      from: {
        path: "^(webhook|init|build|test)/",
        pathNot: "^(init/world/|test/e2e/suites/release/count\\.ts$)",
      },
      to: { path: "node_modules/@(aws-sdk|smithy)/" },
    },
    {
      name: "s3-client-is-loaded-late",
      comment: "it is larger than the rest of the runner, and most plans do not need it",
      severity: "error",
      from: { path: "^init/", pathNot: "^init/world/(objects\\.ts|tree\\.ts|s3/)" },
      to: { path: "^init/world/(objects\\.ts|s3/)", dynamic: false },
    },
    {
      name: "runner-has-no-heavy-client",
      comment: "the runner starts in every pod: its calls to the API server are plain HTTPS",
      severity: "error",
      from: { path: "^init/" },
      to: { path: "node_modules/@kubernetes/client-node" },
    },
    {
      name: "tests-are-not-imported",
      severity: "error",
      from: { path: "^(webhook|init|build)/" },
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
