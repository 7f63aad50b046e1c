// Credentials that the platform gives to a pod, with the bundled runner: modules that the SDK loads on demand must be
// in the bundle. STS and the pod identity agent are stand-ins that answer as AWS documents.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleRunner } from "./bundleRunner.ts";
import { type FaultyEnd, runOver } from "./faulty/runs.ts";
import { type StandIn, startStandIn } from "./world/s3/standIn.ts";

const TOKEN = "sentinel-projected-token";
const SESSION = { id: "ASIASENTINEL", secret: "sentinel-session-secret", token: "sentinel-session" };
const LATER = "2099-01-01T00:00:00Z";

const STS = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${SESSION.id}</AccessKeyId><SecretAccessKey>${SESSION.secret}</SecretAccessKey><SessionToken>${SESSION.token}</SessionToken><Expiration>${LATER}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const AGENT = JSON.stringify({
  AccessKeyId: SESSION.id,
  SecretAccessKey: SESSION.secret,
  Token: SESSION.token,
  Expiration: LATER,
});

interface IdentityRequest {
  body: string;
  headers: IncomingMessage["headers"];
}

describe("the bundled runner with credentials of the platform", function () {
  this.timeout(120_000);
  let s3: StandIn;
  let folder = "";
  let program = "";
  let platform: Server;
  let url = "";
  let answer = { status: 200, body: "" };
  const asked: IdentityRequest[] = [];
  before(async () => {
    s3 = await startStandIn();
    folder = await mkdtemp(join(tmpdir(), "rollcall-identity-"));
    program = await bundleRunner(join(folder, "bundle"));
    await writeFile(join(folder, "token"), TOKEN);
    platform = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        asked.push({ body, headers: request.headers });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((done) => platform.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  });
  after(async () => {
    await s3.stop();
    platform.closeAllConnections();
    await new Promise((done) => platform.close(done));
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked.length = 0;
    s3.requests.length = 0;
  });

  const run = (prefix: string, env: Record<string, string>): Promise<FaultyEnd> =>
    runOver({
      program,
      folder: join(folder, prefix),
      s3Url: s3.url,
      prefix,
      chooseFault: () => null,
      place: { credentials: { from: "default" } },
      env: { AWS_EC2_METADATA_DISABLED: "true", HOME: folder, ...env },
    });

  /** Every request to S3 was signed with the session's keys, and the log contains none of them. */
  const isSigned = ({ code, log }: FaultyEnd): void => {
    assert.equal(code, 0, log);
    assert.equal(s3.requests.length, 4);
    for (const { headers } of s3.requests) {
      assert.match(String(headers.authorization), new RegExp(`Credential=${SESSION.id}/`));
      assert.equal(headers["x-amz-security-token"], SESSION.token);
    }
    for (const secret of [TOKEN, SESSION.secret, SESSION.token]) assert.ok(!log.includes(secret), log);
  };
  const IRSA = () => ({
    AWS_REGION: "us-east-1",
    AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/boot",
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
    AWS_ENDPOINT_URL_STS: url,
  });

  it("exchanges the projected token for a session at STS (IRSA)", async () => {
    answer = { status: 200, body: STS };
    isSigned(await run("irsa", IRSA()));
    assert.match(asked[0]?.body ?? "", /Action=AssumeRoleWithWebIdentity/);
    assert.match(asked[0]?.body ?? "", new RegExp(`WebIdentityToken=${TOKEN}`));
    assert.match(asked[0]?.body ?? "", /RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fboot/);
  });

  it("gets credentials from the pod identity agent with its token", async () => {
    answer = { status: 200, body: AGENT };
    isSigned(
      await run("agent", {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, "token"),
      }),
    );
    assert.equal(asked[0]?.headers.authorization, TOKEN);
  });

  it("says what to check if STS denies the role", async () => {
    answer = {
      status: 403,
      body: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>',
    };
    const { code, log } = await run("refused", IRSA());
    assert.equal(code, 1, log);
    assert.match(
      log,
      /RC211 .*the SDK found no keys: .*Not authorized to perform sts:AssumeRoleWithWebIdentity.*check the ServiceAccount's role or pod identity/,
    );
    assert.ok(!log.includes(TOKEN));
    assert.equal(s3.requests.length, 0);
  });
});
