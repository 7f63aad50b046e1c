// Parses the arguments of the npm scripts; otherwise prints help (exit code 0) or usage (2).
import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * @param help printed for --help, and after an error
 * @returns the options, or the exit code if there is nothing to do
 */
export function parseOptions<T extends NonNullable<ParseArgsConfig["options"]>>(
  name: string,
  help: string,
  options: T,
  words: readonly string[],
) {
  const all = { ...options, help: { type: "boolean", short: "h", default: false } } as const;
  try {
    const { values } = parseArgs({ args: [...words], options: all });
    if (!("help" in values && values.help === true)) return values;
    console.log(help);
    return 0;
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
}
