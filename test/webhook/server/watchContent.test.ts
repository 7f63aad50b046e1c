// The reading of what pods have taken up, for the metrics: which StatefulSets are read, and what is logged.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION, recordLease } from "../../../init/contract/record.ts";
import type { RunningSet } from "../../../webhook/cluster/createContentApi.ts";
import { NO_CONTENT } from "../../../webhook/server/contentSummary.ts";
import { type ContentReading, watchContent } from "../../../webhook/server/watchContent.ts";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { loadOrThrow } from "../profiles/faults.ts";

const renderOtobo = (name: string, base: number, packages: string): string =>
  renderProfileYaml(
    name,
    `type: Otobo, namespaces: ["*"], otobo: {home: {volume: otobo, mode: Ephemeral}, nodeID: {base: ${base}, size: 20},
    packages: ${packages}, database: {type: MariaDB, host: db, passwordSecretName: db}, redis: {host: redis},
    scaleDown: {policy: Managed, minReplicas: 1}}`,
  );
const PROFILES = loadOrThrow(
  `${renderOtobo("desk", 1, "Watch")}${renderOtobo("calm", 101, "AtStart")}${renderGenericYaml("demo")}`,
);

const AT = "2026-11-29T10:00:00Z";

/** A record's Lease, with these sets by pod. */
const buildLease = (pods: Readonly<Record<string, string>>) => ({
  metadata: {
    resourceVersion: "1",
    annotations: {
      [RECORD_ANNOTATION]: JSON.stringify({
        schema: 1,
        kind: "otobo",
        profile: "desk",
        base: 1,
        seq: 1,
        fence: 1,
        content: {
          settled: { id: "2:b", at: AT, pod: "otobo-0" },
          pods: Object.fromEntries(
            Object.entries(pods).map(([pod, id]) => [pod, { id, at: AT, podUid: "u" }]),
          ),
        },
      }),
    },
  },
  spec: {},
});

const listed = (name: string, profile = "desk"): RunningSet => ({
  namespace: "help",
  name,
  profile,
  start: 0,
  replicas: 2,
});

/** The time of a reading: seconds since its first one. */
const toSeconds = ({ readAt }: ContentReading): number | null => (readAt === null ? null : readAt.getTime());

