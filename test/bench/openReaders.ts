// Contents of ring members, volumes, Leases and buckets, as the webhook and the runner read them: lists up to the
// reader's size limit, and one size above it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Marker, readMarker, writeMarker } from "../../init/contract/marker.ts";
import { RECORD_ANNOTATION, readRecord } from "../../init/contract/record.ts";
import { BEAN_QUERY, parseMemberStatus } from "../../init/contract/ring/bean.ts";
import { createRecordCell } from "../../init/engine/record/recordStore.ts";
import { realFiles } from "../../init/world/files.ts";
import { openWeb } from "../../init/world/openWeb.ts";
import type { PlanOzone } from "../../presets/ozone-om/contract/plan.ts";
import { askRoles, observeRing } from "../../presets/ozone-om/runner/ask.ts";
import { readRaftConf } from "../../presets/ozone-om/runner/read/raftConf.ts";
import { readRaftMeta } from "../../presets/ozone-om/runner/read/raftMeta.ts";
import { readVersion } from "../../presets/ozone-om/runner/read/version.ts";
import { parseLease, recordIn } from "../../webhook/scaleDown/evidence/leases.ts";
import { queryMember } from "../../webhook/scaleDown/evidence/memberStatus.ts";
import { createEntries } from "../hostile/reviews.ts";
import { buildProfileReaders } from "./buildProfileReaders.ts";
import type { Subject } from "./growth.ts";
import {
  buildSubjects,
  type ReaderGroup,
  type ReaderPlace,
  type Text,
  writeNested,
  writeZeros,
} from "./reading.ts";

const KIB = 1024;

const SERVICE = "omservice";

/** Up to the limit of a member's answer, and one above. */
const ANSWER_SIZES = [16, 32, 64, 128].map((kib) => (kib - 1) * KIB);

/** Up to the limit of a file, and one above. */
const FILE_SIZES = [128, 256, 512, 1024, 2048].map((kib) => (kib - 1) * KIB);

/** Up to the limit of an object in a bucket. */
const OBJECT_SIZES = [128, 256, 512, 1024].map((kib) => (kib - 1) * KIB);

/** Up to the API server's limit for annotations of one object. */
const ANNOTATION_SIZES = [32, 64, 128, 256].map((kib) => (kib - 1) * KIB);

const BEAN = {
  name: "Ratis:service=RaftServer,group=group-D66704EFC61C,id=om-0",
  GroupId: "group-D66704EFC61C",
  Id: "om-0",
  Role: "LEADER",
  LeaderId: "om-0",
  CurrentTerm: 3,
};
const beans = (...all: readonly unknown[]): string => JSON.stringify({ beans: all });

/** Dishonest contents that fill a list up to its limit. */
const ANSWERS: Readonly<Record<string, Text>> = {
  "99 long followers": (bytes) =>
    beans({
      ...BEAN,
      Followers: Array.from({ length: 99 }, (_, id) => `om-${id + 1}|${"h".repeat(bytes / 99 - 20)}`),
    }),
  "too many followers": (bytes) => beans({ ...BEAN, Followers: createEntries(bytes, (id) => `om-${id}`) }),
  "99 long beans": (bytes) =>
    beans(
      ...Array.from({ length: 99 }, () => ({ ...BEAN, more: "m".repeat(Math.max(0, bytes / 99 - 200)) })),
    ),
  "invalid beans": (bytes) => `{"beans":${writeZeros(bytes)}}`,
  "nested lists": (bytes) => `{"beans":${writeNested(bytes)}}`,
};

const ROLES: Readonly<Record<string, Text>> = {
  "99 rows of RatisRoles": (bytes) =>
    beans({
      RatisRoles: Array.from({ length: 99 }, (_, id) => ["h".repeat(bytes / 99 - 40), `om-${id}`, "9872"]),
    }),
  "RatisRoles that are none": (bytes) => `{"beans":[{"RatisRoles":${writeZeros(bytes)}}]}`,
};

