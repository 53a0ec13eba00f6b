/** Runs the smoke in a page: what it is told comes as JSON, so that a test hands it over as text. */
import { smoke } from "./smoke.js";

/** @param {{ entry: string, guards: string, baseUrl: string, picture: number[] }} world */
export async function runPage({ entry, guards, baseUrl, picture }) {
  const [client, { isRetouchError }] = await Promise.all([import(entry), import(guards)]);
  return smoke(
    { ...client, isRetouchError },
    { baseUrl, picture: Uint8Array.from(picture), options: { dangerouslyAllowBrowser: true } },
  );
}
