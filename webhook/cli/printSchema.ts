// `rollcall schema`: JSON Schemas of profiles, and of what the runner writes.
import * as z from "zod";
import { profileDocument } from "../profiles/schema.ts";
import { BadInput, CLI_EXIT, type CliExit } from "./ending.ts";
import { parseFormat, parseWords } from "./options.ts";
import { marker, record } from "./writtenSchemas.ts";

const HELP = `rollcall schema [--of profile|marker|record]: print a JSON Schema

  profile    a RollcallProfile; for completion in an editor with a YAML language server, start the file with
             # yaml-language-server: $schema=rollcall.schema.json
  marker     the marker that the runner keeps on a pod's volume or in S3
  record     the annotation rollcall.dev/record of the Lease rollcall-record-STATEFULSET
`;

const SCHEMAS = {
  profile: () => z.toJSONSchema(profileDocument, { io: "input" }),
  marker: () => z.toJSONSchema(marker),
  record: () => z.toJSONSchema(record, { io: "input" }),
} as const;

export async function printSchema(argv: readonly string[]): Promise<CliExit> {
  const { help, output, of } = parseWords(argv, {
    help: { type: "boolean", short: "h" },
    output: { type: "string", short: "o" },
    of: { type: "string", default: "profile" },
  });
  parseFormat(output, ["json"]);
  process.stdout.write(help ? HELP : `${JSON.stringify(buildNamedSchema(of), null, 2)}\n`);
  return CLI_EXIT.ok;
}

function buildNamedSchema(name: string): unknown {
  const names = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];
  const found = names.find((each) => each === name);
  if (found === undefined) throw new BadInput(`--of takes ${names.join(", ")}, not ${JSON.stringify(name)}`);
  return SCHEMAS[found]();
}