const AT = "2026-11-28T10:00:00.000Z";
const MARKER: Omit<Marker, "sha256" | "steps"> = {
  schema: 1,
  namespace: "shop",
  workload: "web",
  pod: "web-0",
  nodeId: "1",
  kind: "generic",
  profile: "demo",
  podUid: "u",
  release: "app:1",
  planDigest: "d",
  result: "complete",
  writtenAt: AT,
  toolVersion: "0.1.0",
};
const step = (index: number): Marker["steps"][number] => ({
  name: `s${index}`,
  digest: "d".repeat(64),
  runId: "r",
  startedAt: AT,
  finishedAt: AT,
  evidence: "true exited 0",
});
const MARKERS: Readonly<Record<string, Text>> = {
  steps: (bytes) => writeMarker({ ...MARKER, steps: createEntries(bytes * 0.7, step) as Marker["steps"] }),
  "one long step": (bytes) =>
    writeMarker({ ...MARKER, steps: [{ ...step(0), evidence: "e".repeat(bytes - 1000) }] }),
  "invalid steps": (bytes) => `{"schema":1,"steps":${writeZeros(bytes)}}`,
  "nested lists": writeNested,
};

const RECORD = { schema: 1, kind: "ozone-om", profile: "ring", base: 1, seq: 1, fence: 1 };
const recordWith = (more: object): string => JSON.stringify({ ...RECORD, ...more });
const named = (bytes: number, value: (index: number) => unknown): object =>
  Object.fromEntries(createEntries(bytes, (index) => [`om-${index}`, value(index)]) as [string, unknown][]);
const RECORDS: Readonly<Record<string, Text>> = {
  tombstones: (bytes) => recordWith({ tombstones: named(bytes, () => ({ at: AT, finished: true })) }),
  drained: (bytes) => recordWith({ drained: named(bytes, () => ({ podUid: "u", at: AT })) }),
  members: (bytes) =>
    recordWith({
      ring: { clusterID: "CID-1", seed: "om-0", members: createEntries(bytes, (id) => `om-${id}`) },
    }),
  "members that are none": (bytes) =>
    `{${recordWith({}).slice(1, -1)},"ring":{"clusterID":null,"seed":null,"members":${writeZeros(bytes)}}}`,
  "nested lists": writeNested,
};

const PROPERTIES: Readonly<Record<string, Text>> = {
  keys: (bytes) => createEntries(bytes, (index) => `k${index}=v`).join("\n"),
  "a row of backslashes": (bytes) => `k=${"\\".repeat(bytes)}x`,
  "lines that go on": (bytes) => "k\\\n".repeat(bytes / 3),
  blanks: (bytes) => `k${" ".repeat(bytes)}=v`,
};

const VERSION = "nodeType=OM\nclusterID=CID-1\nomUuid=u\n";
const VERSIONS: Readonly<Record<string, Text>> = {
  "a long cluster": (bytes) => `${VERSION}clusterID=${"c".repeat(bytes)}`,
  "the same key again and again": (bytes) => VERSION + "nodeId=om-0\n".repeat(bytes / 12),
};

const TERMS: Readonly<Record<string, Text>> = {
  "a long vote": (bytes) => `term=3\nvotedFor=${"v".repeat(bytes)}`,
  "a long term": (bytes) => `term=${"3".repeat(bytes)}`,
};

/** Protobuf fields: the term, repeated. */
const CONFIGURATIONS: Readonly<Record<string, Text>> = { fields: (bytes) => "\x08\x01".repeat(bytes / 2) };

const tooLong = (why: string, otherwise: string): string =>
  why.includes("larger than") ? "too long" : otherwise;

