import { readDialects } from "./emit-dialects.ts";
import { imagesOf, maskOf } from "./emit-server-docs.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral } from "./print-literal.ts";

/** Writes what the command line says of the presets: their names, which `--help` lists, and facts, which load late. */
export function emitDialectFacts(dialectsText: string): { readonly names: string; readonly facts: string } {
  const entries = readDialects(dialectsText);
  const header = generatedHeader("emit/emit-dialect-facts.ts", "spec/dialects.yaml");
  const names = `${header}/** The names of the presets of \`--dialect\`. */
export const dialectNames = ${printLiteral(entries.map(({ name }) => name))} as const;
`;
  const rows = entries.map(
    ({ name, title, baseUrl, dialect, notes, source, unverified }) =>
      `  ${printKey(name)}: ${printLiteral({
        ...{ title, baseUrl, images: imagesOf(dialect), mask: maskOf(dialect) },
        ...{ notes: notes?.trim(), source: source.trim(), unverified: unverified?.trim() },
      })},\n`,
  );
  const facts = `${header}/** Facts about the server of a preset. */
export interface DialectFacts {
  readonly title: string;
  /** Its base URL, with placeholders in capitals; absent for servers that users run themselves. */
  readonly baseUrl?: string;
  /** How it receives images. */
  readonly images: string;
  /** How it receives the mask. */
  readonly mask: string;
  readonly notes?: string;
  readonly source: string;
  /** What is not confirmed. */
  readonly unverified?: string;
}

/** How a server without a preset receives images and the mask. */
export const plainForm = ${printLiteral({ images: imagesOf({}), mask: maskOf({}) })};

/** The facts of each preset, by its name. */
export const dialectFacts: Readonly<Record<string, DialectFacts>> = {
${rows.join("")}};
`;
  return { names, facts };
}
