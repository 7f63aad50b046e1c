// `rollcall schema`: the JSON Schema of profiles.yaml.
import { z } from "zod";
import { profilesFile } from "../profiles/schema.ts";
import { CLI_EXIT, type CliExit } from "./ending.ts";
import { formatOf, parseWords } from "./options.ts";

const HELP = `rollcall schema: prints the JSON Schema of profiles.yaml

An editor with a YAML language server checks and completes against it with the first line
  # yaml-language-server: $schema=rollcall.schema.json
`;

export async function schema(argv: readonly string[]): Promise<CliExit> {
  const { help, output } = parseWords(argv, {
    help: { type: "boolean", short: "h" },
    output: { type: "string", short: "o" },
  });
  formatOf(output, ["json"]);
  process.stdout.write(
    help ? HELP : `${JSON.stringify(z.toJSONSchema(profilesFile, { io: "input" }), null, 2)}\n`,
  );
  return CLI_EXIT.ok;
}
