// Finds objects whose schema is written twice. A schema is an object literal whose fields have readers of
// init/contract/shape.ts or zod, a cast to a literal type, or brackets that read fields of an unknown object. A field
// counts if its reader is written in place, not if it refers to a reader elsewhere, such as META.name.
import { glob, readFile } from "node:fs/promises";
import * as ts from "typescript";

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface Schema {
  readonly path: string;
  /** counted from 1 */
  readonly line: number;
  /** the declaration that contains it, with the fields on the way to it, e.g. pod.metadata */
  readonly name: string;
  /** fields whose reader is written in place, sorted */
  readonly fields: readonly string[];
}

export interface Duplicate {
  readonly first: Schema;
  readonly second: Schema;
  /** sorted */
  readonly shared: readonly string[];
}

/** A profile as users write it is a different document from the compiled profile. */
const PROFILES = /^(webhook\/profiles|presets\/[^/]+\/profile)\//;

export interface Exception {
  readonly path: string;
  /** one schema of the file @default all */
  readonly name?: string;
  readonly why: string;
}

/** Schemas that repeat another one, or seem to, each with a reason. */
export const SCHEMA_EXCEPTIONS: readonly Exception[] = [
  {
    path: "webhook/cli/writtenSchemas.ts",
    why: "`rollcall schema` prints them for people, with descriptions; the compiler compares them with what the runner reads",
  },
  {
    path: "webhook/cli/try/leases.ts",
    why: "the stand-in of the API server refuses what an API server refuses, also what ours would never read",
  },
  {
    path: "webhook/cli/doctor/execCredential.ts",
    name: "execConfig.env",
    why: "an ExecEnvVar of a kubeconfig is of another API than the EnvVar of a container, and has no valueFrom",
  },
  {
    path: "init/contract/plan.ts",
    name: "PROFILE_VERSION_FIELDS",
    why: "the plan's own fields: it names no version where the metadata has an empty uid",
  },
];

/** The sources of webhook, runner and presets. */
export async function readSchemaSources(): Promise<SourceText[]> {
  const paths = await Array.fromAsync(glob("{webhook,init,presets}/**/*.ts"));
  return Promise.all(paths.toSorted().map(async (path) => ({ path, text: await readFile(path, "utf8") })));
}

/** Fields of every object of the API server, which do not count as shared. */
const ENVELOPE: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "spec", "status"]);

/** Two schemas describe the same object if they share this many fields, and this part of the smaller one's fields. */
const LEAST_SHARED = 2;
const LEAST_PART = 2 / 3;

/** Modifiers of presence, which do not change the value's type. */
const WRAPPERS: ReadonlySet<string> = new Set(["nullish", "optional", "nullable", "list", "nonEmptyList"]);

const OBJECTS: ReadonlySet<string> = new Set(["object", "closed", "strictObject", "looseObject"]);

/** All pairs of schemas that define the same object, except for profiles and these exceptions. */
export function findDuplicateSchemas(
  sources: readonly SourceText[],
  exceptions: readonly Exception[] = SCHEMA_EXCEPTIONS,
): Duplicate[] {
  const schemas = sources
    .filter(({ path }) => !PROFILES.test(path))
    .flatMap(listSchemas)
    .filter(
      (schema) =>
        !exceptions.some(({ path, name = schema.name }) => path === schema.path && name === schema.name),
    );
  return schemas.flatMap((first, index) =>
    schemas.slice(index + 1).flatMap((second) => compareSchemas(first, second)),
  );
}

/** In one line, with the places of both. */
export function describeDuplicate({ first, second, shared }: Duplicate): string {
  const formatPlace = ({ path, line, name }: Schema): string => `${path}:${line} ${name}`;
  return `${formatPlace(first)} and ${formatPlace(second)} both define ${shared.join(", ")}`;
}

function compareSchemas(first: Schema, second: Schema): Duplicate[] {
  // variants of one union, or entries of one document
  if (first.path === second.path && readRootName(first) === readRootName(second)) return [];
  const shared = first.fields.filter((field) => second.fields.includes(field));
  const smaller = Math.min(first.fields.length, second.fields.length);
  const isSame = shared.length >= LEAST_SHARED && shared.length >= LEAST_PART * smaller;
  return isSame ? [{ first, second, shared }] : [];
}

const readRootName = ({ name }: Schema): string => name.split(".", 1)[0] ?? "";

