// Parses the command line into a request or an error. Pure.
import { parseArgs } from "node:util";
import { TEST_TOOL_NAMES } from "./image/pins.ts";

export const CLUSTER_HELP = `Usage: npm run cluster -- COMMAND [OPTIONS]

A real Kubernetes cluster for the tests of this checkout: kind, with Docker or with podman.

  up          start the cluster, building what is missing; prints the KUBECONFIG to use
  down        remove the cluster and everything it changed on this machine
  status      show the cluster's state
  image       build or pull the node image and the programs, start nothing
  tools       build the programs of other tests: all, or those named of actionlint, helm3, helm4
  load FILE   load an OCI or docker archive into the node

  --client-certificate   up: the API server shows the webhook a client certificate
                         (docs/threat-model.md); a cluster without one is replaced
  --install              install missing packages and Go, as root (as ROLLCALL_INSTALL=1 does)
  -o json                status as one JSON document
  --help                 this text

ROLLCALL_KUBERNETES=1.33 or 1.30 chooses an older Kubernetes than 1.37.
Exit codes: 0 success, 1 failure, 2 usage error. Progress goes to stderr.
Your own kubectl context is never changed: eval "$(npm run -s cluster -- up)"
`;

const COMMANDS = ["up", "down", "status", "image", "tools", "load"] as const;
type CommandName = (typeof COMMANDS)[number];

/** The parsed request. */
export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly message: string }
  | {
      readonly kind: "run";
      readonly command: CommandName;
      readonly operands: readonly string[];
      readonly install: boolean;
      readonly json: boolean;
      readonly clientCertificate: boolean;
    };

/** Reads the arguments after the program's name. */
export function parseRequest(args: readonly string[]): Request {
  const options = {
    help: { type: "boolean", short: "h", default: false },
    install: { type: "boolean", default: false },
    "client-certificate": { type: "boolean", default: false },
    output: { type: "string", short: "o" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return { kind: "help" };
    if (values.output !== undefined && values.output !== "json")
      return usage(`-o takes json, not ${values.output}`);
    return request(positionals, {
      install: values.install,
      json: values.output === "json",
      clientCertificate: values["client-certificate"],
    });
  } catch (error) {
    // Only the first sentence states the fault; Node.js adds advice on syntax.
    return usage(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
}

interface Flags {
  readonly install: boolean;
  readonly json: boolean;
  readonly clientCertificate: boolean;
}

function request(words: readonly string[], flags: Flags): Request {
  const [name, ...operands] = words;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return usage(name === undefined ? "no command" : `no such command: ${name}`);
  const fault = findOperandFault(command, operands);
  if (fault !== null) return usage(fault);
  if (flags.json && command !== "status") return usage("-o json is for status");
  if (flags.clientCertificate && command !== "up") return usage("--client-certificate is for up");
  return { kind: "run", command, operands, ...flags };
}

function findOperandFault(command: CommandName, operands: readonly string[]): string | null {
  if (command === "tools") {
    const unknown = operands.find((operand) => !TEST_TOOL_NAMES.some((tool) => tool === operand));
    return unknown === undefined ? null : `no such tool: ${unknown}; there are ${TEST_TOOL_NAMES.join(", ")}`;
  }
  const expected = command === "load" ? 1 : 0;
  if (operands.length < expected) return "load needs a FILE: an OCI or docker archive";
  return operands.length > expected ? `${command} does not take ${operands[expected]}` : null;
}

const usage = (message: string): Request => ({ kind: "usage", message });
