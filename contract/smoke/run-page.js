/** Runs a smoke test in a page: its input is JSON, so that a test passes it as text. */
import { probe } from "./probe.js";
import { smoke } from "./smoke.js";

/** @param {{ entry: string, guards: string, baseUrl?: string, urls?: Record<string, string>, image: number[] }} world */
export async function runPage({ entry, guards, baseUrl, urls, image }) {
  const [client, { isRetouchError }] = await Promise.all([import(entry), import(guards)]);
  const world = { image: Uint8Array.from(image), options: { dangerouslyAllowBrowser: true } };
  return urls
    ? probe(client, { ...world, urls })
    : smoke({ ...client, isRetouchError }, { ...world, baseUrl });
}
