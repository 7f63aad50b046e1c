// Tests of the charts without Helm: they contain all of the base, and their schemas know every value. chart.real.ts
// compares Helm's output.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import * as z from "zod";
import { readBase } from "../../build/manifests/base.ts";
import { applyEdits } from "../../build/manifests/edit.ts";
import { TEMPLATE_SOURCES } from "../../build/manifests/templates.ts";
import { VERSION } from "../../init/contract/version.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";

const HELM = "manifests/helm";
const read = (path: string): Promise<string> => readFile(join(REPOSITORY_ROOT, path), "utf8");

type Values = Record<string, unknown>;

interface Chart {
  readonly values: Values;
  /** by path from the root of the repository */
  readonly templates: ReadonlyMap<string, string>;
  /** The errors of values.schema.json for these values. */
  findFaults(values: unknown): readonly string[];
}

async function readChart(name: string): Promise<Chart> {
  const folder = `${HELM}/${name}`;
  const schema = z.fromJSONSchema(JSON.parse(await read(`${folder}/values.schema.json`)));
  const paths = await Array.fromAsync(glob(`${folder}/templates/**`, { cwd: REPOSITORY_ROOT }));
  const files = paths.filter((path) => /\.(yaml|tpl|txt)$/.test(path)).sort();
  return {
    values: parse(await read(`${folder}/values.yaml`)) as Values,
    templates: new Map(await Promise.all(files.map(async (path) => [path, await read(path)] as const))),
    findFaults: (values) =>
      (schema.safeParse(values).error?.issues ?? []).map(
        ({ path, message }) => `${path.join(".")}: ${message}`,
      ),
  };
}

/** Paths of the values in templates, such as `images.registry`. */
const usedValues = (templates: Iterable<string>): string[] =>
  [...templates].flatMap((text) =>
    [...text.matchAll(/\.Values\.([a-zA-Z.]+)/g)].map(([, path = ""]) => path),
  );

const valueAt = (values: Values, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (value as Values | undefined)?.[name], values);

/** Paths of all set values, except for objects with members. */
function listLeaves(value: unknown, path: readonly string[] = []): string[] {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).length === 0) return [path.join(".")];
  return Object.entries(value).flatMap(([name, member]) => listLeaves(member, [...path, name]));
}

/** A copy of the values with one more, misspelled name in the object at `path`. */
function misspell(values: Values, path: string): Values {
  const changed = structuredClone(values);
  const target = path === "" ? changed : (valueAt(changed, path) as Values);
  target["imageTag"] = "x";
  return changed;
}

const [rollcall, rollcallProfiles] = await Promise.all([
  readChart("rollcall"),
  readChart("rollcall-profiles"),
]);

