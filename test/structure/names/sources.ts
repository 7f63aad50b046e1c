// Reads the sources with the compiler: the program, and what each file declares and exports.
import { join, relative } from "node:path";
import ts from "typescript";

/** Tests are measured separately, since fewer people read their helpers. */
export type SourcePart = "product" | "test";

/** A finding: where it is, and the text. */
export interface Finding {
  readonly part: SourcePart;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Declaration {
  /** path from the root, with forward slashes */
  readonly file: string;
  readonly part: SourcePart;
  readonly line: number;
  readonly name: string;
}

export interface DeclaredFunction extends Declaration {
  readonly exported: boolean;
  /** it returns a boolean, possibly in a promise */
  readonly boolean: boolean;
}

export interface Sources {
  readonly functions: readonly DeclaredFunction[];
  readonly types: readonly (Declaration & { readonly exported: boolean })[];
  /** exported constants of type boolean */
  readonly flags: readonly Declaration[];
  /** what a file declares and exports; without re-exports */
  readonly exports: ReadonlyMap<string, readonly Declaration[]>;
  readonly comments: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}

const PRODUCT = /^(webhook|init|presets|build)\//;
const TEST = /^test\//;

/** @throws Error if the root has no readable tsconfig.json */
export function readSources(root: string): Sources {
  const program = openProgram(root);
  const reader = makeReader(root, program.getTypeChecker());
  for (const source of program.getSourceFiles()) reader.read(source);
  return reader.found;
}

function openProgram(root: string): ts.Program {
  const fail = (problem: ts.Diagnostic): never => {
    throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail };
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), { noEmit: true }, host);
  if (config === undefined) throw new Error(`${root} has no tsconfig.json`);
  // keeps the cache of `npm run check`
  const { incremental: _, tsBuildInfoFile: __, ...options } = config.options;
  return ts.createProgram(config.fileNames, options);
}

function makeReader(root: string, checker: ts.TypeChecker) {
  const functions: DeclaredFunction[] = [];
  const types: (Declaration & { exported: boolean })[] = [];
  const flags: Declaration[] = [];
  const exports = new Map<string, Declaration[]>();
  const comments: { file: string; line: number; text: string }[] = [];

  function read(source: ts.SourceFile): void {
    const file = relative(root, source.fileName).replaceAll("\\", "/");
    const part = PRODUCT.test(file) ? "product" : TEST.test(file) ? "test" : null;
    if (part === null || source.isDeclarationFile) return;
    const lineAt = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
    const place = (node: ts.Node, name: string): Declaration => ({
      file,
      part,
      line: lineAt(node.getStart(source)),
      name,
    });
    const exported = new Set<ts.Node>(readExports(source));
    exports.set(
      file,
      [...exported].map((node) => place(node, readDeclaredName(node))),
    );
    const visit = (node: ts.Node): void => {
      const name = readFunctionName(node);
      if (name !== null) {
        functions.push({
          ...place(node, name),
          exported: exported.has(node),
          boolean: exported.has(node) && isBoolean(readReturnType(node)),
        });
      } else if (
        exported.has(node) &&
        ts.isVariableDeclaration(node) &&
        isBoolean(checker.getTypeAtLocation(node))
      )
        flags.push(place(node, readDeclaredName(node)));
      if (isTypeDeclaration(node) && node.name !== undefined)
        types.push({ ...place(node, node.name.text), exported: exported.has(node) });
      ts.forEachChild(node, visit);
    };
    visit(source);
    for (const { pos, end } of findComments(source))
      comments.push({ file, line: lineAt(pos), text: source.text.slice(pos, end) });
  }

  function readExports(source: ts.SourceFile): ts.Declaration[] {
    const symbol = checker.getSymbolAtLocation(source);
    if (symbol === undefined) return [];
    return checker
      .getExportsOfModule(symbol)
      .flatMap((one) => one.declarations ?? [])
      .filter((node) => node.getSourceFile() === source && !ts.isExportSpecifier(node));
  }

  function readReturnType(node: ts.Node): ts.Type | null {
    const [signature] = checker.getTypeAtLocation(node).getCallSignatures();
    return signature === undefined ? null : checker.getReturnTypeOfSignature(signature);
  }

  function isBoolean(type: ts.Type | null): boolean {
    if (type === null) return false;
    return ((checker.getAwaitedType(type) ?? type).flags & ts.TypeFlags.BooleanLike) !== 0;
  }

  return { read, found: { functions, types, flags, exports, comments } satisfies Sources };
}

/** The name of a function or method, or of a constant or property that holds a function; null for anything else. */
function readFunctionName(node: ts.Node): string | null {
  if (ts.isFunctionDeclaration(node)) return node.name?.text ?? null;
  if (ts.isMethodDeclaration(node)) return ts.isIdentifier(node.name) ? node.name.text : null;
  if (!ts.isVariableDeclaration(node) && !ts.isPropertyAssignment(node)) return null;
  const { initializer } = node;
  const holds =
    initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
  return holds && ts.isIdentifier(node.name) ? node.name.text : null;
}

function isTypeDeclaration(node: ts.Node) {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node)
  );
}

function readDeclaredName(node: ts.Node): string {
  const name = ts.getNameOfDeclaration(node as ts.Declaration);
  return name !== undefined && ts.isIdentifier(name) ? name.text : "default";
}

/** All comments, by the compiler's scanner: strings and regular expressions may look like comments. */
function findComments(source: ts.SourceFile): ts.TextRange[] {
  const found = new Map<number, ts.TextRange>();
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(source);
    if (children.length === 0 && node.kind !== ts.SyntaxKind.JsxText) {
      const before = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
      const behind = ts.getTrailingCommentRanges(source.text, node.getEnd()) ?? [];
      for (const range of [...before, ...behind]) found.set(range.pos, range);
    }
    for (const child of children) visit(child);
  };
  visit(source);
  return [...found.values()];
}
