// The S3 client, in addition to the table in test/init/world/s3: messages, keys, certificates, limits, timeouts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { S3Place } from "../../../init/contract/s3.ts";
import type { ObjectStore } from "../../../init/engine/ports.ts";
import { openObjects } from "../../../init/world/openObjects.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { type FaultProxy, type ProxyFault, startFaultProxy } from "./s3/faultProxy.ts";
import { KEY_ENV, KEY_NAMES, KEYS, placeAt, SHORT } from "./s3/place.ts";
import { type StandIn, startStandIn } from "./s3/standIn.ts";

const ALL_KEYS = { ...KEY_ENV, [KEY_NAMES.sessionToken]: KEYS.sessionToken };
const KEY = "demo/web/web-0.json";

/** The messages of a failed read and a failed write; neither contains a key. */
async function captureFailures(
  objects: ObjectStore,
): Promise<{ get: string; isTransient: boolean; put: string; ends: string }> {
  const got = await objects.get(KEY);
  const put = await objects.put(KEY, "{}", "absent");
  assert.ok(got.is === "failed", JSON.stringify(got));
  assert.ok(put.is === "failed", JSON.stringify(put));
  for (const value of Object.values(KEYS)) assert.ok(!`${got.why} ${put.why}`.includes(value), got.why);
  return { get: got.why, isTransient: got.isTransient, put: put.why, ends: put.ends };
}

