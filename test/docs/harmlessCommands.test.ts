// docs/scale-down.md says of each command that a denial prints whether it is harmless.
import assert from "node:assert/strict";
import { readSetState } from "../../webhook/scaleDown/setState.ts";
import {
  judge,
  loadCaseProfiles,
  type NamedCase,
  readScaleDownCases,
} from "../webhook/scaleDown/language/judge.ts";
import { buildCaseRequest } from "../webhook/scaleDown/language/setOf.ts";
import { readPage } from "./markdown.ts";

/** The fields of a patch that decide what it does. */
const PATCHED = /whenScaled|whenDeleted|updateStrategy|ordinals|publishNotReadyAddresses|ownerReferences/g;

/** What the first cell of a command's row must have. @param present the replicas of the StatefulSet as it is */
function describeCommand(command: string, present: number): string[] {
  const [, words = ""] = /^kubectl (?:-n \S+ )?(.*)$/.exec(command) ?? [];
  const [verb = "", what = ""] = words.split(" ");
  switch (verb) {
    case "get":
      return ["`kubectl get`"];
    case "describe":
    case "logs":
      return [`\`${verb}\``];
    case "auth":
    case "create":
    case "delete":
    case "edit":
      return [`${verb} ${what}`];
    case "exec":
      return [words.replace(/^.* -- \/rollcall\/(rollcall drain|rollcall om \w+).*$/, "`$1")];
    case "annotate":
      return [/rollcall\.dev\/[-a-z]+[a-z]/.exec(words)?.[0] ?? words];
    case "scale": {
      const replicas = Number(/--replicas=(\d+)$/.exec(words)?.[1]);
      if (replicas === 0) return ["scale to 0"];
      return ["`kubectl scale`", replicas < present ? "smaller" : "larger"];
    }
    case "patch": {
      const fields = words.match(PATCHED) ?? [];
      assert.ok(fields.length > 0, `what does it patch? ${command}`);
      return [`kubectl patch ${what}`, ...new Set(fields)];
    }
    default:
      throw new Error(`no row is known for: ${command}`);
  }
}

const profiles = await loadCaseProfiles();

/** The denial, and the Event about a deletion by the garbage collector, which adds commands. */
async function listCommands(given: NamedCase): Promise<string[]> {
  const judged = await judge(given, profiles);
  const live = readSetState(buildCaseRequest(given).live, "shop");
  const event = judged?.outcome?.is === "held" && "state" in live ? judged.outcome.confirm(live.state) : null;
  const text = `${judged?.answer.status?.message ?? ""}\n${event?.message ?? ""}`;
  return [...text.matchAll(/^ {2}(kubectl .*)$/gm)].map(([, command = ""]) => command);
}

describe("the tables of harmless commands", () => {
  it("have a row for each command that a denial of a scale-down prints", async () => {
    const page = await readPage("docs/scale-down.md");
    const section = page.slice(page.indexOf("\n## Which commands are harmless\n"));
    const rows = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = ""]) => cell);
    const kinds = new Set<string>();
    const without = new Set<string>();
    for (const given of await readScaleDownCases()) {
      for (const command of await listCommands(given)) {
        const needed = describeCommand(command, given.before?.replicas ?? 1);
        kinds.add(needed.join(" "));
        if (!rows.some((cell) => needed.every((words) => cell.includes(words)))) without.add(command);
      }
    }
    assert.deepEqual([...without], []);
    assert.ok(kinds.size > 15, `only ${kinds.size} kinds of commands were found`);
  });
});
