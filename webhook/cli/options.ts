// Options that several commands share.
import { type ParseArgsConfig, parseArgs } from "node:util";
import { BadInput } from "./ending.ts";

export const FILE_OPTIONS = {
  filename: { type: "string", short: "f" },
  profiles: { type: "string" },
  namespace: { type: "string", short: "n" },
  output: { type: "string", short: "o" },
  help: { type: "boolean", short: "h" },
} as const;

export const FILE_HELP = `  -f, --filename FILE   a file, a folder, or - for standard input; may hold several documents
      --profiles FILE   a file or folder with RollcallProfiles (default: the documents of -f)
  -n, --namespace NS    the namespace of objects without one (default: default)`;

/** @throws BadInput for an unknown option */
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

/** Parses --output; by default the first format. */
export function parseFormat<F extends string>(text: string | undefined, formats: readonly [F, ...F[]]): F {
  if (text === undefined) return formats[0];
  const format = formats.find((each) => each === text);
  if (format === undefined)
    throw new BadInput(`-o takes ${formats.join(" or ")}, not ${JSON.stringify(text)}`);
  return format;
}
