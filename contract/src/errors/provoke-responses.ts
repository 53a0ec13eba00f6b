import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeClientOptions } from "@retouch/client/node";
import { drawImage } from "../support/sample-images.ts";
import { always, b64_json, type Client, editAt, type Provocation, params, success } from "./observe.ts";

/** The response to an edit that asks for two images, so that one of them may fail. */
function warned(code: string, ...data: readonly object[]): Provocation {
  return editAt(code, always(JSON.stringify({ data })), (client) => client.edit({ ...params, n: 2 }));
}

function streamed(code: string, ...events: readonly string[]): Provocation {
  const body = events.map((event) => `data: ${event}\n\n`).join("");
  const listener = always(body, 200, { "content-type": "text/event-stream" });
  return editAt(code, listener, async (client) => {
    for await (const event of client.stream(params)) if (event.type === "completed") return event.result;
    return undefined;
  });
}

function unusable(code: string, body: string, options: Partial<NodeClientOptions> = {}): Provocation {
  return editAt(code, always(body), undefined, options);
}

/** Reads an image that the response gives as a URL of its own server, which responds to it as given. */
function linked(
  code: string,
  respond: RequestListener,
  options: Partial<NodeClientOptions> = {},
  read: (client: Client, edit: typeof params) => Promise<unknown> = async (client, edit) =>
    (await client.edit(edit)).images[0]?.bytes(),
): Provocation {
  const listener: RequestListener = (request, response) => {
    if (request.method === "GET") return respond(request, response);
    const url = `http://${request.headers.host}/result.png`;
    return always(JSON.stringify({ data: [{ url }] }))(request, response);
  };
  return editAt(code, listener, (client) => read(client, params), options);
}

function failedTask(failedTasksAreBilled: boolean): Provocation {
  const task = { statusPath: "/v1/tasks/{id}", intervalMs: 1, failedTasksAreBilled };
  const listener: RequestListener = (request, response) => {
    const status = request.method === "GET" ? "failed" : "queued";
    return always(JSON.stringify({ task_id: "t1", status }))(request, response);
  };
  return editAt("task_failed", listener, undefined, { dialect: { task } });
}

async function inDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-codes-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const notImage = Buffer.from("<html>no image</html>").toString("base64");

/** Provocations of what is wrong with a response of status 200. */
export const responses: Readonly<Record<string, Provocation>> = {
  unrecognized_image: warned(
    "unrecognized_image",
    { b64_json },
    { b64_json: Buffer.alloc(99, "\0no image").toString("base64") },
  ),
  bad_base64: async () => [
    ...(await warned("bad_base64", { b64_json }, { b64_json: "%" })()),
    ...(await warned("bad_base64", { b64_json: "%" })()),
  ],
  task_pending: unusable("task_pending", JSON.stringify({ task_id: "t1", status: "queued" })),
  task_failed: async () => [...(await failedTask(true)()), ...(await failedTask(false)())],
  fewer_images: warned("fewer_images", { b64_json }),
  more_images: warned("more_images", { b64_json }, { b64_json }, { b64_json }),
  unreadable_event: streamed(
    "unreadable_event",
    "{",
    JSON.stringify({ type: "image_edit.completed", b64_json }),
  ),
  response_not_saved: () =>
    inDirectory(async (directory) => {
      const listener: RequestListener = (request, response) => {
        rmSync(join(directory, "kept"), { recursive: true });
        always(success)(request, response);
      };
      return editAt("response_not_saved", listener, (client) =>
        client.edit(params, { responseFile: join(directory, "kept", "response.json") }),
      )();
    }),
  unexpected_response: unusable("unexpected_response", "[".repeat(99_999)),
  response_too_large: unusable("response_too_large", success, { maxAnswerBytes: 9 }),
  empty_response: unusable("empty_response", ""),
  html_response: unusable("html_response", "<html></html>"),
  not_json: unusable("not_json", success.slice(0, -1)),
  no_image: unusable("no_image", '{"data":[]}'),
  ambiguous_response: unusable(
    "ambiguous_response",
    '{"a":{"url":"https://a.example/1"},"b":{"url":"https://a.example/2"}}',
  ),
  image_withheld: unusable("image_withheld", '{"data":[{"url":"","respect_moderation":false}]}'),
  error_in_response: unusable("error_in_response", '{"error":{"message":"No."}}'),
  error_event: streamed("error_event", '{"type":"error","error":{"message":"No."}}'),
  stream_incomplete: streamed("stream_incomplete", '{"type":"keepalive"}'),
  write_failed: () =>
    inDirectory(async (directory) => {
      await writeFile(join(directory, "file"), "");
      return editAt("write_failed", always(success), (client) =>
        client.editToFiles(params, { directory, pathFor: () => "file/edit.png" }),
      )();
    }),
  result_too_large: linked("result_too_large", always(Buffer.from(await drawImage("png", 512))), {
    maxAnswerBytes: 200,
  }),
  result_not_image: async () => [
    ...(await linked("result_not_image", always("no image"))()),
    ...(await warned("result_not_image", { b64_json }, { b64_json: notImage })()),
    ...(await unusable("result_not_image", JSON.stringify({ data: [{ b64_json: notImage }] }))()),
  ],
  result_url_failed: linked("result_url_failed", always("", 404)),
  result_url_refused: editAt(
    "result_url_refused",
    always(JSON.stringify({ data: [{ url: "https://192.168.1.2/a.png" }] })),
    async (client) => (await client.edit(params)).images[0]?.bytes(),
  ),
  result_url_timeout: linked("result_url_timeout", () => undefined, { timeoutMs: 500 }),
};
