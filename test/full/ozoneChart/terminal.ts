// A user's terminal: a copy of manifests/examples/ozone/helm, and the commands of docs/ozone-helm.md, run as printed.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parse, stringify } from "yaml";
import { findCodeBlocks, readPage } from "../../docs/markdown.ts";
import { ensureTool } from "../../e2e/cluster/provider.ts";
import type { Access } from "../../e2e/harness/kubectl.ts";
import { CLI } from "../../programs.ts";
import { type CliResult, REPOSITORY_ROOT, runProgram } from "../../webhook/cli/cli.ts";
import { readChartPath } from "./chart.ts";

const PAGE = "docs/ozone-helm.md";
const EXAMPLE = join(REPOSITORY_ROOT, "manifests/examples/ozone/helm");

/** For one block: a rolling restart of seven members on a busy machine. */
const BLOCK_TIMEOUT_MS = 2_400_000;

/** What is done to the commands before they are run, such as another number of replicas. */
export type CommandChange = (commands: string) => string;

export interface Terminal {
  /** runs the page's only block with this text; @throws unless it exits with 0 */
  follow(text: string, change?: CommandChange): Promise<CliResult>;
  /** runs commands of the reader's own, and accepts any exit code */
  try(commands: string): Promise<CliResult>;
  /** edits the copy of values.yaml */
  editValues(edit: (values: ChartValues) => void): Promise<void>;
  /** writes the profile that the page shows over the example's */
  takeProfileOfPage(): Promise<void>;
  /** blocks that say that this suite runs them, and that were not run */
  listUnfollowed(): string[];
  close(): Promise<void>;
}

export interface ChartValues {
  image?: { tag: string };
  om: { replicas: number; env?: { name: string; value: string }[]; resources?: unknown };
  scm: { resources?: unknown };
  datanode: { replicas?: number };
  s3g?: { replicas: number };
}

export interface TerminalInput {
  readonly access: Access;
  readonly helm: "helm3" | "helm4";
  /** the path of the calling suite, as the page's blocks name it */
  readonly suite: string;
}

/** Opens a terminal with kubectl, rollcall, and a Helm with no other settings than the page's. */
export async function openTerminal({ access, helm, suite }: TerminalInput): Promise<Terminal> {
  const blocks = findCodeBlocks(PAGE, await readPage(PAGE));
  const followed = new Set<number>();
  const folder = await mkdtemp(join(tmpdir(), "rollcall-ozone-chart-"));
  const example = join(folder, "helm");
  await cp(EXAMPLE, example, { recursive: true });
  const bin = join(folder, "bin");
  await mkdir(bin);
  const place = (name: string, command: string): Promise<void> =>
    writeFile(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  await place("rollcall", `'${process.execPath}' '${CLI}'`);
  await place("kubectl", `'${access.kubectl}'`);
  await place("helm", `'${await ensureTool(helm)}'`);
  const env = {
    PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
    KUBECONFIG: access.kubeconfig,
    HOME: folder,
    TMPDIR: folder,
    HELM_CACHE_HOME: join(folder, "cache"),
    HELM_CONFIG_HOME: join(folder, "config"),
    HELM_DATA_HOME: join(folder, "data"),
  };

  const adapt: CommandChange = (commands) => {
    const located = commands.replace(/\bCHART\b/g, `'${readChartPath()}'`);
    // as the page says
    return helm === "helm4"
      ? located.replaceAll("--post-renderer ./post-render.sh", "--post-renderer rollcall-ozone")
      : located;
  };

  async function run(commands: string): Promise<CliResult> {
    const script = adapt(commands).trim();
    console.log(script.replace(/^/gm, "      $ "));
    const said = await runProgram("bash", ["--norc", "-eu", "-o", "pipefail", "-c", script], {
      cwd: example,
      env,
      timeoutMs: BLOCK_TIMEOUT_MS,
    });
    const output = `${said.stdout}${said.stderr}`.trim();
    const shown = output.split("\n").filter((line) => /warning|error|denied|rollcall:/i.test(line));
    if (shown.length > 0) console.log(shown.join("\n").replace(/^/gm, "      | "));
    return said;
  }

  return {
    try: run,
    async follow(text, change = (commands) => commands) {
      const found = blocks.filter((block) => block.language === "sh" && block.text.includes(text));
      const [block] = found;
      assert.ok(block !== undefined && found.length === 1, `${found.length} blocks of ${PAGE} have ${text}`);
      followed.add(block.line);
      const said = await run(change(block.text));
      assert.equal(said.code, 0, `${PAGE}:${block.line}\n${said.stdout}${said.stderr}`);
      return said;
    },
    async editValues(edit) {
      const file = join(example, "values.yaml");
      const values = parse(await readFile(file, "utf8")) as ChartValues;
      edit(values);
      await writeFile(file, stringify(values));
    },
    async takeProfileOfPage() {
      const profile = blocks.find(({ marks }) => marks.get("file") === "profile.yaml");
      assert.ok(profile !== undefined, `${PAGE} shows no profile`);
      await writeFile(join(example, "profile.yaml"), profile.text);
    },
    listUnfollowed: () =>
      blocks
        .filter(({ marks, line }) => marks.get("run") === suite && !followed.has(line))
        .map(({ line }) => `${PAGE}:${line}`),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const REQUESTS = { requests: { cpu: "50m", memory: "512Mi" }, limits: { memory: "2Gi" } };

/** Values for a cluster of the tests: the image that is loaded there, and no components beside SCM and the ring. */
export function makeSmall(values: ChartValues): void {
  values.image = { tag: "2.2.0" };
  values.datanode.replicas = 0;
  values.s3g = { replicas: 0 };
  // without a request the pods get next to nothing of a busy machine, and fail the chart's liveness probe of one second
  values.om.resources = REQUESTS;
  values.scm.resources = REQUESTS;
  // the client makes many
  values.om.env = [{ name: "OZONE-SITE.XML_ozone.om.user.max.volume", value: "100000" }];
}