/** All readers of contents that others can make long. @returns also a function that stops their servers */
export async function openReaders(): Promise<{ groups: ReaderGroup[]; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-readers-"));
  let body = Buffer.alloc(0);
  const member = createServer((_request, response) => response.end(body));
  await new Promise<void>((done) => member.listen(0, "127.0.0.1", done));
  const { port } = member.address() as AddressInfo;
  const answer: ReaderPlace = {
    put: (text) => {
      body = Buffer.from(text);
    },
  };
  const file: ReaderPlace = { put: (text) => writeFile(join(folder, "file"), text) };
  let record = "";
  let lease = "";
  const annotation: ReaderPlace = {
    put: (text) => {
      record = text;
      const metadata = { resourceVersion: "1", annotations: { [RECORD_ANNOTATION]: text } };
      lease = JSON.stringify({ metadata });
    },
  };
  return {
    groups: [
      ...buildProfileReaders(),
      { sizes: ANSWER_SIZES, subjects: [...memberSubjects(answer, port)] },
      {
        sizes: FILE_SIZES,
        subjects: [
          ...buildSubjects("a marker on a volume", MARKERS, file, async () =>
            readFileText(folder, (text) => readMarker(text).is),
          ),
          ...buildSubjects("VERSION", { ...PROPERTIES, ...VERSIONS }, file, async () =>
            readFileText(folder, (text) => ("broken" in readVersion(text) ? "broken" : "read")),
          ),
          ...buildSubjects("raft-meta", { ...PROPERTIES, ...TERMS }, file, async () =>
            readFileText(folder, (text) => (readRaftMeta(text) === null ? "torn" : "read")),
          ),
          ...buildSubjects("raft-meta.conf", CONFIGURATIONS, file, async () =>
            readFileText(folder, (text) => ("broken" in readRaftConf(Buffer.from(text)) ? "broken" : "read")),
          ),
        ],
      },
      {
        sizes: ANNOTATION_SIZES,
        subjects: [
          ...buildSubjects("a record, to the webhook", RECORDS, annotation, () => readByWebhook(lease)),
          ...buildSubjects("a record, to the runner", RECORDS, annotation, () => readByRunner(lease)),
        ],
      },
      {
        sizes: OBJECT_SIZES,
        subjects: buildSubjects("a record in a bucket", RECORDS, annotation, () =>
          "record" in readRecord(record) ? "read" : "refused",
        ),
      },
    ],
    close: async () => {
      member.close();
      member.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function memberSubjects(answer: ReaderPlace, port: number): Subject[] {
  const web = `http://127.0.0.1:${port}`;
  const askWeb = openWeb(null);
  // only the parts of a plan that describe members
  const ozone = { serviceId: SERVICE, members: [{ id: "om-0", web }], scm: [] } as unknown as PlanOzone;
  const deadline = new AbortController().signal;
  return [
    ...buildSubjects("a member, to the webhook", ANSWERS, answer, async () => {
      const told = await queryMember(
        { host: "127.0.0.1", port, path: BEAN_QUERY, secure: null },
        { deadline },
      );
      if ("nothing" in told) return tooLong(told.nothing, "nothing");
      return "nothing" in parseMemberStatus(told.body, SERVICE) ? "not believed" : "believed";
    }),
    ...buildSubjects("a member, to the runner", ANSWERS, answer, async () => {
      const live = await observeRing(ozone, "om-9", askWeb);
      return live.is === "led" ? "believed" : tooLong(live.why, "not believed");
    }),
    ...buildSubjects("a member's roles", ROLES, answer, async () =>
      (await askRoles(ozone, "om-0", askWeb)) === null ? "not believed" : "believed",
    ),
  ];
}

async function readFileText(folder: string, read: (text: string) => string): Promise<string> {
  try {
    return read(await realFiles.readText(join(folder, "file")));
  } catch (error) {
    return tooLong(String(error), "unreadable");
  }
}

function readByWebhook(lease: string): string {
  try {
    recordIn(parseLease(JSON.parse(lease)));
    return "read";
  } catch {
    return "refused";
  }
}

async function readByRunner(lease: string): Promise<string> {
  const identity = { namespace: "shop", workload: "web", pod: "web-0", nodeId: "1", kind: "k", profile: "p" };
  const askApi = () => Promise.resolve({ status: 200, body: JSON.parse(lease) as unknown });
  return (await createRecordCell(askApi, identity).read()).is;
}
