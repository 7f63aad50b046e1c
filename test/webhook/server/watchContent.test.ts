// The reading of what pods have taken up, for the metrics: which StatefulSets are read, and what is logged.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION, recordLease } from "../../../init/contract/record.ts";
import type { LabelledSet } from "../../../webhook/cluster/statefulSets.ts";
import { type ContentSummary, NO_CONTENT } from "../../../webhook/server/contentSummary.ts";
import { watchContent } from "../../../webhook/server/watchContent.ts";
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

const buildSet = (name: string) => ({
  metadata: { name },
  spec: { replicas: 2, template: { spec: { containers: [] } } },
});

const listed = (name: string, profile: string, more: Partial<LabelledSet> = {}): LabelledSet => ({
  namespace: "help",
  name,
  profile,
  createdAt: AT,
  ...more,
});

describe("the watch of the pods' content", () => {
  /** Takes `rounds` summaries. */
  async function look(
    rounds: number,
    { sets, leases }: { sets: readonly LabelledSet[]; leases: (round: number) => Record<string, unknown> },
  ) {
    const asked: string[] = [];
    const warnings: string[] = [];
    const summaries: ContentSummary[] = [];
    const over = new AbortController();
    await new Promise<void>((done) => {
      watchContent(
        {
          asks: {
            statefulSet: async ({ name }) => {
              asked.push(`set ${name}`);
              return buildSet(name);
            },
            lease: async ({ name }) => {
              asked.push(`lease ${name}`);
              const lease = leases(summaries.length)[name] ?? null;
              if (lease instanceof Error) throw lease;
              return lease;
            },
          },
          listSets: async () => {
            asked.push("list");
            return sets;
          },
          profiles: () => PROFILES,
          onSummary: (summary) => {
            summaries.push(summary);
            if (summaries.length === rounds) {
              over.abort();
              done();
            }
          },
          onWarning: (line) => warnings.push(line),
          everyMs: 1,
        },
        over.signal,
      );
    });
    return { asked, warnings, summaries };
  }

  it("reads only StatefulSets whose pods take up content while they run", async () => {
    const sets = [
      listed("otobo", "desk"),
      listed("calm", "calm"),
      listed("web", "demo"),
      listed("gone", "desk", { leftPod: "gone-0" }),
    ];
    const { asked, summaries } = await look(1, {
      sets,
      leases: () => ({ [recordLease("otobo")]: buildLease({ "otobo-0": "2:b", "otobo-1": "1:a" }) }),
    });
    assert.deepEqual(asked, ["list", "set otobo", `lease ${recordLease("otobo")}`]);
    assert.deepEqual(summaries, [{ sets: 2, pods: { ...NO_CONTENT.pods, current: 1, other: 1 } }]);
  });

  it("names a StatefulSet in the log whose pods differ for more than one reading, and when that is over", async () => {
    const { warnings } = await look(8, {
      sets: [listed("otobo", "desk")],
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
      sets: [listed("otobo", "desk"), listed("more", "desk")],
      leases: () => ({
        [recordLease("otobo")]: broken,
        [recordLease("more")]: buildLease({ "more-0": "2:b", "more-1": "2:b" }),
      }),
    });
    assert.deepEqual(summaries, [{ sets: 1, pods: { ...NO_CONTENT.pods, current: 2, unknown: 2 } }]);
  });

  it("keeps what it read while the API server does not answer, and says so once", async () => {
    let calls = 0;
    const { summaries, warnings } = await look(2, {
      sets: [listed("otobo", "desk")],
      leases: () => {
        calls += 1;
        const lease = buildLease({ "otobo-0": "2:b", "otobo-1": "2:b" });
        return { [recordLease("otobo")]: [2, 3, 4].includes(calls) ? new Error("no answer") : lease };
      },
    });
    assert.equal(calls, 5);
    assert.equal(summaries.length, 2);
    assert.deepEqual(warnings, [
      "the content of pods, for the metrics: cannot be read: no answer",
      "the content of pods, for the metrics: recovered",
    ]);
  });
});
