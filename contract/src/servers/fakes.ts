import type { Fake, ReceivedEdit } from "./fake-server.ts";

/** The key of every test. */
export const key = "test-key-0123456789";

/** What a test sends to a fake, and with which form of an edit. */
export interface ServerCase extends Fake {
  /** A model that the server has, or the name of a deployment. */
  readonly model: string;
  /** Whether an edit with a mask is documented. */
  readonly takesMask: boolean;
  /** Whether the spec's own request, without the preset, is refused by this server. */
  readonly needsPreset: boolean;
  /** The format of the images that it returns; PNG by default. */
  readonly format?: "png" | "jpeg";
}

/** Returns the first problem that was found. */
const first = (...problems: readonly (string | false | undefined)[]): string | undefined =>
  problems.find((problem): problem is string => typeof problem === "string");

const atPath = (edit: ReceivedEdit, path: string) =>
  edit.path !== path && `404: the path is ${edit.path}, not ${path}`;

const bearer = ({ headers }: ReceivedEdit) =>
  headers.authorization !== `Bearer ${key}` && `401: authorization is ${headers.authorization}`;

const apiKey = ({ headers }: ReceivedEdit) =>
  (headers["api-key"] !== key && `401: api-key is ${headers["api-key"]}`) ||
  (headers.authorization !== undefined && "the key is in authorization too");

const asForm = ({ isJson, headers }: ReceivedEdit) =>
  (isJson || !headers["content-type"]?.startsWith("multipart/form-data; boundary=")) &&
  `415: content-type is ${headers["content-type"]}`;

const asJson = ({ isJson, headers }: ReceivedEdit) =>
  (!isJson || headers["content-type"] !== "application/json") &&
  `415: content-type is ${headers["content-type"]}`;

const withTexts = ({ fields }: ReceivedEdit, model: string) =>
  (fields["model"] !== model && `model is ${fields["model"]}`) ||
  (fields["prompt"] !== "make it dusk" && `prompt is ${fields["prompt"]}`);

/** Checks the names of a form's files: `one` image, or `several`, and then a mask. */
function withFiles({ files }: ReceivedEdit, one: string, several: string, mask = "mask"): string | undefined {
  const images = files.filter((name) => name !== mask);
  const name = images.length > 1 ? several : one;
  const isRight = images.length > 0 && images.every((image) => image === name);
  return isRight && files.length - images.length < 2 ? undefined : `the files are ${files.join(", ")}`;
}

const isDataUri = (value: unknown) => typeof value === "string" && /^data:image\/png;base64,\w/.test(value);

/** Checks a list of objects that each have exactly one image. */
function withList(list: unknown, isImage: (image: Record<string, unknown>) => boolean): string | undefined {
  const isRight = Array.isArray(list) && list.length > 0 && list.every((image) => isImage({ ...image }));
  return isRight ? undefined : `the images are ${JSON.stringify(list)?.slice(0, 200)}`;
}

const withoutMembers = ({ fields }: ReceivedEdit, ...names: readonly string[]) => {
  const found = names.find((name) => name in fields);
  return found !== undefined && `${found} is not supported`;
};

/** The response of OpenAI: npm openai 7.57.0, `ImagesResponse`. */
const imagesResponse = (png: string) => ({
  created: 1_790_000_000,
  data: [{ b64_json: png }],
  output_format: "png",
  usage: { input_tokens: 10, output_tokens: 20, total_tokens: 30 },
});

/** OpenAI, and what copies its form: a repeated `image` is `duplicate_parameter` there, so several are `image[]`. */
const openaiForm =
  (path: string, model: string, checkKey = bearer): Fake["check"] =>
  (edit) =>
    first(
      atPath(edit, path),
      checkKey(edit),
      asForm(edit),
      withTexts(edit, model),
      withFiles(edit, "image", "image[]"),
    );

/**
 * A fake of each preset's server, by the preset's name. They are written from what is known of the servers (sources are
 * beside each), not from `spec/dialects.yaml`: a preset that is wrong fails here.
 */
