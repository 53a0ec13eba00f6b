import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import type { CallParams, ImageInput, ModelName } from "../edit-params.ts";
import type { EditResult } from "../edit-result.ts";
import { throwImportError } from "../errors/import-error.ts";
import type { EditEvent, ImageClient } from "../image-client.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";
import type { OnJob } from "./proxy-transport.ts";

/** Options of a client without a key: the proxy's URL, and the options of every client. */
export interface ProxyClientOptions
  extends Omit<
    ImageClientOptions,
    "apiKey" | "baseUrl" | "dangerouslyAllowBrowser" | "allowInsecureHttp" | "query" | "dialect"
  > {
  /** The proxy's URL, absolute or relative to the page: `/api/image-edit`. Edits are posted to exactly this URL. */
  readonly url: string | URL;
}

/** Options of one edit through a proxy. */
export interface ProxyEditOptions extends EditOptions {
  /**
   * Awaited with the reference of the job that a proxy with `jobs` makes of the edit: store it, and `collect` returns the
   * image after a reload. Called before each attempt is sent, or across origins when the proxy has accepted it.
   */
  readonly onJob?: ((job: string) => void | Promise<void>) | undefined;
}

/** A client that edits images through a proxy. */
export interface ProxyImageClient extends ImageClient {
  edit<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, ImageInput>,
    options?: ProxyEditOptions,
  ): Promise<EditResult>;
  stream<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, ImageInput>,
    options?: ProxyEditOptions,
  ): AsyncGenerator<EditEvent, void, undefined>;
  /**
   * Returns the result of an edit that this page, or an earlier one, has sent to a proxy with `jobs`. It sends no edit,
   * and waits until the result is there. An abort cancels the job.
   *
   * @param job What `onJob` was called with.
   * @throws HttpError 404 (`job_not_found`, `unknown`) when the proxy does not know it, or no longer.
   */
  collect(job: string, options?: EditOptions): Promise<EditResult>;
}

/**
 * Creates a client for pages that sends edits through a proxy (`createImageEditHandler` of `@retouch/client/server`),
 * which holds the key. The proxy knows the outcome of an edit, so the outcome that it reports is used.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work.
 * @example
 * const client = createProxyClient({ url: "/api/image-edit" });
 * const { images } = await client.edit({ image: file, prompt: "A red hat" }, { onUploadProgress });
 */
export function createProxyClient({ url, ...options }: ProxyClientOptions): ProxyImageClient {
  const proxyUrl = String(url);
  const create = (onJob?: OnJob) => {
    const load = async () => ({
      transport: (await import("./proxy-transport.ts")).createProxyTransport(onJob),
    });
    const platform = { load, proxyUrl };
    return createClient(platform, resolveSettings(options, platform));
  };
  // A component that is rendered on a server creates its client there too, where a relative URL cannot be resolved yet.
  if (globalThis.location !== undefined || /^https?:/i.test(proxyUrl)) create();
  return {
    async edit(params, call) {
      const { onJob, ...others } = call ?? {};
      return create(onJob).edit(params, others);
    },
    async *stream(params, call) {
      const { onJob, ...others } = call ?? {};
      yield* create(onJob).stream(params, others);
    },
    check: async (...call) => create().check(...call),
    async collect(job, call) {
      const { collectJob } = await import("./collect-job.ts").catch(throwImportError);
      const platform = { proxyUrl };
      return collectJob(job, call ?? {}, platform, resolveSettings(options, platform));
    },
  };
}
