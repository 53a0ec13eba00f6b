import { createLeastWork } from "../create-least-work.ts";

/** By hand: the least work for an image in a file that a power failure leaves. */
export const { receive } = createLeastWork({ storesResponse: false });