export const serverCases: Readonly<Record<string, ServerCase>> = {
  // The vendor's document, spec/vendor: the 200 response is a chat completion.
  chainhub: {
    ...{ model: "gpt-image-1", takesMask: true, needsPreset: false },
    check: openaiForm("/v1/images/edits", "gpt-image-1"),
    respond: (png) => ({
      id: "chatcmpl-123",
      object: "chat.completion",
      created: 1_790_000_000,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: `![image](data:image/png;base64,${png})` },
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    }),
  },
  // npm openai 7.57.0.
  openai: {
    ...{ model: "gpt-image-2", takesMask: true, needsPreset: false },
    check: openaiForm("/v1/images/edits", "gpt-image-2"),
    respond: imagesResponse,
  },
  // npm @ai-sdk/azure 4.0.85, src/azure-openai-provider.ts: the deployment is `model`, no `api-version` after `/openai/v1`.
  azure: {
    ...{ model: "my-deployment", takesMask: true, needsPreset: true },
    check: (edit) =>
      first(
        openaiForm("/openai/v1/images/edits", "my-deployment", apiKey)(edit),
        Object.keys(edit.query).length > 0 && `the query has ${Object.keys(edit.query)}`,
      ),
    respond: imagesResponse,
  },
  // openai-node#1485, openai-node#1918: the deployment is in the path, and `api-version` is required.
  "azure-deployments": {
    ...{ model: "my-deployment", takesMask: true, needsPreset: true },
    check: (edit) =>
      first(
        openaiForm("/openai/deployments/DEPLOYMENT/images/edits", "my-deployment", apiKey)(edit),
        !/^\d{4}-\d\d-\d\d(?:-preview)?$/.test(edit.query["api-version"] ?? "") &&
          `404: api-version is ${edit.query["api-version"]}`,
      ),
    respond: imagesResponse,
  },
  // QuantumNous/new-api: reads `image`, else `image[]`, else any `image[...`; unused members are empty strings.
  "new-api": {
    ...{ model: "gpt-image-2", takesMask: true, needsPreset: false },
    check: (edit) =>
      first(
        atPath(edit, "/v1/images/edits"),
        bearer(edit),
        asForm(edit),
        withTexts(edit, "gpt-image-2"),
        !edit.files.some((name) => /^image(?:\[|$)/.test(name)) && "400: image is required",
      ),
    respond: (png) => ({
      created: 1_790_000_000,
      data: [{ url: "", b64_json: png, revised_prompt: "" }],
    }),
  },
  // BerriAI/litellm: the form of OpenAI.
  litellm: {
    ...{ model: "gpt-image-2", takesMask: true, needsPreset: false },
    check: openaiForm("/v1/images/edits", "gpt-image-2"),
    respond: imagesResponse,
  },
  // npm @ai-sdk/xai 5.0.12: JSON only; one image is `image`, more are `images`, 3 at most; no mask, size or seed.
  xai: {
    ...{ model: "grok-imagine-image-2.0", takesMask: false, needsPreset: true },
    check: (edit) => {
      const isImage = ({ url, type, ...rest }: Record<string, unknown>) =>
        isDataUri(url) && type === "image_url" && Object.keys(rest).length === 0;
      const { image, images } = edit.fields;
      return first(
        atPath(edit, "/v1/images/edits"),
        bearer(edit),
        asJson(edit),
        withTexts(edit, "grok-imagine-image-2.0"),
        withoutMembers(edit, "mask", "size", "seed"),
        image !== undefined && images !== undefined && "image and images exclude each other",
        image === undefined ? withList(images, isImage) : withList([image], isImage),
        Array.isArray(images) && (images.length < 2 || images.length > 3) && `${images.length} images`,
      );
    },
    respond: (png) => ({
      data: [{ b64_json: png, respect_moderation: true }],
      usage: { cost_in_usd_ticks: 200_000_000 },
    }),
  },
  // theopenco/llmgateway#1756: JSON only, `images[].image_url`; no file_id, mask or stream.
  llmgateway: {
    ...{ model: "gpt-image-2", takesMask: false, needsPreset: true },
    check: (edit) =>
      first(
        atPath(edit, "/v1/images/edits"),
        bearer(edit),
        asJson(edit),
        withTexts(edit, "gpt-image-2"),
        withoutMembers(edit, "mask", "stream", "image"),
        withList(
          edit.fields["images"],
          ({ image_url: url, ...rest }) => isDataUri(url) && Object.keys(rest).length === 0,
        ),
      ),
    respond: imagesResponse,
  },
  // npm @ai-sdk/deepinfra 3.0.57: `image` is repeated without brackets, and the response is a JPEG.
  deepinfra: {
    ...{ model: "Qwen/Qwen-Image-Edit", takesMask: false, needsPreset: true, format: "jpeg" },
    check: (edit) =>
      first(
        atPath(edit, "/v1/openai/images/edits"),
        bearer(edit),
        asForm(edit),
        withTexts(edit, "Qwen/Qwen-Image-Edit"),
        withFiles(edit, "image", "image"),
      ),
    respond: (png) => ({ created: 1_790_000_000, data: [{ b64_json: png }] }),
  },
  // docs.imagerouter.io: both names have brackets, also for one file.
  imagerouter: {
    ...{ model: "openai/gpt-image-2", takesMask: true, needsPreset: true },
    check: (edit) =>
      first(
        atPath(edit, "/v1/openai/images/edits"),
        bearer(edit),
        asForm(edit),
        withTexts(edit, "openai/gpt-image-2"),
        withFiles(edit, "image[]", "image[]", "mask[]"),
      ),
    respond: (png) => ({ created: 1_790_000_000, data: [{ b64_json: png }] }),
  },
  // docs.vllm.ai, vllm-omni, image_edit_api: `image`, without brackets.
  "vllm-omni": {
    ...{ model: "Qwen/Qwen-Image-Edit", takesMask: false, needsPreset: true },
    check: (edit) =>
      first(
        atPath(edit, "/v1/images/edits"),
        bearer(edit),
        asForm(edit),
        withTexts(edit, "Qwen/Qwen-Image-Edit"),
        withFiles(edit, "image", "image"),
      ),
    respond: (png) => ({ created: 1_790_000_000, data: [{ b64_json: png }] }),
  },
  // pixapi.ai/docs: a form at `/v1/async/images/edits`, a task, and `GET /v1/tasks/{id}`.
  pixapi: {
    ...{ model: "gpt-image-2", takesMask: true, needsPreset: true },
    check: openaiForm("/v1/async/images/edits", "gpt-image-2"),
    respond: () => ({ id: "task-1", status: "queued" }),
    get: (path, { authorization }, png) =>
      path === "/v1/tasks/task-1" && authorization === `Bearer ${key}`
        ? { id: "task-1", status: "completed", result: { data: [{ url: `data:image/png;base64,${png}` }] } }
        : undefined,
  },
  // docs.apimart.ai: references of a generation, as URLs in a list of texts; the task and its state are in `data`.
  apimart: {
    ...{ model: "gpt-image-2", takesMask: false, needsPreset: true },
    check: (edit) =>
      first(
        atPath(edit, "/v1/images/generations"),
        bearer(edit),
        asJson(edit),
        withTexts(edit, "gpt-image-2"),
        withoutMembers(edit, "mask", "image", "images"),
        withList([edit.fields["image_urls"]].flat(), () => true),
        ![edit.fields["image_urls"]].flat().every(isDataUri) && "image_urls are not URLs",
      ),
    respond: () => ({ code: 200, data: [{ status: "submitted", task_id: "task_1" }] }),
    get: (path, { authorization }, png) =>
      path === "/v1/tasks/task_1" && authorization === `Bearer ${key}`
        ? {
            code: 200,
            data: {
              ...{ id: "task_1", status: "completed", progress: 100 },
              result: { images: [{ url: [`data:image/png;base64,${png}`] }] },
            },
          }
        : undefined,
  },
  // piapi.ai/docs: the key in `x-api-key`, tasks at `/api/v1/task/{id}`, empty members while there is nothing.
  piapi: {
    ...{ model: "gpt-image-2", takesMask: true, needsPreset: true },
    check: (edit) =>
      first(
        atPath(edit, "/v1/images/edits"),
        edit.headers["x-api-key"] !== key && `401: x-api-key is ${edit.headers["x-api-key"]}`,
        edit.headers.authorization !== undefined && "the key is in authorization too",
        asForm(edit),
        withTexts(edit, "gpt-image-2"),
        withFiles(edit, "image", "image[]"),
      ),
    respond: () => piapiTask("pending", {}),
    get: (path, headers, png) =>
      path === "/api/v1/task/task-1" && headers["x-api-key"] === key
        ? piapiTask("completed", { image_base64: png, image_url: "" })
        : undefined,
  },
};

const piapiTask = (status: string, output: object) => ({
  code: 200,
  data: { task_id: "task-1", status, output, error: { code: 0, message: "" } },
  message: "success",
});
