// Where this runner lies: beside node, its libraries and its modules.
import { dirname } from "node:path";

/** The folder of the program that was started. Its modules are below it, so no import.meta.url says where it is. */
export const getRunnerFolder = (): string => dirname(process.argv[1] ?? "");
