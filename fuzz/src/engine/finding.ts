import { OracleError } from "./target.ts";

/** An input for which something does not hold. */
export interface Finding {
  readonly target: string;
  /** What does not hold: the same for all inputs with the same cause. */
  readonly property: string;
  readonly detail: string;
  readonly input: Uint8Array;
}

/** Returns what identifies an error: the property, or the kind of error and the function that threw it. */
export function propertyOf(error: unknown): string {
  if (error instanceof OracleError) return error.property;
  if (!(error instanceof Error)) return `throws ${typeof error}`;
  const frame = /\n\s+at (?:async )?(?:new )?([\w.#<>[\] ]+) \(.*?((?:packages|tools|fuzz)\/[\w./-]+)/.exec(
    error.stack ?? "",
  );
  return frame ? `throws ${error.name} in ${frame[1]} (${frame[2]})` : `throws ${error.name}`;
}

/** Returns a finding as a test case that can be run. */
export function printTestCase({ target, property, detail, input }: Finding): string {
  const text = Buffer.from(input.buffer, input.byteOffset, input.length);
  const isText = /^[\n\r\t -~]*$/.test(text.toString("latin1"));
  const bytes = isText ? JSON.stringify(text.toString("latin1")) : `"${text.toString("base64")}", "base64"`;
  return [
    `// ${property}${detail ? `\n// ${detail.replaceAll("\n", "\n// ").slice(0, 1000)}` : ""}`,
    `import { target } from "./targets/${target}.ts";`,
    `it(${JSON.stringify(property)}, async () => {`,
    `  await target.run(Buffer.from(${bytes}));`,
    "});",
  ].join("\n");
}
