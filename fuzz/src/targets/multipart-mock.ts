import { exampleModel } from "../../../packages/client/src/generated/example-model.gen.ts";
import { ApiError } from "../../../packages/mock/src/request/api-error.ts";
import {
  createMultipartParser,
  MultipartError,
  parseParameters,
} from "../../../packages/mock/src/request/parse-multipart.ts";
import { partText, readForm } from "../../../packages/mock/src/request/read-form.ts";
import { check, type Target } from "../engine/target.ts";
import { chunksOf, sameForChunks } from "../oracles/chunks.ts";
import { checkPrintable } from "../oracles/secrets.ts";

const part = (parameters: string, content: string, more = "") =>
  `--b\r\nContent-Disposition: form-data; ${parameters}\r\n${more}\r\n${content}\r\n`;
const form = (...parts: string[]) => `multipart/form-data; boundary=b\n${parts.join("")}--b--\r\n`;

export const target: Target = {
  name: "multipart-mock",
  covers: ["packages/mock/src/request/parse-multipart.ts", "packages/mock/src/request/read-form.ts"],
  seeds: [
    form(
      part('name="model"', exampleModel),
      part('name="image"; filename="a.png"', "x", "Content-Type: image/png; a=b\r\n"),
    ),
    'multipart/form-data; boundary="b c"\nx\r\n--b c \t\r\nContent-Disposition: form-data; name="a\\"b"\r\n\r\nu\r\n--b c--',
    "text/plain\nx",
    Buffer.from(form(part('name="prompt"', "\xff")), "latin1"),
    "multipart/form-data; boundary=b\n--b\r\n\r\n\r\n--b--",
    "multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--",
    "multipart/form-data; boundary=b\n--bx",
  ],
  dictionary: [
    "\r\n--b\r\n",
    "\r\n--b--",
    "--b",
    "\r\n\r\n",
    'Content-Disposition: form-data; name="',
    '; filename="',
    '"',
    "\\",
    "; ",
    "name=",
    "boundary=",
    "multipart/form-data",
    "Content-Type: ",
  ],
  maxBytes: 16_384,
  maxSteps: { fixed: 20_000, perByte: 60 },
  async run(input) {
    const lineEnd = input.indexOf(10);
    const contentType = Buffer.from(input.subarray(0, Math.max(0, lineEnd))).toString("latin1");
    const body = input.slice(lineEnd + 1);
    for (const name of parseParameters(contentType).keys())
      check(name === name.toLowerCase(), "a parameter is in lower case");
    await sameForChunks(
      body.length,
      async (size) => {
        let byteCount = 0;
        try {
          const parts = await readForm(contentType, chunksOf(body, size), 8192, (count) => {
            byteCount += count;
          });
          check(byteCount === body.length, "counts every byte");
          return parts.map((one) => ({
            ...one,
            bytes: Buffer.from(one.bytes).toString("hex"),
            text: textOf(one),
          }));
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          check(byteCount === body.length, "reads a broken form to its end");
          return { status: error.status, message: error.message };
        }
      },
      "a form is read the same for any chunks",
    );
    const boundary = parseParameters(contentType).get("boundary");
    if (!boundary) return;
    const parser = createMultipartParser(boundary);
    try {
      parser.push(body);
      parser.end();
    } catch (error) {
      if (!(error instanceof MultipartError)) throw error;
      checkPrintable(error.message, "an error");
    }
  },
};

function textOf(part: Parameters<typeof partText>[0]): string | undefined {
  try {
    return partText(part);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return undefined;
  }
}
