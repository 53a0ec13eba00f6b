/** Imports a README's proxy and posts an edit to it, with and without a session: `serve-block.js FILE IMAGE`. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [file, imagePath] = process.argv.slice(2);
const block = await import(pathToFileURL(file).href);
const handler = block.POST ?? block.default?.fetch;
const url = `http://127.0.0.1:${process.env.PORT}/api/image-edit`;
const image = new Blob([await readFile(imagePath)], { type: "image/png" });

async function post(headers) {
  const body = new FormData();
  body.append("model", "gpt-image-1");
  body.append("prompt", "Make it dusk");
  body.append("image", image, "photo.png");
  const request = new Request(url, { method: "POST", headers, body });
  const response = await (handler ? handler(request) : fetch(request));
  const { data } = await response.json();
  return `${response.status} ${data?.length ?? 0}`;
}

console.log("with a session:", await post({ cookie: "session=abc" }));
console.log("without one:", await post({}));
process.exit(0);
