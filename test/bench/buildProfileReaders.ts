// Long RollcallProfiles: the webhook reads them as the API server stores them, the command line as text.
import { loadProfiles } from "../../webhook/profiles/load.ts";
import { readProfile } from "../../webhook/profiles/readProfile.ts";
import { createEntries } from "../hostile/reviews.ts";
import { renderGenericYaml } from "../profileYaml.ts";
import {
  buildSubjects,
  type ReaderGroup,
  type ReaderPlace,
  type Text,
  withoutStretch,
  writeNested,
  writeZeros,
} from "./reading.ts";

const KIB = 1024;

/** Up to more than etcd stores as one object. */
const PROFILE_SIZES = [128, 256, 512, 1024, 2048].map((kib) => (kib - 1) * KIB);

/** Smaller: the command line reads trusted files, and YAML takes many times as long as JSON. */
const FILE_SIZES = [16, 32, 64, 128].map((kib) => (kib - 1) * KIB);

type Json = Readonly<Record<string, unknown>>;

/** A document as JSON, which is valid YAML. */
const profile = (generic: Json, spec: Json = {}): string =>
  renderGenericYaml("demo", { markers: { volume: "data" }, ...generic }, spec).replace(/^---\n/, "");
const words = (bytes: number): string[] => createEntries(bytes, (index) => `w${index}`) as string[];
const fields = (bytes: number): Json =>
  Object.fromEntries(createEntries(bytes, (index) => [`f${index}`, "v"]) as [string, string][]);
const command = (run: readonly string[]): Json => ({
  steps: [{ name: "init", scope: "Pod", run, verify: ["true"] }],
});
const variable = (value: string): Json => ({ env: [{ name: "A", value }] });

const PROFILES: Readonly<Record<string, Text>> = {
  "unknown fields": (bytes) => profile(fields(bytes)),
  namespaces: (bytes) => profile({}, { namespaces: words(bytes) }),
  containers: (bytes) => profile({ containers: words(bytes) }),
  env: (bytes) => profile({ env: createEntries(bytes, (index) => ({ name: `V${index}`, value: "v" })) }),
  envFrom: (bytes) =>
    profile({ envFrom: createEntries(bytes, (index) => ({ configMapRef: { name: `m${index}` } })) }),
  "invalid steps": (bytes) => profile({ steps: createEntries(bytes, () => ({})) }),
  "words of a command": (bytes) => profile(command(words(bytes))),
  "one long word": (bytes) => profile(command(["sh", "-c", "x".repeat(bytes)])),
  "a template of placeholders": (bytes) => profile(variable("{podName}".repeat(bytes / 9))),
  "a template of open braces": (bytes) => profile(variable("{".repeat(bytes + 1))),
  "a path of many parts": (bytes) =>
    profile({ markers: { volume: "data", path: `${"a/".repeat(bytes / 2)}a` } }),
  "a CA bundle": (bytes) =>
    profile({
      s3: {
        endpoint: "http://s3",
        bucket: "boot",
        caBundle: `-----BEGIN CERTIFICATE-----\n${"A \n".repeat(bytes / 4)}`,
      },
    }),
  "invalid numbers": (bytes) => profile({}).replace('"spec":{', `"spec":{"runner":${writeZeros(bytes)},`),
  "nested lists": (bytes) => profile({}).replace('"spec":{', `"spec":{"runner":${writeNested(bytes)},`),
};

/** Only possible in files. */
const FILES: Readonly<Record<string, Text>> = {
  "many documents": (bytes) => `---\n${profile({})}`.repeat(bytes / profile({}).length),
  "block lists": (bytes) =>
    `${profile({})}---\nspec:\n  namespaces:\n${words(bytes)
      .map((each) => `    - ${each}\n`)
      .join("")}`,
  comments: (bytes) => `${"# c\n".repeat(bytes / 4)}${profile({})}`,
  "a quoted text with escapes": (bytes) => `a: "${"\\n".repeat(bytes / 2)}"`,
};

export function buildProfileReaders(): ReaderGroup[] {
  let text = "";
  const place: ReaderPlace = {
    put: (put) => {
      text = put;
    },
  };
  const readByWebhook = (): string => {
    const read = readProfile(JSON.parse(text), { uid: "u", generation: 1 });
    return "profile" in read ? "read" : "refused";
  };
  const readByCli = (): string => ("profiles" in loadProfiles(text) ? "read" : "refused");
  return [
    {
      sizes: PROFILE_SIZES,
      subjects: buildSubjects("a profile, to the webhook", PROFILES, place, readByWebhook),
    },
    {
      sizes: FILE_SIZES,
      subjects: buildSubjects("a profile, to the CLI", { ...PROFILES, ...FILES }, place, readByCli).map(
        withoutStretch,
      ),
    },
  ];
}
