// `rollcall otobo adopt PATH`: a profile for an installation of docker-compose, from the volume of its /opt/otobo.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Document, stringify } from "yaml";
import { BadInput, CLI_EXIT, type CliExit } from "../../../../webhook/cli/ending.ts";
import { LOCAL_FILE_KINDS, LOCAL_FILES } from "../../contract/localFiles.ts";
import { type AdoptedInstallation, buildAdopted } from "./buildProfile.ts";
import { type ParsedConfig, parseConfig } from "./parseConfig.ts";
import { listVolumeFiles, readVolumeFile, type VolumeFiles } from "./volume.ts";

const HELP = `rollcall otobo adopt PATH [options]: print a RollcallProfile for an installation of docker-compose

  PATH                  the folder with its /opt/otobo, such as that of the volume opt_otobo
      --name NAME       the name of the profile (default: helpdesk)
  -n, --namespace NS    the namespace of the pods (default: default)
      --secrets FILE    where to write the Secrets, with mode 0600 (default: otobo-secrets.yaml). An existing file is not
                        overwritten

It reads only, and runs nothing: Kernel/Config.pm is Perl, and is read as text. The profile is printed to standard output;
what it does not contain and what would be lost, to standard error. Secret values are in the file alone.
`;

const CONFIG = "Kernel/Config.pm";
const MAX_CONFIG = 1024 * 1024;
const MAX_DEPLOYED = 16 * 1024 * 1024;
/** Lines of Config.pm that are named. */
const MAX_LINES = 100;

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  name: { type: "string", default: "helpdesk" },
  namespace: { type: "string", short: "n", default: "default" },
  secrets: { type: "string", default: "otobo-secrets.yaml" },
} as const;

export async function adopt(argv: readonly string[]): Promise<CliExit> {
  const { values, positionals } = parseWords(argv);
  if (values.help) {
    process.stdout.write(HELP);
    return CLI_EXIT.ok;
  }
  const [root, ...others] = positionals;
  if (root === undefined || others.length > 0) throw new BadInput("otobo adopt takes one folder; see --help");
  const version = await readVersion(root);
  const config = await readConfig(root);
  const { name, namespace, secrets } = values;
  const adopted = buildAdopted({
    name,
    namespace,
    settings: config.settings,
    config: findAddedConfig(config),
  });
  const files = await listVolumeFiles(root);
  await writeSecrets(secrets, namespace, adopted.secrets);
  process.stdout.write(formatProfile(adopted, version));
  process.stderr.write(formatReport({ adopted, config, files, secrets, version }));
  return CLI_EXIT.ok;
}

function parseWords(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new BadInput(
      `${error instanceof Error ? error.message.split(". To specify")[0] : String(error)}; see --help`,
    );
  }
}

async function readVersion(root: string): Promise<string> {
  const read = await readVolumeFile(root, "RELEASE", 4096);
  if ("why" in read)
    throw new BadInput(`${root} is not the /opt/otobo of an installation: RELEASE ${read.why}`);
  return /^VERSION\s*=\s*([\w.]{1,20})\s*$/m.exec(read.text)?.[1] ?? "of an unknown version";
}

async function readConfig(root: string): Promise<ParsedConfig> {
  const read = await readVolumeFile(root, CONFIG, MAX_CONFIG);
  if ("why" in read) throw new BadInput(`${root}/${CONFIG} ${read.why}`);
  const template = await readVolumeFile(root, "Kernel/Config.pm.docker.dist", MAX_CONFIG);
  const parsed = parseConfig(read.text, "text" in template ? template.text : "");
  // what was set in System Configuration; Config.pm wins
  const deployed = await readVolumeFile(root, "Kernel/Config/Files/ZZZAAuto.pm", MAX_DEPLOYED);
  const storage =
    "text" in deployed
      ? /::ArticleStorage'\} {1,8}= {1,8}'([\w:]{1,200})'/.exec(deployed.text)?.[1]
      : undefined;
  if (storage === undefined) return parsed;
  const key = "Ticket::Article::Backend::MIMEBase::ArticleStorage";
  return { ...parsed, settings: new Map([[key, storage], ...parsed.settings]) };
}

const findAddedConfig = ({ unknown, rest }: ParsedConfig): string | null =>
  unknown.length === 0 ? null : rest;

async function writeSecrets(
  file: string,
  namespace: string,
  secrets: Record<string, Record<string, string>>,
): Promise<void> {
  const documents = Object.entries(secrets).map(([name, stringData]) =>
    stringify({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData }),
  );
  try {
    // not through a link either: O_EXCL does not follow one
    await writeFile(file, documents.join("---\n"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new BadInput(
      isThere
        ? `${file} exists and is not overwritten; name another file with --secrets`
        : `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function formatProfile({ profile }: AdoptedInstallation, version: string): string {
  const document = new Document({ apiVersion: "rollcall.dev/v1alpha1", kind: "RollcallProfile", ...profile });
  document.commentBefore = ` From an installation of OTOBO ${version}, by rollcall otobo adopt.`;
  return document.toString();
}

interface Report {
  adopted: AdoptedInstallation;
  config: ParsedConfig;
  files: VolumeFiles;
  secrets: string;
  version: string;
}

function formatReport({ adopted, config, files, secrets, version }: Report): string {
  const lines = [
    `OTOBO ${version}. The Secrets ${Object.keys(adopted.secrets).join(", ")} are in ${secrets}; keep that file out of repositories.`,
    "Packages, settings, ACLs, processes and translations are in the database: load its dump.",
    ...listSection("To look at:", adopted.notes),
    ...listSection(
      `Carried over from ${CONFIG} into the Secret otobo-config, and not understood:`,
      listLines(config),
    ),
    ...listSection("Would be lost:", listLost(files)),
    ...listSection("Not looked at:", files.skipped),
  ];
  return `${lines.join("\n")}\n`;
}

const listSection = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];

function listLines({ unknown, isCut }: ParsedConfig): string[] {
  const lines = unknown.slice(0, MAX_LINES).map(({ line, what }) => `line ${line}: ${what}`);
  const more = unknown.length - lines.length;
  return [
    ...lines,
    ...(more > 0 ? [`and ${more} more lines`] : []),
    ...(isCut ? ["everything after __END__ or __DATA__ is left out: Perl ignores it"] : []),
  ];
}

function listLost({ groups }: VolumeFiles): string[] {
  return LOCAL_FILE_KINDS.filter((kind) => kind !== "generated").flatMap((kind) => {
    const group = groups.get(kind);
    if (group === undefined) return [];
    const more = group.count - group.names.length;
    const { title, advice } = LOCAL_FILES[kind];
    const note = kind === "other" ? "; those of packages are restored from the database" : "";
    return [
      `${title}: ${group.count}; ${advice}${note}`,
      ...group.names.map((name) => `  ${name}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ];
  });
}
