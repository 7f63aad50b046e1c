// The application of the release suite: a step that counts its own runs in S3, each under a name of its own, so that
// none can hide another. Bundled into an image without node; the pods start it with the runner's (images.ts).
//   run      one more run, which takes STEP_SECONDS      verify   whether this release has one
//   list     all of them                                serve    what the pods then do
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const { env } = process;
const pod = env["HOSTNAME"] ?? "";
const set = pod.slice(0, pod.lastIndexOf("-"));
const bucket = env["ROLLCALL_S3_BUCKET"] ?? "";
const client = new S3Client({
  endpoint: env["ROLLCALL_S3_ENDPOINT"] ?? "",
  region: env["ROLLCALL_S3_REGION"] ?? "",
  forcePathStyle: true,
  credentials: {
    accessKeyId: env["ROLLCALL_S3_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: env["ROLLCALL_S3_SECRET_ACCESS_KEY"] ?? "",
  },
});

const tag = (env["RELEASE"] ?? "").split(":").at(-1) ?? "";
const home = `count/${set}/`;

async function put(what: "begun" | "done", run: string): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: `${home}${tag}/${what}/${pod}/${run}`,
    Body: "",
  });
  await client.send(command);
}

/** Names below the StatefulSet's folder, e.g. "a/done/web-1/0c1d…". */
async function list(): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: home }));
  return Contents.map(({ Key = "" }) => Key.slice(home.length));
}

switch (process.argv[2]) {
  case "run": {
    const run = randomUUID();
    await put("begun", run);
    await pause(Number(env["STEP_SECONDS"] ?? "0") * 1000);
    await put("done", run);
    break;
  }
  case "verify":
    process.exitCode = (await list()).some((name) => name.startsWith(`${tag}/done/`)) ? 0 : 1;
    break;
  case "serve":
    // the application, which does nothing
    setInterval(() => undefined, 1_000_000);
    process.once("SIGTERM", () => process.exit(0));
    break;
  default:
    console.log((await list()).join("\n"));
}
