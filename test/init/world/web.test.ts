// A member's web server over HTTPS with the cluster's own CA, and its faults: without proof that no server runs, the
// result is unclear.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agree } from "../../../init/contract/ring/agree.ts";
import { BEAN_QUERY, parseMemberStatus } from "../../../init/contract/ring/bean.ts";
import { computeGroupName } from "../../../init/contract/ring/group.ts";
import { openWeb } from "../../../init/world/openWeb.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";

const MIB = 1024 * 1024;
const BEAN = {
  Id: "om-0",
  Role: "   LEADER",
  LeaderId: "om-0",
  CurrentTerm: 3,
  GroupId: computeGroupName("omservice"),
  Followers: [],
};

describe("a query of a member's web server over HTTPS", () => {
  let folder = "";
  let server: Server;
  let url = "";
  let ca = "";
  let answer: (response: ServerResponse, path: string) => void;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-web-"));
    const certificate = await issueSelfSigned(["localhost"], new Date());
    ca = certificate.ca;
    server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) =>
      answer(response, request.url ?? ""),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
    await writeFile(join(folder, "ca.crt"), ca);
  });
  after(async () => {
    const closed = once(server.close(), "close");
    server.closeAllConnections();
    await closed;
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    answer = (response) => response.writeHead(200).end(JSON.stringify({ beans: [BEAN] }));
  });
  const caFile = (): string => join(folder, "ca.crt");

  it("returns the bean of a server with a certificate of the CA", async () => {
    let asked = "";
    answer = (response, path) => {
      asked = path;
      response.writeHead(200).end(JSON.stringify({ beans: [BEAN] }));
    };
    const told = await openWeb({ file: caFile() })(`${url}${BEAN_QUERY}`);
    assert.equal(asked, BEAN_QUERY);
    assert.ok(told.is === "answer");
    const ring = agree([{ id: "om-0", says: parseMemberStatus(told.body, "omservice") }]);
    assert.ok("known" in ring);
    assert.equal(ring.known.leader, "om-0");
  });

  it("is unclear without the CA, or with another one, and says what to check", async () => {
    await writeFile(join(folder, "other.crt"), (await issueSelfSigned(["x"], new Date())).ca);
    for (const file of [null, join(folder, "other.crt")]) {
      const told = await openWeb(file === null ? null : { file })(url);
      assert.ok(told.is === "unclear");
      assert.match(told.why, /^localhost:\d+: .*signed by a CA that is not trusted here/);
    }
  });

  it("uses a CA that is renewed in its file from the next call on", async () => {
    const file = join(folder, "renewed.crt");
    await writeFile(file, (await issueSelfSigned(["x"], new Date())).ca);
    const ask = openWeb(file === null ? null : { file });
    assert.equal((await ask(url)).is, "unclear");
    await writeFile(file, ca);
    assert.equal((await ask(url)).is, "answer");
  });

  it("is unclear for a certificate with another name", async () => {
    const told = await openWeb({ file: caFile() })(url.replace("localhost", "127.0.0.1"));
    assert.ok(told.is === "unclear");
    assert.match(told.why, /^127\.0\.0\.1:\d+: /);
  });

  it("is unclear and names the CA file if it does not exist", async () => {
    const told = await openWeb({ file: join(folder, "none.crt") })(url);
    assert.ok(told.is === "unclear");
    assert.match(told.why, /none\.crt/);
  });

  it("is unclear for plain HTTP if the server speaks TLS", async () => {
    assert.equal((await openWeb({ file: caFile() })(url.replace("https", "http"))).is, "unclear");
  });

  it("is unclear without an answer in time, and for more than 64 KiB", async () => {
    answer = () => undefined;
    const late = await openWeb({ file: caFile() }, 200)(url);
    assert.ok(late.is === "unclear");
    assert.match(late.why, /no complete answer within 0\.2 s/);
    answer = (response) => response.writeHead(200).end(Buffer.alloc(2 * MIB));
    const large = await openWeb({ file: caFile() })(url);
    assert.ok(large.is === "unclear");
    assert.match(large.why, /larger than 64 KiB/);
  });

  it("reports that no server runs if no process listens", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    await once(free.close(), "close");
    assert.equal((await openWeb({ file: caFile() })(`https://localhost:${port}`)).is, "silent");
  });

  it("treats a page that is not JSON as an answer, with its status", async () => {
    answer = (response) => response.writeHead(401).end("<html>log in</html>");
    assert.deepEqual(await openWeb({ file: caFile() })(url), {
      is: "answer",
      status: 401,
      body: "<html>log in</html>",
    });
  });
});
