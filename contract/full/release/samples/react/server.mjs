// The example of the README, beside the built page.
import { createImageEditHandler, toNodeListener } from "@retouch/client/server";
import express from "express";

const app = express();
const handler = createImageEditHandler({
  apiKey: process.env.RETOUCH_API_KEY ?? "",
  baseUrl: process.env.RETOUCH_BASE_URL,
  authorize: () => true,
});
app.post("/api/image-edit", toNodeListener(handler));
app.use(express.static("dist"));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