describe("the watch of the pods' content", () => {
  interface StandInContent {
    sets: readonly RunningSet[] | ((round: number) => readonly RunningSet[]);
    /** by the name of its StatefulSet; an error fails the call */
    leases: (round: number) => Record<string, unknown>;
    mostSets?: number;
  }

  /** Takes `rounds` readings; the clock shows the number of lists so far. */
  async function look(rounds: number, { sets, leases, mostSets = 500 }: StandInContent) {
    const asked: string[] = [];
    const warnings: string[] = [];
    const readings: ContentReading[] = [];
    const over = new AbortController();
    let lists = 0;
    let under = 0;
    let most = 0;
    await new Promise<void>((done) => {
      watchContent(
        {
          api: {
            listSets: async (isWanted) => {
              lists += 1;
              asked.push("list");
              const listedNow = typeof sets === "function" ? sets(lists - 1) : sets;
              return listedNow.filter(({ profile }) => isWanted(profile));
            },
            readLease: async ({ name }) => {
              under += 1;
              most = Math.max(most, under);
              await new Promise<void>((answer) => setImmediate(answer));
              under -= 1;
              asked.push(name);
              const lease = leases(readings.length)[name] ?? null;
              if (lease instanceof Error) throw lease;
              return lease;
            },
          },
          profiles: () => PROFILES,
          onReading: (reading) => {
            readings.push(reading);
            if (readings.length < rounds) return;
            over.abort();
            setImmediate(done);
          },
          onWarning: (line) => warnings.push(line),
          now: () => new Date(lists),
          everyMs: 1,
          mostSets,
        },
        over.signal,
      );
    });
    return { asked, warnings, readings, summaries: readings.map(({ summary }) => summary), most };
  }

  const CURRENT = (name: string) => buildLease({ [`${name}-0`]: "2:b", [`${name}-1`]: "2:b" });

  it("reads only StatefulSets whose pods take up content while they run", async () => {
    const { asked, summaries } = await look(1, {
      sets: [listed("otobo"), listed("calm", "calm"), listed("web", "demo")],
      leases: () => ({ [recordLease("otobo")]: buildLease({ "otobo-0": "2:b", "otobo-1": "1:a" }) }),
    });
    assert.deepEqual(asked, ["list", recordLease("otobo")]);
    assert.deepEqual(summaries, [{ sets: 2, pods: { ...NO_CONTENT.pods, current: 1, other: 1 } }]);
  });

  it("names a StatefulSet in the log whose pods differ for more than one reading, and when that is over", async () => {
    const { warnings } = await look(8, {
      sets: [listed("otobo")],
      leases: (round) => ({
        [recordLease("otobo")]: buildLease({
          "otobo-0": "2:b",
          "otobo-1": [1, 3, 4, 5].includes(round) ? "1:a" : "2:b",
        }),
      }),
    });
    assert.deepEqual(warnings, [
      "StatefulSet help/otobo: its pods have 2 different sets of content",
      "StatefulSet help/otobo: recovered",
    ]);
  });

  it("counts the pods of a record that cannot be used as unknown", async () => {
    const broken = {
      metadata: { resourceVersion: "1", annotations: { [RECORD_ANNOTATION]: "{" } },
      spec: {},
    };
    const { summaries } = await look(1, {
      sets: [listed("otobo"), listed("more")],
      leases: () => ({ [recordLease("otobo")]: broken, [recordLease("more")]: CURRENT("more") }),
    });
    assert.deepEqual(summaries, [{ sets: 1, pods: { ...NO_CONTENT.pods, current: 2, unknown: 2 } }]);
  });

  it("reads the others where one cannot be read, keeps its last counts and its time, and says so once", async () => {
    const { readings, summaries, warnings } = await look(5, {
      sets: [listed("otobo"), listed("more")],
      leases: (round) => ({
        [recordLease("otobo")]: [1, 2, 3].includes(round) ? new Error("no answer") : CURRENT("otobo"),
        [recordLease("more")]: round === 0 ? CURRENT("more") : buildLease({ "more-0": "1:a" }),
      }),
    });
    const later = { sets: 1, pods: { ...NO_CONTENT.pods, current: 2, other: 1, unknown: 1 } };
    assert.deepEqual(summaries, [
      { sets: 1, pods: { ...NO_CONTENT.pods, current: 4 } },
      ...Array.from({ length: 4 }, () => later),
    ]);
    const [first, ...times] = readings.map(toSeconds);
    assert.deepEqual(times.slice(0, 3), [1, 1, 1]);
    assert.ok(first !== null && (times[3] ?? 0) >= 4, String(times[3]));
    assert.deepEqual(warnings, [
      "the content of pods, for the metrics: some StatefulSets cannot be read: StatefulSet help/otobo: no answer",
      "the content of pods, for the metrics: recovered",
    ]);
  });

  it("has no time of a complete reading before each StatefulSet was read", async () => {
    const { readings } = await look(1, {
      sets: [listed("otobo"), listed("more")],
      leases: () => ({ [recordLease("otobo")]: new Error("no answer") }),
    });
    assert.deepEqual(readings.map(toSeconds), [null]);
  });

  it("takes a few at a time, gives each its turn where there are too many, and says so once", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `otobo-${index}`);
    const { asked, readings, warnings, most, summaries } = await look(6, {
      sets: names.map((name) => listed(name)),
      leases: () => Object.fromEntries(names.map((name) => [recordLease(name), CURRENT(name)])),
      mostSets: 10,
    });
    assert.ok(most > 1 && most <= 4, String(most));
    const reads = asked.filter((each) => each !== "list");
    assert.equal(reads.length, 60);
    assert.equal(new Set(reads.slice(0, 30)).size, 25, "all within three readings");
    assert.equal(summaries[0]?.pods.unknown, 30);
    assert.equal(summaries[5]?.pods.current, 50);
    assert.equal(toSeconds(readings[1] ?? { summary: NO_CONTENT, readAt: null }), null);
    assert.deepEqual(readings.slice(2).map(toSeconds), [1, 2, 3, 4]);
    assert.deepEqual(warnings, [
      "the content of pods, for the metrics: 25 StatefulSets record it, and at most 10 are read at a time, so each is read every 3 times",
    ]);
  });
});
