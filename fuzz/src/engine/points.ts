import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** The places of one source file that are counted, as offsets in order: statements, and the arms of expressions. */
export interface SourcePoints {
  readonly file: string;
  readonly offsets: readonly number[];
}

/** Finds the places to count in the given files and folders. Node strips types in place, so its offsets are the source's. */
export function findPoints(root: string, covers: readonly string[]): SourcePoints[] {
  return covers
    .flatMap((name) => (name.endsWith("/") ? filesIn(root, name) : [name]))
    .map((name) => {
      const [file = "", functions] = name.split("#");
      return { file: path.join(root, file), offsets: pointsOf(path.join(root, file), functions?.split(",")) };
    });
}

function filesIn(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/\.test(?:-d)?\.ts$/.test(name) && !name.endsWith(".d.ts"))
    .map((name) => path.join(folder, name));
}

function pointsOf(file: string, functions: readonly string[] | undefined): number[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const offsets = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || isDeclarationOnly(node)) return;
    if (
      ts.isStatement(node) &&
      !ts.isBlock(node) &&
      !ts.isFunctionDeclaration(node) &&
      !ts.isClassDeclaration(node)
    )
      offsets.add(node.getStart(source));
    if (ts.isConditionalExpression(node)) {
      offsets.add(node.whenTrue.getStart(source));
      offsets.add(node.whenFalse.getStart(source));
    }
    if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind))
      offsets.add(node.right.getStart(source));
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) offsets.add(node.body.getStart(source));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, (node) => {
    const isWanted =
      functions === undefined ||
      (ts.isFunctionDeclaration(node) && functions.includes(node.name?.text ?? ""));
    if (isWanted) visit(node);
  });
  return [...offsets].sort((a, b) => a - b);
}

function isDeclarationOnly(node: ts.Node): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}
