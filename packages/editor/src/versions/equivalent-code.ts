import type { EditParameters } from "../form/edit-fields.ts";

/** An edit as text: what the command line and the client need to make it again. */
export interface EquivalentEdit {
  readonly params: EditParameters;
  /** The file names of the images, the edited one first. */
  readonly images: readonly string[];
  /** The file name of the mask. */
  readonly mask?: string | undefined;
  /** The file name of the markup. */
  readonly markup?: string | undefined;
  /** Whether everything outside the mask was put back. */
  readonly composite: boolean;
  /** The flags that choose the server; none for the default. */
  readonly flags: readonly string[];
}

/** Returns the command that makes the same edit. The key is in the environment, never in the command. */
export function cliCommand({ params, images, mask, markup, composite, flags }: EquivalentEdit): string {
  const { model, prompt, partial_images, ...options } = params;
  const words = ["retouch", "edit", ...images.map(asFile), "-m", model, "-p", prompt];
  words.push(...flags);
  if (mask !== undefined) words.push("--mask", mask);
  if (mask !== undefined && composite) words.push("--paste-back", "--crop");
  if (markup !== undefined) words.push("--markup", markup);
  for (const [field, value] of Object.entries(options))
    words.push(`--${field.replaceAll("_", "-")}`, `${value}`);
  if (partial_images !== undefined) words.push("--stream", "--partial-images", `${partial_images}`);
  return words.map(quote).join(" ");
}

/** Returns the TypeScript that makes the same edit, up to the composite. The key is in the environment. */
export function clientCode({ params, images, mask, markup, flags }: EquivalentEdit): string {
  const files = images.map((name) => JSON.stringify(name));
  const { model, prompt, partial_images: _, ...options } = params;
  const lines = [
    `model: ${JSON.stringify(model)},`,
    `image: ${files.length === 1 ? files[0] : `[${files.join(", ")}]`},`,
    ...(mask === undefined ? [] : [`mask: ${JSON.stringify(mask)},`]),
    ...(markup === undefined ? [] : [`markup: ${JSON.stringify(markup)},`]),
    `prompt: ${JSON.stringify(prompt)},`,
    ...Object.entries(options).map(([field, value]) => `${field}: ${JSON.stringify(value)},`),
  ];
  const at = flags.indexOf("--base-url");
  const baseUrl = at < 0 ? "" : `, baseUrl: ${JSON.stringify(flags[at + 1])}`;
  return `import { writeFile } from "node:fs/promises";
import { createImageClient } from "@retouch/client/node";

const client = createImageClient({ apiKey: process.env.RETOUCH_API_KEY ?? ""${baseUrl} });
const result = await client.edit({
${lines.map((line) => `  ${line}`).join("\n")}
});
for (const [index, image] of result.images.entries()) {
  await writeFile(\`edited-\${index + 1}.png\`, await image.bytes());
}
`;
}

/** Returns the flags of a server of which only the host is known; none for the default. */
export function flagsOf(host: string): readonly string[] {
  const isLocal = /^(127\.0\.0\.1|localhost|\[::1\])(:|$)/.test(host);
  return host === "" ? [] : ["--base-url", `${isLocal ? "http" : "https"}://${host}`];
}

/** A file name that starts with a dash would be an option. */
function asFile(name: string): string {
  return name.startsWith("-") ? `./${name}` : name;
}

/** Quotes a word for a POSIX shell. */
function quote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
