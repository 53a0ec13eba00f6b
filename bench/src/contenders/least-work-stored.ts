import { createLeastWork } from "../create-least-work.ts";

/** By hand: the same, with the response on the disk before it is read, which is the promise of the CLI. */
export const { receive } = createLeastWork({ storesResponse: true });
