import { buildImageClient, type ImageClient } from "../build-image-client.ts";
import type { CallParams, ModelName } from "../edit-params.ts";
import type { EditResult } from "../edit-result.ts";
import { failToLoad } from "../fail-to-load.ts";
import { createNodeTransport } from "./create-node-transport.ts";
import type {
  EditToFilesOptions,
  FileEditResult,
  NodeClientOptions,
  NodeEditOptions,
} from "./node-client-options.ts";
import { createNodeOpener, type NodeInput } from "./open-node-input.ts";
import type { createFileRunner } from "./run-file-edit.ts";

/** Edits pictures on Node: paths and URLs in, files out. */
export interface NodeImageClient extends Omit<ImageClient<NodeInput>, "edit"> {
  /**
   * Edits one or more pictures and resolves with the results, read into memory.
   *
   * @throws what `edit` of `@retouch/client` throws, with an outcome that is exact.
   * @example
   * const { images } = await client.edit({ model: "gpt-image-1", image: "photo.jpg", prompt: "A red hat" });
   */
  edit<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, NodeInput>,
    options?: NodeEditOptions,
  ): Promise<EditResult>;
  /**
   * Edits pictures and writes each result to a file of its own while it arrives, without holding it in memory. A file
   * appears under its name once it is whole and on the disk; one that exists is kept unless `overwrite` is set.
   *
   * @throws what `edit` throws, and ConfigurationError (`not-sent`) for a place that can not be written.
   * @example
   * const { images } = await client.editToFiles({ image: "photo.jpg", prompt: "A red hat" }, { directory: "out" });
   * images[0].path; // "/.../out/edit-1.png"
   */
  editToFiles<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, NodeInput>,
    options: EditToFilesOptions,
  ): Promise<FileEditResult>;
}

/**
 * Creates a client on `node:http(s)`: files are read in pieces and never whole, connections are kept alive, nothing but
 * `timeoutMs` limits the wait for an answer, and the outcome of a failure is exact.
 *
 * @throws ConfigurationError (`not-sent`) for options that can not work.
 * @example
 * const client = createImageClient({ apiKey: process.env.MY_KEY });
 * const { images } = await client.edit({ model: "gpt-image-1", image: "photo.jpg", prompt: "A red hat" });
 */
export function createImageClient(options: NodeClientOptions = {}): NodeImageClient {
  const runtime = {
    transport: createNodeTransport(options),
    openInput: createNodeOpener(options.pictureUrls),
    optionNames: ["pictureUrls", "tls", "agent", "proxy"] satisfies (keyof NodeClientOptions)[],
  };
  const client = buildImageClient<NodeInput>(runtime, options);
  let runner: ReturnType<typeof createFileRunner> | undefined;
  const loadRunner = async () => {
    // Kept once it is there: a load that failed is tried again by the next call.
    runner ??= (await import("./run-file-edit.ts").catch(failToLoad)).createFileRunner(runtime, options);
    return runner;
  };
  return {
    ...client,
    async edit(params, given) {
      const call = given ?? {};
      if (call.answerFile === undefined && !call.onPartial) return client.edit(params as never, call); // the same signature, over the same type parameter
      const own = { ...params };
      return (await loadRunner())(own, call);
    },
    async editToFiles(params, call) {
      const own = { ...params };
      return (await loadRunner())(own, call, call);
    },
  };
}
