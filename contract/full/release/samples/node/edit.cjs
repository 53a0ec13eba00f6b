const { readFileSync, writeFileSync } = require("node:fs");
const { createImageClient } = require("@retouch/client");

const client = createImageClient({
  apiKey: process.env.RETOUCH_API_KEY,
  baseUrl: process.env.RETOUCH_BASE_URL,
});
const image = readFileSync("photo.png");
client
  .edit({ model: process.env.RETOUCH_MODEL, image, prompt: "Make it night" })
  .then(async ({ images }) => writeFileSync("out.png", await images[0].bytes()));