describe("the chart rollcall", () => {
  const { values, templates, findFaults } = rollcall;

  it("has a template for each resource of the base and of the overlays", async () => {
    const base = (await readBase()).files.map((file) => `base/${file}`);
    const overlays = await Array.fromAsync(
      glob("overlays/*/kustomization.yaml", { cwd: join(REPOSITORY_ROOT, "manifests") }),
    );
    const added = await Promise.all(
      overlays.map(async (path) => {
        const { resources } = parse(await read(`manifests/${path}`)) as { resources: string[] };
        return resources.filter((file) => file !== "../../base").map((file) => join(dirname(path), file));
      }),
    );
    const missing = [...base, ...added.flat()].filter((path) => !TEMPLATE_SOURCES.includes(path));
    // written by hand, since a value may replace the issuer
    assert.deepEqual(missing, ["overlays/cert-manager/certificates.yaml"]);
  });

  it("names neither the base's namespace nor its registry in a template", () => {
    for (const [path, text] of templates) {
      const named = text
        .replace("use --namespace rollcall-system", "")
        .match(/rollcall-system|registry\.local\/rollcall/);
      assert.equal(named, null, path);
    }
  });

  it("has the values of the base", async () => {
    const deployment = parse(await read("manifests/base/deployment.yaml"), { merge: true });
    const { replicas, template } = deployment.spec;
    const [webhook] = template.spec.containers;
    const [init] = template.spec.initContainers;
    assert.equal(values["replicas"], replicas);
    assert.deepEqual(valueAt(values, "scheduling.affinity"), template.spec.affinity);
    assert.equal(valueAt(values, "scheduling.priorityClassName"), template.spec.priorityClassName);
    assert.deepEqual(values["resources"], { webhook: webhook.resources, init: init.resources });
    assert.equal(values["port"], webhook.ports[0].containerPort);
    const { appVersion } = parse(await read(`${HELM}/rollcall/Chart.yaml`));
    const named = ["webhook", "init"].map(
      (name) =>
        `${valueAt(values, "images.registry")}/${valueAt(values, `images.${name}.repository`)}:${appVersion}`,
    );
    assert.deepEqual(named, [webhook.image, init.image]);
    assert.equal(appVersion, VERSION);
  });

  it("uses only values of values.yaml, and all of them", () => {
    const used = new Set(usedValues(templates.values()));
    for (const path of used) assert.notEqual(valueAt(values, path), undefined, path);
    // the helpers and `with` access members of these
    const through = ["images.webhook.", "images.init.", "certificates.certManager."];
    const unused = listLeaves(values).filter(
      (leaf) =>
        ![...used].some((path) => leaf === path || leaf.startsWith(`${path}.`)) &&
        !through.some((path) => leaf.startsWith(path)),
    );
    assert.deepEqual(unused, []);
  });

  it("has a schema that accepts values.yaml", () => {
    assert.deepEqual(findFaults(values), []);
  });

  for (const path of [
    "",
    "images",
    "images.webhook",
    "resources",
    "resources.init",
    "scheduling",
    "certificates",
    "certificates.certManager",
    "clientCertificate",
    "networkPolicy",
    "floor",
    "crd",
    "namespace",
  ]) {
    it(`has a schema that refuses a misspelled value in ${path === "" ? "the values" : path}`, () => {
      assert.match(findFaults(misspell(values, path)).join("\n"), /imageTag/);
    });
  }

  const wrong: Readonly<Record<string, Values>> = {
    "replicas as text": { replicas: "2" },
    "a port beyond 65535": { port: 70_000 },
    "a quote in a user name, which comes into CEL": { controllerUsers: ["a' || 'b"] },
    "a floor that spares an invalid name": { floor: { enabled: true, sparedProfiles: ["a'] + ['b"] } },
    "an address without a length": { networkPolicy: { enabled: true, from: ["10.0.0.1"] } },
    "an issuer that there is not": {
      certificates: { ...(values["certificates"] as Values), issuer: "vault" },
    },
    "a label that is a number": { labels: { team: 1 } },
    "an invalid digest": {
      images: { ...(values["images"] as Values), init: { repository: "init", tag: "", digest: "sha256:1" } },
    },
  };
  for (const [what, change] of Object.entries(wrong)) {
    it(`has a schema that refuses ${what}`, () => {
      assert.notDeepEqual(findFaults({ ...values, ...change }), []);
    });
  }
});

describe("the chart rollcall-profiles", () => {
  const { values, findFaults } = rollcallProfiles;

  it("has a schema that accepts values.yaml, and the profiles of every example", async () => {
    const found = await Array.fromAsync(glob("manifests/examples/*/profiles.yaml", { cwd: REPOSITORY_ROOT }));
    assert.ok(found.length > 4);
    assert.deepEqual(findFaults(values), []);
    for (const path of found) {
      const documents = parseAllDocuments(await read(path), { merge: true });
      const profiles = Object.fromEntries(
        documents.map((document) => document.toJS()).map(({ metadata, spec }) => [metadata.name, spec]),
      );
      assert.deepEqual(findFaults({ ...values, profiles }), [], path);
    }
  });

  const GENERIC = {
    type: "Generic",
    namespaces: ["shop"],
    generic: { containers: ["app"], nodeID: { base: 1, max: 9 }, scaleDown: { policy: "Deny" } },
  };

  it("has a schema that refuses a misspelled field of a profile", () => {
    assert.deepEqual(findFaults({ ...values, profiles: { demo: GENERIC } }), []);
    const misspelled = { ...GENERIC, generic: { ...GENERIC.generic, nodeId: {} } };
    assert.match(findFaults({ ...values, profiles: { demo: misspelled } }).join("\n"), /nodeId/);
  });

  it("has a schema that refuses a name that is not a valid label value", () => {
    assert.notDeepEqual(findFaults({ ...values, profiles: { Demo_1: GENERIC } }), []);
  });
});

describe("an edit of a source", () => {
  it("fails unless it fits exactly once", () => {
    assert.equal(applyEdits("a b", [["b", "$&"]], "file"), "a $&");
    assert.throws(() => applyEdits("a", [["b", "c"]], "file"), /^Error: file: "b" stands there 0 times/);
    assert.throws(() => applyEdits("b b", [["b", "c"]], "file"), /"b" stands there 2 times/);
  });
});
