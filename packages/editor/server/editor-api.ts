import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createImageEditHandler, type ImageEditHandlerOptions, toNodeListener } from "@retouch/client/server";
import type { ImageFile } from "./image-files.ts";
import type { EditorSession } from "./session.ts";

/** The route that the page posts its edits to. */
const editPath = "/api/image-edit";

/** Options of {@link createEditorApi}. */
export interface EditorApiOptions {
  /** The server that edits go to, with its key, and who may send. */
  readonly handler: ImageEditHandlerOptions;
  readonly session: Omit<EditorSession, "initialImages" | "start">;
  readonly images?: readonly ImageFile[] | undefined;
}

/** What the page asks its server for: edits, its session, and the images of the command line. */
export interface EditorApi {
  /** Responds to a request if its path is one of these. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Returns the edits that a server is working on, each until its response is stored. */
  running(): readonly Promise<unknown>[];
  /** Refuses new edits. Those that run can still be collected. */
  stop(): void;
}

/** Creates what the page asks its server for: `vite` and the command serve the same. */
export function createEditorApi({ handler, session, images = [] }: EditorApiOptions): EditorApi {
  const running = new Set<Promise<unknown>>();
  let isStopping = false;
  const jobs = handler.jobs && {
    ...handler.jobs,
    waitUntil(work: Promise<unknown>) {
      running.add(work);
      void work.finally(() => running.delete(work));
    },
  };
  const edit = toNodeListener(createImageEditHandler({ ...handler, jobs }));
  const imagePaths = new Map(images.map((image, index) => [`/api/images/${index}`, image]));
  const initialImages = [...imagePaths].map(([url, { name }]) => ({ name, url }));
  const sessionText = JSON.stringify({
    ...session,
    start: randomUUID(),
    initialImages,
  } satisfies EditorSession);

  return {
    async handle(request, response) {
      const path = request.url?.split("?", 1)[0] ?? "";
      const image = imagePaths.get(path);
      if (path === editPath && request.method === "POST" && isStopping) {
        request.resume();
        response.setHeader("x-retouch-outcome", "not-sent");
        sendError(
          response,
          503,
          "server_stopping",
          "The editor is being stopped. Nothing was sent. Start it again.",
        );
      } else if (path === editPath) await edit(request, response);
      else if (path !== "/api/session" && image === undefined) return false;
      else if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("allow", "GET, HEAD");
        sendError(response, 405, "method_not_allowed", "Send a GET.");
      } else if (image === undefined) send(response, "application/json", sessionText);
      else {
        await image.read().then(
          ({ bytes, mediaType }) => send(response, mediaType, bytes),
          () => sendError(response, 404, "not_found", `${image.name} is not a readable image any more.`),
        );
      }
      return true;
    },
    running: () => [...running],
    stop() {
      isStopping = true;
    },
  };
}

/** Sends an error in the form of the image-edit proxy, which the page's client reads. */
export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  const error = { message, type: "invalid_request_error", param: null, code };
  response.statusCode = status;
  send(response, "application/json", JSON.stringify({ error }));
}

/** Sends a complete body. */
export function send(response: ServerResponse, mediaType: string, body: string | Uint8Array): void {
  response.setHeader("content-type", mediaType);
  response.setHeader("cache-control", "no-store");
  response.setHeader("content-length", Buffer.byteLength(body));
  response.end(response.req.method === "HEAD" ? undefined : body);
}
