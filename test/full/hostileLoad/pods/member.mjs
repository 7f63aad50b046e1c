// Actor d, a member of a ring: sends a different wrong answer to each request, and sometimes none.
import { createServer } from "node:http";

const BEAN = {
  name: "Ratis:service=RaftServer,group=group-D66704EFC61C,id=ring-0",
  GroupId: "group-D66704EFC61C",
  Id: "ring-0",
  Role: "LEADER",
  LeaderId: "ring-0",
  CurrentTerm: 99,
};
const zeros = `[${"0,".repeat(500_000)}0]`;
const beans = (bean) => JSON.stringify({ beans: [bean] });

const pour = (response) => {
  const chunk = " ".repeat(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more);
  more();
};

const ANSWERS = {
  "1 MB of followers": (response) =>
    response.end(beans({ ...BEAN, Followers: 0 }).replace('"Followers":0', `"Followers":${zeros}`)),
  "1 MB of beans": (response) => response.end(`{"beans":${zeros}}`),
  "a leader of nobody": (response) => response.end(beans({ ...BEAN, Followers: [] })),
  "10,000 followers": (response) =>
    response.end(beans({ ...BEAN, Followers: Array.from({ length: 10_000 }, (_, id) => `a${id}`) })),
  "no end": pour,
  "a byte a second": (response) => {
    response.write("{");
    const timer = setInterval(() => response.write(" "), 1_000);
    response.once("close", () => clearInterval(timer));
  },
  nothing: () => undefined,
  "a hang-up": (response) => response.destroy(),
  "50,000 levels": (response) => response.end("[".repeat(50_000)),
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
