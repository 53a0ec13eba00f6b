import { exampleModel } from "../../../packages/client/src/generated/example-model.gen.ts";
import { openByteSource } from "../../../packages/client/src/media/byte-source.ts";
import { ProxyError } from "../../../packages/client/src/server/proxy-error.ts";
import { readFields } from "../../../packages/client/src/server/request/parse-fields.ts";
import { boundaryOf, parseForm } from "../../../packages/client/src/server/request/parse-multipart.ts";
import { encodeMultipart } from "../../../packages/client/src/transport/multipart.ts";
import { check, type Target } from "../engine/target.ts";
import { checkPrintable } from "../oracles/secrets.ts";

const png = "\x89PNG\r\n\x1a\n";
const part = (parameters: string, content: string, more = "") =>
  `--b\r\nContent-Disposition: form-data; ${parameters}\r\n${more}\r\n${content}\r\n`;

/** The first line is the content type, the rest the body. */
const form = (...parts: string[]) =>
  Buffer.from(`multipart/form-data; boundary=b\n${parts.join("")}--b--\r\n`, "latin1");

export const target: Target = {
  name: "multipart-proxy",
  covers: [
    "packages/client/src/server/request/parse-multipart.ts",
    "packages/client/src/server/request/parse-fields.ts",
    "packages/client/src/server/find-bytes.ts",
  ],
  seeds: [
    form(
      part('name="model"', exampleModel),
      part('name="prompt"', "a hat"),
      part('name="image"; filename="a.png"', png, "Content-Type: image/png\r\n"),
    ),
    form(
      part('name="n"', "2"),
      part('name="stream"', "true"),
      part('name="output_compression"', "50"),
      part('name="guidance"', "1.5"),
    ),
    form(
      part('name="image[]"; filename=""', ""),
      part('name="image[1]"', "data:image/png;base64,iVBORw0KGgo="),
      part('name="mask"; filename="m.png"', png),
    ),
    form(part("name=image; filename*=utf-8''a.png", png, "Content-Transfer-Encoding: binary\r\n")),
    Buffer.from(
      'multipart/form-data; charset=x; boundary="b c"\nx\r\n--b c \t\r\nContent-Disposition: form-data; name="user"\r\n\r\nu\r\n--b c--',
    ),
    form(part('name="model"', "x"), part('name="model"', "y")),
    form(part('name="prompt"', "\xff")),
    form(part('name="image"', "text")),
  ],
  dictionary: [
    "\r\n--b\r\n",
    "\r\n--b--",
    "--b",
    "\r\n\r\n",
    'Content-Disposition: form-data; name="',
    '; filename="',
    '"',
    "; ",
    "name=",
    "filename*=",
    "boundary=",
    "multipart/form-data",
    "Content-Transfer-Encoding: base64",
    "image",
    "image[0]",
    "mask",
    "prompt",
    "model",
    "n",
    "stream",
    "true",
    "false",
    "data:image/png;base64,",
    "data:,%41",
    "data:image/png",
  ],
  maxBytes: 16_384,
  maxSteps: { fixed: 20_000, perByte: 40 },
  async run(input) {
    const lineEnd = input.indexOf(10);
    const contentType = Buffer.from(input.subarray(0, Math.max(0, lineEnd))).toString("latin1");
    const body = input.slice(lineEnd + 1);
    const boundary = boundaryOf(contentType);
    if (boundary === undefined) return;
    check(
      boundary.length > 0 && boundary.length <= 70 && !/[\r\n"]/.test(boundary),
      "a boundary is one line",
    );
    try {
      const parts = parseForm(body, boundary);
      check(parts.length <= 128, "has at most 128 parts");
      for (const { bytes } of parts)
        check(
          !Buffer.from(bytes).includes(`\r\n--${boundary}`, 0, "latin1"),
          "a part does not contain its boundary",
        );
      const again = encodeMultipart(
        parts.map(({ name, filename, bytes }) => {
          const source = openByteSource(bytes);
          return filename === undefined && !name.includes("\0")
            ? { name: "text", filename: "text", mediaType: "text/plain", source }
            : { name: "file", filename: "file.png", mediaType: "image/png", source };
        }),
        "another-boundary-that-no-input-has",
      );
      const encoded: Uint8Array[] = [];
      for await (const chunk of again.chunks()) encoded.push(chunk.slice());
      const whole = new Uint8Array(Buffer.concat(encoded));
      check(whole.length === again.byteLength, "a form has the announced length");
      const read = parseForm(whole, "another-boundary-that-no-input-has");
      check(
        read.length === parts.length &&
          read.every(
            ({ bytes }, index) => Buffer.compare(bytes, parts[index]?.bytes ?? new Uint8Array(1)) === 0,
          ),
        "parts that are written are read again",
      );
      const force = { model: exampleModel, n: 1, user: "page" };
      const { params, model } = readFields(parts, force);
      check(
        model === exampleModel &&
          params["model"] === exampleModel &&
          params["n"] === 1 &&
          params["user"] === "page",
        "forced fields replace what the page sent",
      );
      for (const name of Object.keys(params))
        check(!["__proto__", "constructor"].includes(name), "no field of a prototype");
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      checkPrintable(error.message, "an error");
    }
  },
};
