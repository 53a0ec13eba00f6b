/** The first call of a fresh process: `node first-call.ts CONTENDER URL`. */
import type { Contender } from "./contender.ts";

const [name = "", origin = ""] = process.argv.slice(2);
const { small } = (await import(`./contenders/${name}.ts`)) as Contender;
const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
await small?.(`${origin}/small`, new Uint8Array(Buffer.from(pixel, "base64")));
process.exit(0);
