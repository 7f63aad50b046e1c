// Options that several commands share, parsed by node's own parser.
import { type ParseArgsConfig, parseArgs } from "node:util";
import { BadInput } from "./ending.ts";

export const FILE_OPTIONS = {
  filename: { type: "string", short: "f" },
  profiles: { type: "string" },
  namespace: { type: "string", short: "n" },
  output: { type: "string", short: "o" },
  help: { type: "boolean", short: "h" },
} as const;

export const FILE_HELP = `  -f, --filename FILE   a file, a folder, or - for standard input; several documents are fine
      --profiles FILE   a file or folder with RollcallProfiles; without it they are looked for among the
                        documents of -f
  -n, --namespace NS    for objects that name none (default: default)`;

/** Parses a command's words; unknown ones are bad input. */
export function parseWords<T extends NonNullable<ParseArgsConfig["options"]>>(
  argv: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split(". To specify")[0] ?? "") : String(error);
    throw new BadInput(`${why}; see --help`);
  }
}

/** One of the formats that a command knows. */
export function parseFormat<F extends string>(said: string | undefined, formats: readonly [F, ...F[]]): F {
  if (said === undefined) return formats[0];
  const format = formats.find((each) => each === said);
  if (format === undefined)
    throw new BadInput(`-o takes ${formats.join(" or ")}, not ${JSON.stringify(said)}`);
  return format;
}
