// The way from a network namespace, which has only its own loopback, to the stand-in for the API server: a program in the
// namespace accepts connections at the stand-in's address and passes them to its Unix socket.
import { quoteShellWord } from "../../scaleDown/commands.ts";

export interface RelayTarget {
  /** the folder of the stand-in's Unix socket; a path relative to it is never too long */
  readonly folder: string;
  readonly socket: string;
  readonly port: number;
}

/** Written for `node -e`, since the installed command is one file. */
const PROGRAM = `
const net = require("node:net");
const [socket, port] = process.argv.slice(1);
net.createServer((near) => {
  const far = net.connect(socket);
  const end = () => { near.destroy(); far.destroy(); };
  near.on("error", end).pipe(far);
  far.on("error", end).pipe(near);
}).listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\\n"));
`;

/**
 * Shell lines that start the program and wait until it accepts connections. It keeps its working directory when the root
 * changes, and ends with the process namespace.
 * @param fifo a path at which a named pipe can be created
 */
export function buildRelayLines({ folder, socket, port }: RelayTarget, fifo: string): string[] {
  const [pipe, node, program] = [fifo, process.execPath, PROGRAM].map(quoteShellWord);
  return [
    `cd ${quoteShellWord(folder)}`,
    `mkfifo ${pipe}`,
    `${node} -e ${program} -- ${quoteShellWord(socket)} ${port} > ${pipe} 3>&- &`,
    `read -r answer < ${pipe}`,
    `rm ${pipe}`,
    "cd /",
  ];
}
