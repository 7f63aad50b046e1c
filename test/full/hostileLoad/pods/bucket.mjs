// Actor e, a hostile S3 server: endless refusals and objects, invalid markers, PUTs without an answer.
import { createServer } from "node:http";

const MIB = 1024 * 1024;

const pour = (response) => {
  const chunk = Buffer.alloc(MIB, "<Error>");
  let left = 200;
  const more = () => {
    for (; left > 0 && !response.destroyed; left -= 1) if (!response.write(chunk)) return;
    response.end();
  };
  response.on("drain", more);
  more();
};

const ANSWERS = {
  "an endless refusal": (response) => pour(response.writeHead(403)),
  "an endless fault": (response) => pour(response.writeHead(500)),
  "an endless object": (response) => pour(response.writeHead(200, { etag: '"1"' })),
  "1 MB of a marker": (response) =>
    response.writeHead(200, { etag: '"1"' }).end(`{"steps":[${"0,".repeat(500_000)}0]}`),
  "no such object": (response) => response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>"),
  nothing: () => undefined,
};

const counts = {};
let turn = 0;
createServer((request, response) => {
  request.resume();
  const names = Object.keys(ANSWERS);
  const name = names[turn++ % names.length];
  counts[name] = (counts[name] ?? 0) + 1;
  response.on("error", () => undefined);
  ANSWERS[name](response);
}).listen(8080);
setInterval(() => console.log(JSON.stringify(counts)), 10_000);
