// A stand-in for the web servers of a ring's members. It serves the recorded shapes
// (docs/research/ozone.md#members-over-http) for a ring that is described by data. Tests start it in their own process;
// in a pod it is a program that needs only node:
//   node standIn.mjs                  serves the member HOSTNAME on PORT (9874), with the state in STATE_FILE, if set
//   node standIn.mjs say '{"term":8}' changes the answers of the member in this pod
// The state is a State of standIn.d.mts.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";

const MOST_BYTES = 1024 * 1024;

/** "group-D66704EFC61C" for "omservice": Ratis prints the last digits of a name-based UUID, which is an MD5. */
export function groupOf(serviceId) {
  return `group-${createHash("md5").update(serviceId).digest("hex").slice(-12).toUpperCase()}`;
}

/** The answer of a member, with its changes in `says`. */
function lineOf({ leader, term, members, says = {} }, id) {
  const usual = { id, leader, term, role: id === leader ? "LEADER" : "FOLLOWER", members };
  const own = says[id];
  return typeof own === "object" ? { ...usual, ...own } : usual;
}

/** The Ratis bean of a member. */
export function ratisBean(state, memberId) {
  const { id, leader, term, role, members, group = groupOf(state.serviceId) } = lineOf(state, memberId);
  return {
    name: `Ratis:service=RaftServer,group=${group},id=${id}`,
    modelerType: "org.apache.ratis.server.impl.RaftServerJmxAdapter",
    Id: id,
    Role: role.padStart(9),
    LeaderId: leader,
    CurrentTerm: term,
    GroupId: group,
    Followers: role === "LEADER" ? members.filter((each) => each !== id).map(addressOf) : [],
    Groups: [group],
  };
}

const hostOf = (id) => `${id}.om.ozone.svc.cluster.local`;
const addressOf = (id) => `${id}|${hostOf(id)}:9872`;

/** The bean OzoneManagerInfo of a member, as in 2.2.0. */
function infoBean(state, memberId) {
  const { leader, members } = lineOf(state, memberId);
  const roleOf = (id) => (id === leader ? ["LEADER", "LEADER_AND_READY"] : ["FOLLOWER", "FOLLOWER"]);
  return {
    name: "Hadoop:service=OzoneManager,name=OzoneManagerInfo,component=ServerRuntime",
    Namespace: state.serviceId,
    RatisLogDirectory: "/data/metadata/om.ratis",
    RatisRoles: leader
      ? members.map((id) => [hostOf(id), id, "9872", ...roleOf(id)])
      : [["There is no leader among the Ozone Manager servers."]],
  };
}

function beansFor(state, id, query) {
  if (query.startsWith("Ratis:")) return [ratisBean(state, id)];
  if (query.startsWith("Hadoop:service=OzoneManager,name=OzoneManagerInfo")) return [infoBean(state, id)];
  return [];
}

/** Writes bytes for as long as the client reads. */
function flood(response, bytes, most) {
  let sent = 0;
  const more = () => {
    while (sent < most && !response.destroyed) {
      sent += bytes.length;
      if (!response.write(bytes)) return void response.once("drain", more);
    }
    if (sent >= most) response.end();
  };
  more();
}

const asJson = { "content-type": "application/json; charset=utf8" };

