// `rollcall doctor`: checks an installation of Rollcall on a live cluster.
import { stringify } from "yaml";
import { anything } from "../../../init/contract/shape.ts";
import { isObjectName } from "../../cluster/watchedObject.ts";
import { BadInput, CLI_EXIT, type CliExit } from "../ending.ts";
import { parseFormat, parseWords } from "../options.ts";
import { choosePaint } from "../terminal.ts";
import { createClusterReader, Unreadable } from "./clusterReader.ts";
import type { ProgramWords } from "./context.ts";
import { readExpectedObjects, withInstalledParts } from "./expected.ts";
import { formatDoctorReport } from "./formatDoctorReport.ts";
import { DOCTOR_HELP } from "./help.ts";
import { findInstallation } from "./installation.ts";
import { type KubeconfigAccess, readKubeconfigAccess } from "./kubeconfig.ts";
import type { CheckReport } from "./report.ts";
import { runChecks } from "./runChecks.ts";

const OPTIONS = {
  kubeconfig: { type: "string" },
  context: { type: "string" },
  system: { type: "string" },
  namespace: { type: "string", short: "n" },
  probe: { type: "boolean", default: false },
  print: { type: "string" },
  output: { type: "string", short: "o" },
  help: { type: "boolean", short: "h" },
} as const;

type DoctorWords = ReturnType<typeof parseWords<typeof OPTIONS>>;

export async function runDoctorCommand(argv: readonly string[]): Promise<CliExit> {
  const words = parseWords(argv, OPTIONS);
  if (words.help) {
    process.stdout.write(DOCTOR_HELP);
    return CLI_EXIT.ok;
  }
  const format = parseFormat(words.output, ["text", "json"]);
  checkNames(words);
  const access = await readKubeconfigAccess(words);
  if (words.print !== undefined) return printExpected(words, access, words.print);
  const { system, reports } = await runChecks(
    { ...words, program: chooseProgramWords(process.env["npm_command"]) },
    access,
  );
  const paint = choosePaint(process.stdout.isTTY === true, process.env["NO_COLOR"]);
  process.stdout.write(
    format === "json"
      ? `${JSON.stringify(toJsonDocument(access, system, reports), null, 2)}\n`
      : formatDoctorReport(reports, paint),
  );
  return chooseExit(reports);
}

/** @param npmCommand set to "exec" by npx */
const chooseProgramWords = (npmCommand: string | undefined): ProgramWords =>
  npmCommand === "exec" ? ["npx", "rollcall"] : ["rollcall"];

function checkNames({ system, namespace, probe }: DoctorWords): void {
  for (const [option, name] of [
    ["--system", system],
    ["--namespace", namespace],
  ] as const)
    if (name !== undefined && !isObjectName(name))
      throw new BadInput(`${option}: ${JSON.stringify(name)} is not the name of a namespace`);
  if (probe && namespace === undefined)
    throw new BadInput("--probe makes a pod: set --namespace to where it may be made");
}

function toJsonDocument(
  { server, context }: KubeconfigAccess,
  system: string | null,
  reports: readonly CheckReport[],
): unknown {
  const checks = reports.map(({ group, name, looksAt, status, message, findings }) => ({
    group,
    name,
    looksAt,
    status,
    message,
    findings,
  }));
  return { ok: chooseExit(reports) === CLI_EXIT.ok, server, context, system, checks };
}

function chooseExit(reports: readonly CheckReport[]): CliExit {
  if (reports.some(({ status }) => status === "fault")) return CLI_EXIT.no;
  return reports.some(({ status }) => status === "unknown") ? CLI_EXIT.unknown : CLI_EXIT.ok;
}

/** Prints an object of the base with the settings of the installation, which need not be complete, for `kubectl replace`. */
async function printExpected(words: DoctorWords, access: KubeconfigAccess, wanted: string): Promise<CliExit> {
  const reader = createClusterReader(access);
  const { namespace, controllerUsers } = await findInstallation(reader, words.system);
  const objects = await readExpectedObjects({ namespace, controllerUsers });
  // without images of your registry it could not start
  const printable = objects.filter(({ kind }) => kind !== "Deployment");
  const found = printable.find(({ kind, name }) => `${kind}/${name}` === wanted);
  if (found === undefined) {
    const names = printable.map(({ kind, name }) => `${kind}/${name}`).join(", ");
    throw new BadInput(`--print: there is no ${JSON.stringify(wanted)}, only ${names}`);
  }
  const installed = await reader.get(found.path, wanted, anything()).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error;
    process.stderr.write(
      `rollcall: ${error.message}; printed without labels, annotations and caBundle of the installed one\n`,
    );
    return null;
  });
  process.stdout.write(
    stringify(withInstalledParts(found.object, installed), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
      version: "1.1",
    }),
  );
  return CLI_EXIT.ok;
}
