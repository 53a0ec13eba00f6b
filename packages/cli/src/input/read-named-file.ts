import { constants, createReadStream, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { usageError } from "../errors/cli-error.ts";
import { shortText } from "./file-value.ts";

/** What a shell passes as `<(command)` or `/dev/stdin`: its pipe is open already, so someone writes to it. */
const openDescriptor = /^\/(?:dev\/stdin|(?:dev|proc\/[^/]+)\/fd\/\d+)$/;

/**
 * Reads the whole file that an option names.
 *
 * @param option the option, as messages name it
 * @throws CliError, exit code 2, if it is missing, a device, a named pipe, or longer than `maxMegabytes`
 */
export async function readNamedFile(
  option: string,
  file: string,
  { maxMegabytes }: { readonly maxMegabytes: number },
): Promise<Uint8Array> {
  const subject = `\`${option} ${shortText(file)}\``;
  try {
    return await readBytes(file, subject, maxMegabytes * 1024 * 1024);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const { code = "unknown reason" } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "no such file" : code;
    throw usageError(`${subject} cannot be read: ${reason}. Give an existing file.`, [], error);
  }
}

async function readBytes(file: string, subject: string, maxBytes: number): Promise<Uint8Array> {
  const info = await stat(file);
  if (info.isDirectory()) throw usageError(`${subject} is a folder. Give a file.`);
  const isPipe = info.isFIFO();
  if (!info.isFile() && !isPipe) throw usageError(`${subject} is a device. Give a file.`);
  if (isPipe && !openDescriptor.test(file))
    throw usageError(`${subject} is a named pipe. Give a file, or \`<(COMMAND)\` in a shell that has it.`);
  const stream = isPipe ? await openPipe(file) : createReadStream(file, { end: maxBytes });
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    byteLength += chunk.length;
    if (byteLength > maxBytes)
      throw usageError(`${subject} is longer than ${maxBytes / 1024 / 1024} MB. Give a shorter file.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Opens a pipe so that waiting for its writer keeps no thread busy, which even the end of Node would wait for. */
async function openPipe(file: string): Promise<AsyncIterable<Uint8Array>> {
  const { Socket } = await import("node:net");
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** Throws for a device or a pipe, which an image library would read without end. What is missing is reported later. */
export async function refuseSpecialFile(file: string, label: string): Promise<void> {
  const info = await stat(file).catch(() => undefined);
  if (info === undefined || info.isFile() || info.isDirectory()) return;
  throw usageError(`${shortText(label)} is a device or a pipe. Name an image file.`);
}
