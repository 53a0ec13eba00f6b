import createClient, { type Client, createQuerySerializer } from "openapi-fetch";

import { checkNames } from "../config/check-names.ts";
import { resolveSettings } from "../config/resolve-settings.ts";
import { ConfigurationError } from "../errors/errors.ts";
import { editPath } from "../generated/endpoint.gen.ts";
import type { paths } from "../generated/openapi.gen.ts";
import type { ImageClientOptions } from "../options.ts";
import { locateEdit } from "../request/edit-endpoint.ts";
import { resolveKey } from "../request/resolve-key.ts";
import { redirectMode } from "../transport/fetch-transport.ts";
import { serializeBody } from "./serialize-body.ts";

/** Options of {@link createApiClient}: those of every client that concern where a request goes and who sends it. */
export type ApiClientOptions = Pick<
  ImageClientOptions,
  "apiKey" | "baseUrl" | "fetch" | "headers" | "query" | "dangerouslyAllowBrowser" | "allowInsecureHttp"
>;

/** Returns a `Request` that leaves the version out of the spec's paths, for base URLs that take none. */
function withoutVersion(root: string, version: string): typeof Request {
  return class extends Request {
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      const url = String(input);
      const start = root + version;
      super(url.startsWith(`${start}/`) ? root + url.slice(start.length) : input, init);
    }
  };
}

/** An openapi-fetch client that is typed for every path of the default vendor's document, or of another one's. */
export type ApiClient<Paths extends {} = paths> = Client<Paths>;

const optionNames: Readonly<Record<keyof ApiClientOptions, 1>> = {
  apiKey: 1,
  baseUrl: 1,
  fetch: 1,
  headers: 1,
  query: 1,
  dangerouslyAllowBrowser: 1,
  allowInsecureHttp: 1,
};

/**
 * Creates the plain openapi-fetch client over the paths of the spec, with our base URL, key and redirect rules. A body
 * that holds a file is sent as `multipart/form-data`, any other as JSON.
 *
 * For another vendor, give the type of its paths: `createApiClient<OpenAIPaths>({ apiKey, baseUrl })`.
 *
 * The promise of `createImageClient` ends here: there is no preflight, no retry, no deadline and no `outcome`; images
 * are in memory, a billed response is lost when it cannot be parsed, and a server's message is passed on as it is.
 * Branch on `response.ok`; `error` can be empty.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work, or that would expose the key. A call rejects
 * with one when it sets another `baseUrl`, or `redirect: "follow"`; with the `TypeError` of `fetch` for a redirect.
 * @example
 * const api = createApiClient({ apiKey });
 * const { data, response } = await api.POST("/v1/images/edits", {
 *   body: { model: "gpt-image-1", image: [photo], prompt: "A red hat" },
 * });
 */
export function createApiClient<Paths extends {} = paths>(options: ApiClientOptions = {}): ApiClient<Paths> {
  // `maxRetries`, for example: nothing here would obey it.
  checkNames(options, Object.keys(optionNames));
  const settings = resolveSettings(options, {});
  const { root, path: ownPath } = locateEdit(settings.baseUrl);
  const version = editPath.slice(0, editPath.length - ownPath.length);
  const serializeQuery = createQuerySerializer();
  const client = createClient<Paths>({
    baseUrl: root,
    headers: options.headers ?? {},
    redirect: redirectMode(),
    bodySerializer: serializeBody,
    querySerializer: (query) => serializeQuery({ ...settings.query, ...query }),
    ...(version !== "" && { Request: withoutVersion(root, version) }),
    fetch: (request) => (options.fetch ?? globalThis.fetch)(request),
  });
  client.use({
    async onRequest({ request, options: { baseUrl } }) {
      if (baseUrl !== root)
        throw new ConfigurationError(
          "A call cannot change `baseUrl`: the key belongs to the client's own. Create another client.",
        );
      if (request.redirect === "follow")
        throw new ConfigurationError(
          "A call cannot follow redirects: they could send the key elsewhere. Remove `redirect`.",
        );
      const key = await resolveKey(settings);
      if (key !== undefined && !request.headers.has("authorization"))
        request.headers.set("authorization", `Bearer ${key}`);
    },
  });
  return client;
}
