import type { CheckReport, EditedImage, EditResult, Problem, UploadProgress } from "@retouch/client";
import type { PreparedEdit, PrepareEditOptions } from "../prepare/prepare-edit.ts";
import type { PrepareReport } from "../prepare/prepare-image.ts";
import type { CompleteParams, EditTransport } from "../transport/edit-transport.ts";
import type { ResultImage } from "./result-image.ts";

/** Callbacks of one edit, in the order they are called. */
export interface RunEvents {
  /** The server may create, and bill, images from now on. Called again when the edit is retried. */
  readonly onSend: () => void | Promise<void>;
  /** What collects the edit after a reload. */
  readonly onJob: (job: string) => void | Promise<void>;
  readonly onUploadProgress: (progress: UploadProgress) => void;
  readonly onPartial: (image: EditedImage, index: number) => void;
  /** The response is here and billed; only its images remain to be read. */
  readonly onResponse: () => void;
}

/** Result of one edit, with the bytes of its images. */
export interface RunResult {
  readonly result: EditResult;
  readonly images: readonly ResultImage[];
  readonly prepared: readonly PrepareReport[];
}

/** Prepares the images, sends the edit once, and reads the result. Holds no state. */
export async function runEdit(
  params: CompleteParams,
  options: PrepareEditOptions & { readonly transport: EditTransport },
  signal: AbortSignal,
  events: RunEvents,
): Promise<RunResult> {
  const prepared = await readyEdit(params, options, signal);
  signal.throwIfAborted();
  if (options.transport.reportsSend !== true) await events.onSend();
  signal.throwIfAborted(); // canceled while it was stored
  return receive(options.transport.run(prepared.params, { ...events, signal }), prepared, signal, events);
}

/** Collects an edit that an earlier page has sent, and finishes it as that page would have done. */
export function collectEdit(
  job: string,
  params: CompleteParams,
  options: PrepareEditOptions & { readonly transport: EditTransport },
  signal: AbortSignal,
  events: RunEvents,
): Promise<RunResult> | undefined {
  const collecting = options.transport.collect?.(job, { ...events, signal });
  if (collecting === undefined) return undefined;
  collecting.catch(() => undefined); // `receive` handles it, once the images are prepared
  // A billed image is shown as it arrived if the images of the earlier page cannot be read any more.
  const preparing = readyEdit(params, options).catch((): PreparedEdit => ({ params }));
  return preparing.then((prepared) => receive(collecting, prepared, signal, events));
}

async function receive(
  responding: Promise<EditResult>,
  { reports: prepared = [], finish }: PreparedEdit,
  signal: AbortSignal,
  events: RunEvents,
): Promise<RunResult> {
  const result = await responding;
  signal.throwIfAborted();
  events.onResponse();
  const images = await readImages(result, signal);
  return { result, prepared, images: finish ? await finish(images) : images };
}

/** Finds the problems of an edit as it would be sent. */
export async function checkEdit(
  params: CompleteParams,
  options: PrepareEditOptions & { readonly transport: EditTransport },
): Promise<CheckReport> {
  return options.transport.check((await readyEdit(params, options)).params);
}

async function readyEdit(
  params: CompleteParams,
  options: PrepareEditOptions,
  signal?: AbortSignal,
): Promise<PreparedEdit> {
  if (!(options.prepare || options.composite)) return { params };
  // Loaded late: a page that sends its images unchanged does not download this code.
  const { prepareEdit } = await import("../prepare/prepare-edit.ts");
  return prepareEdit(params, options, signal);
}

/**
 * Reads the images of a result. An image whose bytes this page may not fetch keeps its URL, because it is billed.
 *
 * @throws the client's error, outcome `unknown`, when no image remains.
 */
async function readImages({ images }: EditResult, signal: AbortSignal): Promise<readonly ResultImage[]> {
  const failures: unknown[] = [];
  const results = await Promise.all(
    images.map(async (image, index): Promise<ResultImage | undefined> => {
      try {
        return { image, blob: await image.blob({ signal }), warning: undefined };
      } catch (cause) {
        failures.push(cause);
        return image.url === undefined
          ? undefined
          : { image, blob: undefined, warning: unreadableWarning(index) };
      }
    }),
  );
  const readable = results.filter((result) => result !== undefined);
  if (readable.length === 0) throw failures[0];
  return readable;
}

function unreadableWarning(index: number): Problem {
  return {
    severity: "warning",
    field: `images[${index}]`,
    code: "cross_origin_image",
    message:
      "This page is not allowed to read the image from its server, so it can be shown but not edited. Open its URL, save it, and pass the file.",
  };
}
