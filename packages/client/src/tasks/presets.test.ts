import { expect, it } from "vitest";
import { sampleImage } from "../fixtures/images.ts";
import { sendJson, startEditServer } from "../fixtures/start-edit-server.ts";
import type { DialectName } from "../generated/dialect-names.gen.ts";
import { createImageClient } from "../node/index.ts";

const id = "58cb41b7-556d-46c0-b82e-1e116aa1a31a";
const noError = { code: 0, raw_message: "", message: "", detail: null };
const input = { prompt: "A red hat", image: "https://cdn.example/in.png" };

/** What the documents of each server show: the response to a form, a task that is done, and one that failed. */
const servers: readonly [
  DialectName,
  { post: string; poll: string; made: unknown; done: unknown; failed: unknown },
][] = [
  [
    "pixapi",
    {
      post: "/v1/async/images/edits",
      poll: `/v1/tasks/${id}`,
      made: { id, status: "queued" },
      done: { id, status: "completed", result: { data: [{ url: "https://cdn.example/1.png" }] } },
      failed: { id, status: "failed", error: { message: "Not that." } },
    },
  ],
  [
    "apimart",
    {
      post: "/v1/images/generations",
      poll: "/v1/tasks/task_01K",
      made: { code: 200, data: [{ status: "submitted", task_id: "task_01K" }] },
      done: {
        code: 200,
        data: {
          id: "task_01K",
          status: "completed",
          progress: 100,
          result: { images: [{ url: ["https://cdn.example/1.png"], expires_at: 1763174708 }] },
        },
      },
      failed: { code: 200, data: { id: "task_01K", status: "failed", error: { message: "Not that." } } },
    },
  ],
  [
    "piapi",
    {
      post: "/v1/images/edits",
      poll: `/api/v1/task/${id}`,
      made: {
        code: 200,
        data: { task_id: id, status: "pending", input, output: null, error: noError },
        message: "success",
      },
      done: {
        code: 200,
        data: {
          task_id: id,
          status: "completed",
          input,
          output: { image_base64: "", image_url: "https://cdn.example/1.png" },
          error: noError,
        },
        message: "success",
      },
      failed: {
        code: 200,
        data: {
          task_id: id,
          status: "failed",
          input,
          output: {},
          error: { code: 10000, message: "Not that." },
        },
        message: "success",
      },
    },
  ],
];

it.each(servers)(
  "polls a task of %s as its documents show it",
  async (preset, { post, poll, made, done, failed }) => {
    let end = done;
    const server = await startEditServer((response, { method }) =>
      sendJson(response, 200, method === "POST" ? made : end),
    );
    try {
      const task = { ...(await taskOf(preset)), intervalMs: 1 };
      const client = createImageClient({
        apiKey: "k-0123456789",
        baseUrl: server.url,
        dialect: { preset, task },
      });
      const params = { model: "m", image: sampleImage(), prompt: "A red hat" };
      const { images } = await client.edit(params);
      expect(images.map(({ url }) => url)).toEqual(["https://cdn.example/1.png"]);
      expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
        `POST ${post}`,
        `GET ${poll}`,
      ]);
      end = failed;
      await expect(client.edit(params)).rejects.toMatchObject({
        outcome: "unknown",
        message: expect.stringContaining('"Not that".'),
      });
    } finally {
      await server.close();
    }
  },
);

async function taskOf(preset: DialectName) {
  const { dialects } = await import("../generated/dialects.gen.ts");
  return dialects[preset].dialect.task;
}
