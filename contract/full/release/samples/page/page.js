import { createImageClient } from "@retouch/client";

const { baseUrl, model } = Object.fromEntries(new URLSearchParams(location.search));
const client = createImageClient({ apiKey: "key-of-a-rehearsal", baseUrl, dangerouslyAllowBrowser: true });
const image = await new Promise((resolve) => document.createElement("canvas").toBlob(resolve));
const { images } = await client.edit({ model, image, prompt: "Make it night" });
document.title = images[0].mediaType;
