// The folder of this runner, which also contains node, its libraries and its modules.
import { dirname } from "node:path";

/** The folder of the started program. import.meta.url would give the folder of a module below it. */
export const getRunnerFolder = (): string => dirname(process.argv[1] ?? "");
