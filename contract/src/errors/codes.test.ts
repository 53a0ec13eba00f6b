import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { cliCodes } from "../../../packages/cli/src/errors/codes.ts";
import { codes } from "../../../packages/client/src/errors/codes.ts";
import { mockCodes } from "../../../packages/mock/src/responses/mock-codes.ts";
import { queueCodes } from "../../../packages/queue/src/errors/codes.ts";
import { renderErrors } from "./render-errors.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const listed = new Set([...Object.keys(codes), ...Object.keys(cliCodes), ...Object.keys(queueCodes)]);
/** Functions and classes that take a code, with its argument's index. `fail` has it first or second. */
const takesCode = new Map(
  Object.entries({
    ProxyError: [1],
    invalidInput: [1],
    configurationError: [0],
    toProblem: [2],
    maskError: [0],
    report: [2],
    warn: [0, 1],
    fail: [0, 1],
    reject: [1],
    abortError: [0],
  }),
);

/** Returns the string literals an expression can evaluate to. */
function literalsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return literalsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)];
  if (ts.isBinaryExpression(node)) return [...literalsOf(node.left), ...literalsOf(node.right)];
  return [];
}

/** Scans the sources for the literals that are passed as codes, and for all string literals. */
function scan(pattern: string): { thrown: Set<string>; mentioned: Set<string> } {
  const thrown = new Set<string>();
  const mentioned = new Set<string>();
  const files = globSync(pattern, { cwd: root }).filter(
    (file) =>
      !/\.test\.|\.test-d\.|\/(?:fixtures|testing|generated)\/|(?:errors\/|mock-)codes\.ts$/.test(file),
  );
  for (const file of files) {
    const source = ts.createSourceFile(
      file,
      readFileSync(`${root}${file}`, "utf8"),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent)) mentioned.add(node.text);
      if (ts.isPropertyAssignment(node) && node.name.getText(source) === "code") {
        for (const text of literalsOf(node.initializer)) thrown.add(text);
      }
      if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        const indexes = takesCode.get(node.expression.getText(source).split(".").at(-1) ?? "") ?? [];
        for (const argument of indexes.flatMap((index) => node.arguments?.[index] ?? [])) {
          for (const text of literalsOf(argument))
            if (/^[a-z0-9]+(_[a-z0-9]+)*$/.test(text)) thrown.add(text);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { thrown, mentioned };
}

const { thrown, mentioned } = scan("packages/{client,cli,queue,react-hooks}/src/**/*.{ts,tsx}");

test("every code that is thrown is listed", () => {
  expect(thrown.size).toBeGreaterThan(60);
  expect([...thrown].filter((code) => !listed.has(code))).toEqual([]);
});

test("the mock's codes are used by its sources, and are not codes of the client or the command line", () => {
  const mock = scan("packages/mock/src/**/*.ts").mentioned;
  expect(Object.keys(mockCodes).filter((code) => !mock.has(code) || listed.has(code))).toEqual([]);
});

test("every listed code is used by a source", () => {
  expect([...listed].filter((code) => !mentioned.has(code))).toEqual([]);
});

test("the command line's own codes are not codes of the client", () => {
  expect(Object.keys(cliCodes).filter((code) => code in codes)).toEqual([]);
});

test("docs/errors.md follows the lists of codes: pnpm --filter retouch-contract docs", () => {
  expect(readFileSync(`${root}docs/errors.md`, "utf8")).toBe(renderErrors());
});
