/** Runs the smoke in a page: what it is told comes as JSON, so that a test hands it over as text. */
import { smoke } from "./smoke.js";

/** @param {{ entry: string, baseUrl: string, picture: number[] }} world */
export async function runPage({ entry, baseUrl, picture }) {
  const client = await import(entry);
  return smoke(client, {
    baseUrl,
    picture: Uint8Array.from(picture),
    options: { dangerouslyAllowBrowser: true },
  });
}
