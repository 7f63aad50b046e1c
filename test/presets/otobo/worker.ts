// Runs command lines of `otobo …` for steps.test.ts, one after the other in one unprivileged process: starting a
// process for each of a hundred commands would take most of the test's time.
import { executeOtoboCommand } from "../../../presets/otobo/runner/command.ts";
import type { WorkerRequest } from "./run.ts";

process.on("message", ({ argv, env }: WorkerRequest) => {
  let output = "";
  const say = (line: string): void => {
    output += `${line}\n`;
  };
  void executeOtoboCommand(argv, { env, stop: new AbortController().signal, say }).then(
    (result) => {
      if ("foreign" in result) throw new Error("these steps have no plan");
      const why = "wrong" in result ? result.wrong : result.why;
      if (why !== null) say(why);
      process.send?.({ code: "wrong" in result ? 2 : why === null ? 0 : 1, output });
    },
    (error: unknown) => process.send?.({ code: null, output: `${output}${String(error)}` }),
  );
});
