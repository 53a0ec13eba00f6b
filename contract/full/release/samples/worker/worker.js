import { createImageClient } from "@retouch/client";

export default {
  async fetch(request, env) {
    const client = createImageClient({ apiKey: env.RETOUCH_API_KEY, baseUrl: env.RETOUCH_BASE_URL });
    const image = await request.blob();
    const { images } = await client.edit({ model: env.RETOUCH_MODEL, image, prompt: "Make it night" });
    return new Response(await images[0].bytes(), { headers: { "content-type": images[0].mediaType } });
  },
};