describe("the S3 client", () => {
  let server: StandIn;
  let proxy: FaultProxy;
  let folder = "";
  before(async () => {
    server = await startStandIn();
    proxy = await startFaultProxy(server.url);
    folder = await mkdtemp(join(tmpdir(), "rollcall-s3-"));
  });
  beforeEach(() => {
    proxy.always(null);
    server.objects.clear();
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
    await rm(folder, { recursive: true });
  });
  const open = (
    changes: Partial<S3Place> = {},
    env: Record<string, string> = ALL_KEYS,
  ): Promise<ObjectStore> => openObjects(placeAt(proxy.url, changes), env, SHORT);

  describe("says what to check", () => {
    const echo = `${KEYS.accessKeyId} ${KEYS.secretAccessKey} ${KEYS.sessionToken}`;
    const CASES: readonly [string, Extract<ProxyFault, { is: "answer" }>, RegExp][] = [
      [
        "no right",
        { is: "answer", status: 403, code: "AccessDenied", message: "User x is not authorized" },
        /the answer is 403 AccessDenied, "User x is not authorized"; check that the user of the keys has s3:GetObject and s3:PutObject/,
      ],
      [
        "a wrong secret key",
        { is: "answer", status: 403, code: "SignatureDoesNotMatch" },
        /check the Secret/,
      ],
      [
        "an unknown access key",
        { is: "answer", status: 403, code: "InvalidAccessKeyId" },
        /does not know this access key/,
      ],
      [
        "an old session token",
        { is: "answer", status: 400, code: "ExpiredToken" },
        /has expired: renew it in the Secret/,
      ],
      [
        "a wrong clock",
        {
          is: "answer",
          status: 403,
          code: "RequestTimeTooSkewed",
          headers: { date: "Thu, 01 Jan 2026 00:00:00 GMT" },
        },
        /RequestTimeTooSkewed; check this node's clock: it differs from the server's by \d{4,} min/,
      ],
      [
        "another region",
        {
          is: "answer",
          status: 301,
          code: "PermanentRedirect",
          headers: { "x-amz-bucket-region": "eu-west-1" },
        },
        /another endpoint: check endpoint and region \(the server names the region eu-west-1\)/,
      ],
      [
        "a redirect",
        { is: "answer", status: 307, headers: { location: "http://127.0.0.1:1/" } },
        /307; the bucket is at another endpoint/,
      ],
      [
        "no conditional writes",
        { is: "answer", status: 501, code: "NotImplemented" },
        /does not support conditional writes/,
      ],
      [
        "plain HTTP to an HTTPS port",
        { is: "answer", status: 400, body: "Client sent an HTTP request" },
        /400; check endpoint \(http or https\)/,
      ],
      [
        "something that is no S3",
        { is: "answer", status: 404, body: "<html>" },
        /404; an S3 server would give a code/,
      ],
      ["a login page", { is: "answer", status: 401, body: "<html>" }, /401; check the keys/],
      [
        "a long answer in two lines that repeats the request",
        { is: "answer", status: 403, code: "AccessDenied", message: `${echo}\n${"long ".repeat(200)}` },
        /"\(key\) \(key\) \(key\) long [^\n]{100,300}\.\.\."; check/,
      ],
    ];
    for (const [what, fault, sentence] of CASES) {
      it(`for ${what}, without a retry`, async () => {
        proxy.always(() => fault);
        const why = await captureFailures(await open());
        assert.match(why.get, sentence);
        assert.match(why.put, sentence);
        assert.match(why.get, /^bucket boot at http:\/\/127\.0\.0\.1:\d+: /);
        assert.deepEqual([why.isTransient, why.ends], [false, "refused"]);
      });
    }

    it("for a refused connection, which is transient", async () => {
      const why = await captureFailures(await open({ endpoint: "http://127.0.0.1:1" }));
      assert.match(why.get, /connection refused \(ECONNREFUSED\)/);
      assert.deepEqual([why.isTransient, why.ends], [true, "unknown"]);
    });

    it("for a name that is not in DNS", async () => {
      const why = await captureFailures(await open({ endpoint: "http://s3.invalid:9000" }));
      assert.match(
        why.get,
        /^bucket boot at http:\/\/s3\.invalid:9000: (the name does not exist in DNS|DNS does not answer)/,
      );
      assert.deepEqual([why.isTransient, why.ends], [true, "unknown"]);
    });

    it("without the endpoint's user and password", async () => {
      const objects = await open({
        endpoint: proxy.url.replace("//", `//me:${encodeURIComponent(KEYS.secretAccessKey)}@`),
      });
      assert.equal(objects.where, `bucket boot at ${proxy.url}`);
      assert.equal((await objects.get(KEY)).is, "absent");
    });
  });

  describe("limits a call", () => {
    it("if the server accepts a connection and sends nothing", async () => {
      proxy.always(() => ({ is: "hang" }));
      const began = performance.now();
      const got = await (
        await openObjects(placeAt(proxy.url), KEY_ENV, { connect: 100, request: 60_000, call: 500 })
      ).get(KEY);
      assert.ok(got.is === "failed" && got.isTransient);
      assert.match(got.why, /no complete answer within 0.5 s/);
      assert.ok(performance.now() - began < 1_500);
    });
  });

  describe("rejects an object", () => {
    it("that is larger than 1 MiB", async () => {
      server.objects.set(KEY, Buffer.alloc(1024 * 1024 + 1, "x"));
      const got = await (await open()).get(KEY);
      assert.ok(
        got.is === "failed" && !got.isTransient && /larger than 1 MiB/.test(got.why),
        JSON.stringify(got),
      );
      server.objects.set(KEY, Buffer.alloc(1024 * 1024, "x"));
      assert.equal((await (await open()).get(KEY)).is, "object");
    });

    it("that is not text", async () => {
      server.objects.set(KEY, Buffer.from([0x7b, 0xff, 0xfe]));
      const got = await (await open()).get(KEY);
      assert.ok(got.is === "failed" && !got.isTransient && /not UTF-8/.test(got.why), JSON.stringify(got));
    });

    it("that is an HTML page with status 200", async () => {
      proxy.always(() => ({ is: "answer", status: 200, body: "<html>welcome</html>" }));
      const why = await captureFailures(await open());
      assert.match(why.get, /no ETag, so it is not from an S3 server/);
      assert.deepEqual([why.isTransient, why.ends], [false, "unknown"]);
    });
  });

  describe("finds its keys", () => {
    const signedWith = (): string => String(server.requests.at(-1)?.headers["authorization"]);

    it("in the environment, with an optional session token", async () => {
      await (await open()).get(KEY);
      assert.match(signedWith(), new RegExp(`Credential=${KEYS.accessKeyId}/\\d+/us-east-1/s3/`));
      assert.equal(server.requests.at(-1)?.headers["x-amz-security-token"], KEYS.sessionToken);
      await (await open({}, KEY_ENV)).get(KEY);
      assert.equal(server.requests.at(-1)?.headers["x-amz-security-token"], undefined);
    });

    it("in the environment, and names a missing variable", async () => {
      const asked = server.requests.length;
      const why = await captureFailures(await open({}, { [KEY_NAMES.accessKeyId]: KEYS.accessKeyId }));
      assert.match(why.get, /the S3 keys are missing: TEST_SECRET_ACCESS_KEY not set in this container/);
      assert.deepEqual([why.isTransient, why.ends, server.requests.length], [false, "refused", asked]);
    });

    it("in files, which are read again after a change of the Secret", async () => {
      const secret = await secretVolume(join(folder, "rotating"));
      await secret.write("one", { AWS_ACCESS_KEY_ID: "AKIAONE\n", AWS_SECRET_ACCESS_KEY: "first\n" });
      const objects = await open({ credentials: { from: "files", folder: secret.folder } });
      await objects.get(KEY);
      assert.match(signedWith(), /Credential=AKIAONE\//);
      assert.equal(server.requests.at(-1)?.headers["x-amz-security-token"], undefined);
      await secret.write("two", {
        AWS_ACCESS_KEY_ID: "AKIATWO",
        AWS_SECRET_ACCESS_KEY: "second",
        AWS_SESSION_TOKEN: "token\n",
      });
      await objects.get(KEY);
      assert.match(signedWith(), /Credential=AKIATWO\//);
      assert.equal(server.requests.at(-1)?.headers["x-amz-security-token"], "token");
    });

    it("in files, and names a missing or empty one", async () => {
      const secret = await secretVolume(join(folder, "half"));
      await secret.write("one", { AWS_ACCESS_KEY_ID: "AKIAONE" });
      const objects = await open({ credentials: { from: "files", folder: secret.folder } });
      const missing = await captureFailures(objects);
      assert.match(
        missing.get,
        /the S3 keys are missing: .*half\/AWS_SECRET_ACCESS_KEY does not exist; check the Secret/,
      );
      assert.deepEqual([missing.isTransient, missing.ends], [false, "refused"]);
      await secret.write("two", { AWS_ACCESS_KEY_ID: "AKIAONE", AWS_SECRET_ACCESS_KEY: "\n" });
      assert.match((await captureFailures(objects)).get, /AWS_SECRET_ACCESS_KEY is empty/);
    });

    it("and rejects an invalid key", async () => {
      const env = { ...KEY_ENV, [KEY_NAMES.accessKeyId]: `${KEYS.accessKeyId}\nAKIAOTHER` };
      const why = await captureFailures(await open({}, env));
      assert.match(why.get, /contain a character that is not allowed in an HTTP header/);
      assert.deepEqual([why.isTransient, why.ends], [false, "refused"]);
    });

    // in a child process, since the SDK's chain reads the process's env
    const chain = async (env: Record<string, string>): Promise<{ out: string; error: string }> => {
      const script = `
        const { openObjects } = await import(${JSON.stringify(new URL("../../../init/world/openObjects.ts", import.meta.url).href)});
        const place = ${JSON.stringify(placeAt(server.url, { credentials: { from: "default" } }))};
        const objects = await openObjects(place, {}, { connect: 1000, request: 3000, call: 5000 });
        console.log(JSON.stringify([await objects.get("x"), await objects.put("x", "", "any")]));`;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
        env: { AWS_EC2_METADATA_DISABLED: "true", HOME: folder, ...env },
        cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      });
      const said = { out: "", error: "" };
      child.stdout.on("data", (chunk: Buffer) => {
        said.out += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        said.error += chunk.toString();
      });
      await once(child, "close");
      return said;
    };

    it("through the SDK's provider chain, without output, whatever the application's environment", async () => {
      const said = await chain({
        AWS_ACCESS_KEY_ID: "AKIACHAIN",
        AWS_SECRET_ACCESS_KEY: "chained",
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
        AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
        AWS_REGION: "mars-1",
        AWS_MAX_ATTEMPTS: "7",
        AWS_USE_FIPS_ENDPOINT: "true",
        HTTP_PROXY: "http://127.0.0.1:1",
        NODE_USE_ENV_PROXY: "1",
      });
      assert.match(said.out, /^\[\{"is":"absent"\},\{"is":"stored"/);
      assert.equal(said.error, "");
      assert.match(signedWith(), /Credential=AKIACHAIN\/\d+\/us-east-1\//);
    });

    it("through the SDK's provider chain, and reports missing keys as transient", async () => {
      const said = await chain({});
      assert.match(
        said.out,
        /the SDK found no keys: .*check the ServiceAccount's role or pod identity","isTransient":true/,
      );
      assert.match(said.out, /"ends":"busy"/);
      assert.equal(said.error, "");
    });
  });

  describe("over TLS", () => {
    let secure: StandIn;
    let ca = "";
    before(async () => {
      const made = await issueSelfSigned(["127.0.0.1"], new Date());
      ca = made.ca;
      secure = await startStandIn({ tls: made });
    });
    after(() => secure.stop());

    it("trusts the CA of the place", async () => {
      const objects = await open({ endpoint: secure.url, ca });
      assert.equal((await objects.put(KEY, "{}", "absent")).is, "stored");
      assert.equal((await objects.get(KEY)).is, "object");
    });

    for (const [what, given] of [
      ["no CA of its own", undefined],
      ["another CA", "other"],
    ] as const)
      it(`trusts no other CA with ${what}`, async () => {
        const other = given === undefined ? {} : { ca: (await issueSelfSigned(["x"], new Date())).ca };
        const why = await captureFailures(await open({ endpoint: secure.url, ...other }));
        assert.match(
          why.get,
          /signed by a CA that is not trusted here \([A-Z_]+\); set a private CA in the profile's s3.ca/,
        );
        assert.deepEqual([why.isTransient, why.ends], [false, "refused"]);
      });

    it("reports a certificate for another name", async () => {
      const why = await captureFailures(
        await open({ endpoint: secure.url.replace("127.0.0.1", "localhost"), ca }),
      );
      assert.match(why.get, /its certificate is for another name/);
      assert.deepEqual([why.isTransient, why.ends], [false, "refused"]);
    });

    it("reports a CA that is not PEM", async () => {
      const why = await captureFailures(
        await open({ endpoint: secure.url, ca: "-----BEGIN CERTIFICATE-----\nnonsense" }),
      );
      assert.match(why.get, /s3\.ca/);
      assert.deepEqual([why.isTransient, why.ends], [false, "refused"]);
    });

    it("reports a server that speaks plain HTTP", async () => {
      const why = await captureFailures(await open({ endpoint: server.url.replace("http:", "https:") }));
      assert.match(why.get, /does not speak TLS/);
      assert.deepEqual([why.isTransient, why.ends], [false, "refused"]);
    });
  });
});

/** A Secret as the kubelet mounts it: files are links into a folder that is replaced as a whole. */
async function secretVolume(folder: string) {
  await mkdir(folder);
  return {
    folder,
    write: async (version: string, files: Record<string, string>): Promise<void> => {
      const home = join(folder, `..${version}`);
      await mkdir(home);
      await rm(join(folder, "..data"), { force: true });
      await symlink(`..${version}`, join(folder, "..data"));
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(home, name), text);
        await rm(join(folder, name), { force: true });
        await symlink(join("..data", name), join(folder, name));
      }
    },
  };
}
