import { nodeSystem, readManifest } from "@retouch/cli/journal";
import type { OpenRow } from "./runs.ts";

/** A row as a person knows it. */
export type NamedRow = OpenRow & { readonly id?: string | undefined; readonly output?: string | undefined };

/** For a manifest that was changed: its lines are others now. */
export const withoutNames = (row: OpenRow): NamedRow => row;

/** Creates a function that gives rows the `id` and the output that their manifest has. The manifest is read once. */
export async function createNames(
  manifest: string,
  { unknownRows, unwrittenRows }: Readonly<Record<"unknownRows" | "unwrittenRows", readonly OpenRow[]>>,
): Promise<(row: OpenRow) => NamedRow> {
  const rows = [...unknownRows, ...unwrittenRows];
  if (rows.length === 0) return withoutNames;
  const wanted = new Set(rows.map(({ line }) => line));
  const found = new Map<number, Readonly<Record<string, unknown>>>();
  await readManifest(
    manifest,
    (raw) => {
      if ("fields" in raw && wanted.has(raw.line)) found.set(raw.line, raw.fields);
    },
    nodeSystem.files,
  );
  return (row) => {
    const { id, output } = found.get(row.line ?? -1) ?? {};
    return { ...row, id: textOf(id), output: textOf(output) };
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
