import { writeFile } from "node:fs/promises";
import { createImageClient } from "@retouch/client/node";

const client = createImageClient({
  apiKey: process.env.RETOUCH_API_KEY,
  baseUrl: process.env.RETOUCH_BASE_URL,
});
const { images } = await client.edit({
  model: process.env.RETOUCH_MODEL,
  image: "photo.png",
  prompt: "Make it night",
});
await writeFile("out.png", await images[0].bytes());
