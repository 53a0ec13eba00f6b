import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import type { CallParams, ModelName } from "../edit-params.ts";
import type { EditResult } from "../edit-result.ts";
import { throwImportError } from "../errors/import-error.ts";
import type { ImageClient } from "../image-client.ts";
import type { ResumableTask } from "../tasks/task-dialect.ts";
import { nodeFiles } from "./files/durable-file.ts";
import type { NodeInput } from "./input/open-input.ts";
import { createAgents } from "./network/agents.ts";
import type {
  EditToFilesOptions,
  FileEditResult,
  ImageFilesOptions,
  NodeClientOptions,
  NodeEditOptions,
} from "./options.ts";
import type { FileEdits } from "./run-file-edit.ts";
import type { Surroundings } from "./surroundings.ts";

/** Client that edits images on Node: takes paths and URLs, writes files. */
export interface NodeImageClient extends Omit<ImageClient<NodeInput>, "edit"> {
  /**
   * Edits one or more images and resolves with the results, read into memory.
   *
   * @throws what `edit` of `@retouch/client` throws; the outcome is exact.
   * @example
   * const { images } = await client.edit({ model: "gpt-image-1", image: "photo.jpg", prompt: "A red hat" });
   */
  edit<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, NodeInput>,
    options?: NodeEditOptions,
  ): Promise<EditResult>;
  /**
   * Edits images and writes each result to its own file while it arrives, without holding it in memory. A file appears
   * under its name once it is complete and on disk. An existing file is not replaced unless `overwrite` is set.
   *
   * @throws what `edit` throws, and ConfigurationError (`not-sent`) for a directory that cannot be written.
   * @example
   * const { images } = await client.editToFiles({ image: "photo.jpg", prompt: "A red hat" }, { directory: "out" });
   * images[0].path; // "/.../out/edit-1.png"
   */
  editToFiles<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, NodeInput>,
    options: EditToFilesOptions,
  ): Promise<FileEditResult>;
  /**
   * Waits for the images of a task that an earlier call, or process, has sent: the event of its `onTask`. Nothing is sent
   * but polls, and nothing is billed. With a `directory`, the images are written there as `editToFiles` does.
   *
   * @throws what `edit` throws. The outcome of an error is that of the poll: the edit itself may be billed until it says otherwise.
   * @example
   * const { images } = await client.resume(JSON.parse(await readFile("task.json", "utf8")), { directory: "out" });
   */
  resume(
    task: ResumableTask,
    options?: NodeEditOptions & Partial<ImageFilesOptions>,
  ): Promise<FileEditResult>;
}

/**
 * Creates a client on `node:http(s)`: reads files in chunks and reuses recent connections. Only `timeoutMs` limits the
 * wait for a response, and the outcome of a failure is exact.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work.
 * @example
 * const client = createImageClient({ apiKey: process.env.MY_KEY });
 * const { images } = await client.edit({ model: "gpt-image-1", image: "photo.jpg", prompt: "A red hat" });
 */
export function createImageClient(options: NodeClientOptions = {}): NodeImageClient {
  return createClientIn({ files: nodeFiles }, options);
}

/** Creates a client in other surroundings than the real ones. @internal */
export function createClientIn(surroundings: Surroundings, options: NodeClientOptions = {}): NodeImageClient {
  const agents = createAgents(options);
  const platform = {
    load: async () => (await import("./node-platform.ts")).createNodePlatform(surroundings, options, agents),
    optionNames: [
      "imageUrls",
      "tls",
      "agent",
      "proxy",
      "freshConnections",
    ] satisfies (keyof NodeClientOptions)[],
  };
  const settings = resolveSettings(options, platform);
  const client = createClient<NodeInput>(platform, settings);
  let fileEdits: FileEdits | undefined;
  const loadFileEdits = async (): Promise<FileEdits> => {
    if (fileEdits) return fileEdits;
    const loading = Promise.all([import("./run-file-edit.ts"), platform.load()]);
    const [{ createFileEdits }, loaded] = await loading.catch(throwImportError);
    // Stored only after it loaded, so that the next call retries a failed import.
    fileEdits ??= createFileEdits({ ...platform, ...loaded }, settings, surroundings);
    return fileEdits;
  };
  return {
    ...client,
    async edit(params, callOptions) {
      const call = callOptions ?? {};
      if (call.responseFile === undefined && !call.onPartial) return client.edit(params as never, call); // the same signature, over the same type parameter
      const paramsCopy = { ...params };
      return (await loadFileEdits()).edit(paramsCopy, call);
    },
    async editToFiles(params, call) {
      const paramsCopy = { ...params };
      return (await loadFileEdits()).edit(paramsCopy, call, call);
    },
    async resume(task, callOptions) {
      const { directory, ...call } = callOptions ?? {};
      const files = directory === undefined ? undefined : { ...call, directory };
      return (await loadFileEdits()).resume({ ...task }, call, files);
    },
  };
}
