// What the client's README says about Fastify.
import { createImageEditHandler, toNodeListener } from "@retouch/client/server";
import fastify from "fastify";

const listener = toNodeListener(
  createImageEditHandler({
    apiKey: process.env.RETOUCH_API_KEY ?? "",
    baseUrl: process.env.RETOUCH_BASE_URL,
    authorize: (request) => request.headers.get("cookie") === "session=1",
  }),
);
const app = fastify();
app.register(async (route) => {
  route.removeAllContentTypeParsers();
  route.addContentTypeParser("*", (_request, _payload, done) => done(null));
  route.post("/api/image-edit", (request, reply) => listener(request.raw, reply.hijack().raw));
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
