// Responds to every POST immediately with an image of 2 MiB, in its own process: its memory must not count as the batch's.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import sharp from "sharp";

const side = 836;
const raw = { width: side, height: side, channels: 3 };
const image = await sharp(randomBytes(side * side * 3), { raw })
  .png()
  .toBuffer();
const payload = Buffer.from(JSON.stringify({ created: 1, data: [{ b64_json: image.toString("base64") }] }));
let posts = 0;

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    posts++;
    response.writeHead(200, { "content-type": "application/json", "content-length": payload.length });
    response.end(payload);
  });
});
server.listen(0, "127.0.0.1", () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on("message", () => {
  process.send({ posts }, () => process.disconnect());
  server.close();
  server.closeAllConnections();
});
