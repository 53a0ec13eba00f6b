import { Buffer } from "node:buffer";
import { once } from "node:events";
import { closeSync, fdatasync, openSync, readSync, writeSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Contender, ResponseTask } from "./contender.ts";

const agent = new Agent({ keepAlive: true });
const boundary = "----bench-boundary-5e19";
const sync = promisify(fdatasync);
/** Every byte is decoded here: work is synchronous between two chunks, so one of each is enough. */
const chars = Buffer.allocUnsafe(1_048_576);
const bytes = Buffer.allocUnsafe(chars.byteLength);

/** Decodes base64 into a file as it arrives: from the first quote after `b64_json` to the next one. */
function createDecoder(file: number): (chunk: Buffer) => void {
  let used = 0;
  let state: "before" | "in" | "after" = "before";
  let rest = "";
  return (chunk) => {
    let from = 0;
    if (state === "before") {
      const marker = chunk.indexOf('"b64_json":"');
      if (marker < 0) return;
      from = marker + 12;
      state = "in";
    }
    if (state === "after") return;
    const quote = chunk.indexOf(34, from);
    if (quote >= 0) state = "after";
    const text = rest + chunk.toString("latin1", from, quote < 0 ? chunk.byteLength : quote);
    const whole = quote < 0 ? text.length & ~3 : text.length;
    rest = text.slice(whole);
    const length = bytes.write(text.slice(0, whole), "base64");
    for (let at = 0; at < length; ) at += writeSync(file, bytes, at, length - at, used + at);
    used += length;
  };
}

/** Waits until files are on the disk: all that are complete wait for one wave, and have one line of a journal each. */
function createWaves(): (file: number, journal: string) => Promise<void> {
  let waiting: { file: number; line: string }[] = [];
  let running: Promise<void> | undefined;
  let after: Promise<void> | undefined;
  const wave = async (journal: string): Promise<void> => {
    const batch = waiting;
    waiting = [];
    await Promise.all(batch.map(({ file }) => sync(file)));
    await appendFile(journal, batch.map(({ line }) => line).join(""), { flush: true });
  };
  return (file, journal) => {
    waiting.push({ file, line: `${JSON.stringify({ saved: file })}\n` });
    const start = (): Promise<void> => {
      after = undefined;
      running = wave(journal).finally(() => {
        running = undefined;
      });
      return running;
    };
    if (running === undefined && after === undefined) return start();
    after ??= (running ?? Promise.resolve()).then(start);
    return after;
  };
}

/**
 * Creates a contender that does only what must be done for a saved image, by hand: it decodes the response into one file,
 * synced in waves with one line of a journal. With `storesResponse` it first writes and syncs the response and reads it
 * again, as the CLI does, so that no crash loses what was billed. It has no claims, no checks and no recovery.
 */
export function createLeastWork({
  storesResponse,
}: {
  readonly storesResponse: boolean;
}): Pick<Contender, "receive"> {
  const durable = createWaves();

  async function store(response: IncomingMessage, directory: string): Promise<number> {
    const file = openSync(join(directory, "response"), "w+");
    response.on("data", (chunk: Buffer) => {
      for (let at = 0; at < chunk.byteLength; ) at += writeSync(file, chunk, at);
    });
    await once(response, "end");
    await durable(file, join(directory, "..", "journal"));
    return file;
  }

  async function receive({ baseUrl, directory, count }: ResponseTask): Promise<number> {
    const field = (name: string) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\nx\r\n`;
    const form = `${field("model")}${field("prompt")}${field("image")}--${boundary}--\r\n`;
    const message = request(`${baseUrl}/v1/images/edits`, {
      method: "POST",
      agent,
      headers: {
        "content-type": `multipart/form-data; boundary=${boundary}`,
        "content-length": form.length,
      },
    });
    message.end(form);
    const [response] = (await once(message, "response")) as [IncomingMessage];
    const file = openSync(join(directory, "image.png"), "w");
    const decode = createDecoder(file);
    if (storesResponse) {
      const stored = await store(response, directory);
      for (let at = 0, read = 1; read > 0; at += read) {
        read = readSync(stored, chars, 0, chars.byteLength, at);
        decode(chars.subarray(0, read));
      }
      closeSync(stored);
    } else {
      response.on("data", decode);
      await once(response, "end");
    }
    await durable(file, join(directory, "..", "journal"));
    closeSync(file);
    const mebibytes = Number(/-(\d+)$/.exec(baseUrl)?.[1]);
    return count * mebibytes * 1024 * 1024;
  }

  return { receive };
}
