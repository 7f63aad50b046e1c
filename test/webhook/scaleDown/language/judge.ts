// Runs a case through the same functions as a request: reads the review, decides the change, gives the answer.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { recordLease } from "../../../../init/contract/record.ts";
import { readSetReview } from "../../../../webhook/kubernetes/statefulSetReview.ts";
import { loadProfiles } from "../../../../webhook/profiles/load.ts";
import type { Profiles } from "../../../../webhook/profiles/profileSet.ts";
import { type ReadChange, readScaleChange, readSetChange } from "../../../../webhook/scaleDown/change.ts";
import { explainUnwritten } from "../../../../webhook/scaleDown/evidence/recordWriter.ts";
import { buildEvidence, type EvidenceKind, NOT_ASKED } from "../../../../webhook/scaleDown/evidence.ts";
import type { Span } from "../../../../webhook/scaleDown/ordinals.ts";
import type { GuardResult } from "../../../../webhook/scaleDown/reviewOutcome.ts";
import { type GuardConfig, reviewScaleDown } from "../../../../webhook/scaleDown/reviewScaleDown.ts";
import { buildCaseEvidence } from "./caseEvidence.ts";
import { type CaseFile, readCase } from "./caseFile.ts";
import { buildCaseRequest } from "./setOf.ts";

const FOLDER = new URL("../", import.meta.url);

/** The clock of all cases. */
export const NOW = new Date("2026-01-01T12:00:00Z");

const COLLECTOR = "system:serviceaccount:kube-system:namespace-controller";

export interface NamedCase extends CaseFile {
  readonly name: string;
}

/** All cases, by name. */
export async function readScaleDownCases(): Promise<NamedCase[]> {
  const folder = new URL("cases/", FOLDER);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -".yaml".length),
      ...readCase(await readFile(new URL(file, folder), "utf8"), file),
    })),
  );
}

/** The profiles of the cases. */
export async function loadCaseProfiles(): Promise<Profiles> {
  const loaded = loadProfiles(await readFile(fileURLToPath(new URL("profiles.yaml", FOLDER)), "utf8"));
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.profiles;
}

/** The change of a case. */
export function readCaseChange(given: CaseFile): ReadChange {
  const { request, live } = buildCaseRequest(given);
  if (request.subResource === "scale") return readScaleChange(request, { known: live });
  const review = readSetReview(request);
  return "rule" in review ? { wrong: review.message } : readSetChange(review);
}

export interface JudgedCase extends GuardResult {
  /** the kinds of evidence that were gathered */
  readonly asked: ReadonlySet<EvidenceKind>;
  readonly recorded: Span | null;
}

/** Answers a case; null: it is not reviewed. */
export async function judge(given: CaseFile, profiles: Profiles): Promise<JudgedCase | null> {
  const read = readCaseChange(given);
  if ("wrong" in read) throw new Error(`cannot be read: ${read.wrong}`);
  if ("nothing" in read) return null;
  let asked: ReadonlySet<EvidenceKind> = new Set();
  let recorded: Span | null = null;
  const config: GuardConfig = {
    profiles: given.unloaded ? null : profiles,
    collectorUsers: [COLLECTOR],
    now: () => NOW,
  };
  const guarded = await reviewScaleDown(read.change, buildCaseRequest(given).request, {
    config,
    deadline: AbortSignal.timeout(10_000),
    ports: {
      gather: (about, kinds) => {
        asked = new Set([...asked, ...kinds]);
        const evidence = buildCaseEvidence(given.evidence, about);
        return Promise.resolve(buildEvidence((kind) => (kinds.has(kind) ? evidence[kind] : NOT_ASKED)));
      },
      record: ({ namespace, name, ordinals }) => {
        if (given.recordFails !== undefined)
          return Promise.resolve(explainUnwritten({ namespace, name: recordLease(name) }, given.recordFails));
        recorded = ordinals;
        return Promise.resolve(null);
      },
      readmit: () => Promise.resolve(null),
    },
  });
  return { ...guarded, asked, recorded };
}
