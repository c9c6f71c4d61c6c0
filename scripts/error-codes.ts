/**
 * The error codes of the program, read off its source: what BundleError is made with, by itself or through a function
 * that is given the code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { EXIT } from '../src/errors.ts';

const FOLDERS = ['src', 'stacks', 'secrets'];
/** Where the classes and functions that all of the program makes errors with come from; the sdk hands them on. */
const COMMON = /^src\/(sdk\/)?errors\.ts$/;

/** An error that the program can end with. */
export interface KnownError {
  code: string;
  /** The exit codes that it has by itself. */
  exits: Set<number>;
}

/** What makes an error of the code that is its first argument. */
interface Maker {
  name: string;
  /** Below the root; undefined for what every file may import. */
  file: string | undefined;
  /** undefined: its third argument says so. */
  exit: number | undefined;
}

interface SourceFile {
  path: string;
  tree: ts.SourceFile;
  /** Imported names, with the files that they come from. */
  imports: ReadonlyMap<string, string>;
}

/** Every error code with its exit codes, in alphabetical order. @param root of the repository */
export function errorCodes(root: string): KnownError[] {
  const files = FOLDERS.flatMap((folder) => sourceFiles(root, folder));
  const known = new Map<string, KnownError>();
  const note = (code: string, exit: number | undefined): void => {
    if (code === '') return;
    const entry = known.get(code) ?? { code, exits: new Set() };
    if (exit !== undefined) entry.exits.add(exit);
    known.set(code, entry);
  };
  const makers: Maker[] = [{ name: 'BundleError', file: undefined, exit: undefined }];
  // Makers are appended while the list is walked: each is looked for once, wherever it is known.
  for (const maker of makers)
    for (const file of files.filter((each) => knows(each, maker)))
      for (const call of callsOf(file.tree, maker.name)) {
        const [first] = call.arguments ?? [];
        if (first === undefined) continue;
        const exit = maker.exit ?? exitOf(call);
        const name = makerAround(call, first);
        if (name === undefined) for (const code of codesOf(first, file.tree)) note(code, exit);
        else if (!makers.some((each) => each.name === name && (each.file ?? file.path) === file.path))
          makers.push({ name, file: COMMON.test(file.path) ? undefined : file.path, exit });
      }
  // Faults are data first; a command that cannot go on with one ends with it.
  for (const { tree } of files) for (const code of faultsOf(tree)) note(code, EXIT.preflight);
  return [...known.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

function sourceFiles(root: string, folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name);
      const tree = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
      return { path, tree, imports: importsOfFile(tree, path) };
    });
}

function importsOfFile(tree: ts.SourceFile, path: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const from = join(path, '..', statement.moduleSpecifier.text);
    for (const { name } of bindings.elements) found.set(name.text, from);
  }
  return found;
}

/** Whether a file has a maker: as its own, or by import. */
function knows({ path, imports }: SourceFile, { name, file }: Maker): boolean {
  if (file === undefined) return COMMON.test(path) || COMMON.test(imports.get(name) ?? '');
  return path === file || imports.get(name) === file;
}

/** Every node of a kind, in the order of the text. */
function nodesOf<T extends ts.Node>(tree: ts.Node, is: (node: ts.Node) => node is T): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const isCall = (node: ts.Node): node is ts.CallExpression | ts.NewExpression =>
  ts.isCallExpression(node) || ts.isNewExpression(node);

const callsOf = (tree: ts.Node, name: string) =>
  nodesOf(tree, isCall).filter(({ expression }) => ts.isIdentifier(expression) && expression.text === name);

/** `exit: EXIT.usage` of the options that stand third; 1 if they name none, undefined if they name another value. */
function exitOf(call: ts.CallExpression | ts.NewExpression): number | undefined {
  const named = /\bexit: ([\w.]+)/.exec(call.arguments?.[2]?.getText() ?? '')?.[1];
  if (named === undefined) return EXIT.failed;
  return Object.entries(EXIT).find(([key]) => named === `EXIT.${key}`)?.[1];
}

/** The function around a call that hands its own first parameter on as the code. */
function makerAround(call: ts.Node, first: ts.Expression): string | undefined {
  if (!ts.isIdentifier(first)) return undefined;
  for (let node = call.parent; node !== undefined; node = node.parent) {
    if (!ts.isFunctionDeclaration(node) && !ts.isArrowFunction(node)) continue;
    const [parameter] = node.parameters;
    if (parameter === undefined || parameter.name.getText() !== first.text) continue;
    if (ts.isFunctionDeclaration(node)) return node.name?.text;
    return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined;
  }
  return undefined;
}

/** The codes that an expression may be: itself, either side of `? :`, a constant, what a function of the file gives. */
function codesOf(expression: ts.Expression, tree: ts.SourceFile): string[] {
  if (ts.isStringLiteral(expression)) return [expression.text];
  if (ts.isConditionalExpression(expression))
    return [expression.whenTrue, expression.whenFalse].flatMap((each) => codesOf(each, tree));
  if (ts.isIdentifier(expression))
    return nodesOf(tree, ts.isVariableDeclaration)
      .filter(({ name }) => name.getText() === expression.text)
      .flatMap(({ initializer }) => (initializer === undefined ? [] : codesOf(initializer, tree)));
  if (!ts.isCallExpression(expression)) return [];
  return nodesOf(tree, ts.isFunctionDeclaration)
    .filter(({ name }) => name?.text === expression.expression.getText())
    .flatMap((made) => nodesOf(made, ts.isReturnStatement))
    .flatMap(({ expression: given }) => (given === undefined ? [] : codesOf(given, tree)));
}

/** Codes of faults: `code: 'fingerprint-key-missing'`, unless it is a warning. Other codes are written otherwise. */
function faultsOf(tree: ts.Node): string[] {
  return nodesOf(tree, ts.isObjectLiteralExpression).flatMap(({ properties }) => {
    const texts = new Map(
      properties
        .filter(ts.isPropertyAssignment)
        .flatMap(({ name, initializer }) =>
          ts.isStringLiteral(initializer) ? [[name.getText(), initializer.text] as const] : [],
        ),
    );
    const code = texts.get('code');
    return code !== undefined && /^[a-z]+(-[a-z]+)+$/.test(code) && texts.get('level') !== 'warning' ? [code] : [];
  });
}