/** Misbehaviour instead of an answer, by the word in `says`. */
const MISBEHAVIOUR = {
  // accepts the connection and never answers
  silent: () => {},
  // sends a byte now and then, and never ends
  slow: ({ response }) => {
    response.writeHead(200, asJson);
    const timer = setInterval(() => response.write(" "), 50);
    response.once("close", () => clearInterval(timer));
  },
  cut: ({ response, answer }) => {
    response.writeHead(200, { ...asJson, "content-length": answer.length });
    response.write(answer.slice(0, answer.length / 2), () => response.destroy());
  },
  reset: ({ response }) => response.destroy(),
  "not-http": ({ response }) => response.socket.end("\x15\x03\x03\x00\x02\x02\x50"),
  garbage: ({ response }) => response.writeHead(200, asJson).end(Buffer.from([0, 255, 254, 123, 34, 200])),
  html: ({ response }) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html><body>sign in</body></html>"),
  empty: ({ response }) => response.writeHead(200, asJson).end('{"beans":[]}'),
  nan: ({ response, answer }) =>
    response.writeHead(200, asJson).end(answer.replace(/"CurrentTerm":\d+/, '"CurrentTerm":NaN')),
  "duplicate-keys": ({ response, answer }) =>
    response.writeHead(200, asJson).end(answer.replace('"Role"', '"Role":" FOLLOWER","Role"')),
  redirect: ({ response, request }) =>
    response.writeHead(302, { location: `http://${request.headers.host}/elsewhere` }).end(),
  unauthorized: ({ response }) => response.writeHead(401, { "www-authenticate": "Negotiate" }).end(),
  error: ({ response }) => response.writeHead(503).end("starting"),
  // a complete answer, padded beyond any reasonable limit
  huge: ({ response, answer }) => {
    response.writeHead(200, asJson).write(answer.slice(0, -1));
    response.write(',"padding":"');
    flood(response, Buffer.alloc(64 * 1024, "x"), 8 * MOST_BYTES);
  },
  endless: ({ response }) => {
    response.writeHead(200, asJson);
    flood(response, Buffer.alloc(64 * 1024, "["), Number.POSITIVE_INFINITY);
  },
};

function serveJmx(state, id, request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://member");
  // the target of the redirect, which answers as a healthy member
  if (pathname !== "/jmx" && pathname !== "/elsewhere") return response.writeHead(404).end();
  const query = pathname === "/elsewhere" ? "Ratis:" : (searchParams.get("qry") ?? "");
  const answer = JSON.stringify({ beans: beansFor(state, id, query) });
  const own = state.says?.[id];
  const misbehave = typeof own === "string" && pathname === "/jmx" ? MISBEHAVIOUR[own] : undefined;
  if (misbehave !== undefined) return misbehave({ request, response, answer });
  if (typeof own === "string" && pathname === "/jmx")
    return response.writeHead(500).end(`no such word: ${own}`);
  return response.writeHead(200, asJson).end(answer);
}

function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server.address().port));
  });
}

function close(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

/** Starts one member on `host`, over HTTPS with a certificate. `state` is called for each request. */
export async function startMember({ id, state, host, port = 0, certificate = null, onRequest = () => {} }) {
  const answer = (request, response) => {
    onRequest(request);
    serveJmx(state(), id, request, response);
  };
  const server = certificate === null ? createServer(answer) : createSecureServer(certificate, answer);
  return { port: await listen(server, port, host), close: () => close(server) };
}

async function textOf(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MOST_BYTES) throw new Error("too long");
  }
  return text;
}

/** GET returns the state of the member, POST changes the given parts. On the loopback interface only. */
function startControl(cell, port) {
  const server = createServer(async (request, response) => {
    try {
      if (request.method === "POST") cell.set(JSON.parse(await textOf(request)));
      response.writeHead(200, asJson).end(JSON.stringify(cell.get()));
    } catch (error) {
      response.writeHead(400).end(`${error}\n`);
    }
  });
  return listen(server, port, "127.0.0.1");
}

function stateIn(file) {
  return file === undefined ? {} : JSON.parse(readFileSync(file, "utf8"));
}

async function main([word, text]) {
  const { HOSTNAME: id, STATE_FILE, PORT = "9874", CONTROL_PORT = "9879" } = process.env;
  if (word === "say") {
    const answer = await fetch(`http://127.0.0.1:${CONTROL_PORT}/`, { method: "POST", body: text });
    console.log((await answer.text()).trim());
    process.exit(answer.ok ? 0 : 1);
  }
  // a ring of one by default
  const alone = { serviceId: "omservice", leader: id, term: 1, members: [id] };
  let said = {};
  const get = () => ({ ...alone, ...stateIn(STATE_FILE), ...said });
  await startControl({ get, set: (parts) => (said = { ...said, ...parts }) }, Number(CONTROL_PORT));
  await startMember({ id, state: get, host: undefined, port: Number(PORT) });
  console.log(`stand-in: member ${id} on port ${PORT}`);
  process.on("SIGTERM", () => process.exit(0));
}

if (import.meta.main) await main(process.argv.slice(2));
