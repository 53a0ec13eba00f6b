/** Runs a smoke in a worker: it is asked by POST with the world as JSON. */
import * as client from "@retouch/client";
import { probe } from "./probe.js";
import { smoke } from "./smoke.js";

export const worker = {
  async fetch(request) {
    const { baseUrl, urls, image } = await request.json();
    const bytes = Uint8Array.from(image);
    return Response.json(
      urls ? await probe(client, { urls, image: bytes }) : await smoke(client, { baseUrl, image: bytes }),
    );
  },
};
