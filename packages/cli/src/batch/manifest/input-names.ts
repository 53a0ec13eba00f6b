import { isDataUri } from "@retouch/client/node";
import type { RawRow } from "./raw-row.ts";
import { otherFiles, RowReader } from "./row-reader.ts";

/** Returns the files that a row reads, as the manifest has them: its images, mask and other files, but no URLs. */
export function inputNames(raw: Pick<RawRow, "fields">, isCsv: boolean): string[] {
  const reader = new RowReader(raw, isCsv);
  const names = [...reader.images(), ...["mask", ...otherFiles].map((name) => reader.text(name))];
  return names.filter(
    (name) => name !== undefined && !isDataUri(name) && !(/^https?:\/\//i.test(name) && URL.canParse(name)),
  ) as string[];
}
