/** Serves the mock for the soak test with one small image and prints its URL; on `stop`, prints its number of POSTs. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { startMockServer } from "@retouch/mock/server";

const image = new Uint8Array(await readFile(process.argv[2]));
const server = await startMockServer({ render: async () => image });
process.once("message", async () => {
  const posts = server.requests.filter(({ method }) => method === "POST").length;
  server.reset();
  await server.close();
  globalThis.gc();
  process.send({ posts, heapBytes: process.memoryUsage().heapUsed });
  process.disconnect();
});
process.send({ url: server.url });
