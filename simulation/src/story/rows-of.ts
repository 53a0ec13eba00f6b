import { fields, type Manifest, rowId } from "./story.ts";

/** Returns the text of a manifest. */
export function rowsOf({ prompts }: Manifest): string {
  const rows = prompts.map((prompt, index) => {
    return { id: rowId(index), image: "in.png", prompt, output: `out/${index}`, ...fields };
  });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