/** The schemas of a file, in the order of their lines. */
export function listSchemas({ path, text }: SourceText): Schema[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const scope = { readers: listReaders(file), constants: listConstants(file) };
  const findLine = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const found: Schema[] = [];
  const readByHand = new Map<string, Set<string>>();
  const visit = (node: ts.Node): void => {
    const fields = sortFields(listFields(node, scope));
    if (fields.length > 0) found.push({ path, line: findLine(node), name: nameSchema(node), fields });
    const read = readField(node);
    if (read !== null) {
      const key = `${findLine(enclosingFunction(node))} ${read.object}`;
      readByHand.set(key, (readByHand.get(key) ?? new Set()).add(read.field));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const [key, names] of readByHand) {
    const [line = "", name = ""] = key.split(" ", 2);
    const fields = sortFields([...names]);
    if (fields.length > 0) found.push({ path, line: Number(line), name, fields });
  }
  return found.toSorted((a, b) => a.line - b.line);
}

const sortFields = (names: readonly string[]): string[] =>
  names.filter((name) => !ENVELOPE.has(name)).toSorted();

interface Scope {
  /** names of functions that make readers */
  readonly readers: ReadonlySet<string>;
  /** the constants of the file */
  readonly constants: ReadonlyMap<string, ts.Expression>;
}

function listConstants(file: ts.SourceFile): Map<string, ts.Expression> {
  const declarations = file.statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap(({ declarationList }) => declarationList.declarations);
  return new Map(
    declarations.flatMap(({ name, initializer }) =>
      initializer === undefined ? [] : [[name.getText(), initializer]],
    ),
  );
}

/** The readers that a file imports from shape.ts; `z` is zod. */
function listReaders(file: ts.SourceFile): Set<string> {
  const readers = new Set(["z"]);
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !/shape\.ts["']$/.test(statement.moduleSpecifier.getText()))
      continue;
    const names = statement.importClause?.namedBindings;
    if (names !== undefined && ts.isNamedImports(names))
      for (const { name } of names.elements) readers.add(name.text);
  }
  return readers;
}

/** The fields that an object literal or a cast defines in place. */
function listFields(node: ts.Node, scope: Scope): string[] {
  if (ts.isAsExpression(node) && ts.isTypeLiteralNode(node.type)) {
    return node.type.members.filter((member) => ts.isPropertySignature(member)).map(nameField);
  }
  if (!ts.isObjectLiteralExpression(node)) return [];
  return node.properties
    .filter((property) => ts.isPropertyAssignment(property) || ts.isShorthandPropertyAssignment(property))
    .filter((property) =>
      isDefinedInPlace(ts.isPropertyAssignment(property) ? property.initializer : property.name, scope),
    )
    .map(nameField);
}

const nameField = ({ name }: ts.ObjectLiteralElement | ts.PropertySignature): string =>
  name === undefined ? "" : ts.isStringLiteral(name) ? name.text : name.getText();

function isDefinedInPlace(value: ts.Expression, scope: Scope): boolean {
  if (ts.isIdentifier(value)) {
    // an object is compared where it is defined
    const constant = scope.constants.get(value.text);
    return constant !== undefined && !isObject(constant) && isDefinedInPlace(constant, scope);
  }
  if (!ts.isCallExpression(value)) return false;
  const { expression: callee, arguments: words } = value;
  if (ts.isPropertyAccessExpression(callee)) {
    const { expression: receiver } = callee;
    // z.string().min(1): the first call defines the type
    return ts.isIdentifier(receiver) ? receiver.text === "z" : isDefinedInPlace(receiver, scope);
  }
  if (!ts.isIdentifier(callee) || !scope.readers.has(callee.text)) return false;
  const [inner] = words;
  if (inner === undefined) return true;
  if (WRAPPERS.has(callee.text)) return isDefinedInPlace(inner, scope);
  // object(FIELDS): the fields are defined elsewhere
  return !OBJECTS.has(callee.text) || ts.isObjectLiteralExpression(inner);
}

/** Whether a reader is one of an object, or of a list of them. */
function isObject(value: ts.Expression): boolean {
  if (!ts.isCallExpression(value)) return false;
  const { expression: callee, arguments: words } = value;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  const [inner] = words;
  return OBJECTS.has(name) || (WRAPPERS.has(name) && inner !== undefined && isObject(inner));
}

/** object["field"] as a read access. */
function readField(node: ts.Node): { object: string; field: string } | null {
  if (!ts.isElementAccessExpression(node) || !ts.isStringLiteral(node.argumentExpression)) return null;
  if (ts.isBinaryExpression(node.parent) && node.parent.left === node) return null;
  return { object: node.expression.getText().replace(/\s/g, ""), field: node.argumentExpression.text };
}

function enclosingFunction(node: ts.Node): ts.Node {
  let at = node;
  while (at.parent !== undefined && !ts.isFunctionLike(at)) at = at.parent;
  return at;
}

function nameSchema(node: ts.Node): string {
  const parts: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) {
    if (ts.isPropertyAssignment(at) || ts.isVariableDeclaration(at)) parts.unshift(at.name.getText());
    if (ts.isVariableDeclaration(at)) break;
  }
  return parts.join(".");
}
