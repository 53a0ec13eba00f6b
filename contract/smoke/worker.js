/** Runs a smoke test in a worker, which receives the world as JSON in a POST. */
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
