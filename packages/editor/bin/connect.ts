import { chooseProxy, baseUrl as defaultServer } from "@retouch/client/node";
import type { ImageEditHandlerOptions } from "@retouch/client/server";
import { chooseAddress, chooseMockAddress, refuseWithMock } from "../../cli/src/config/address.ts";
import {
  chooseApiKey,
  chooseBaseUrl,
  chooseTimeoutMs,
  describeAddress,
} from "../../cli/src/config/config.ts";
import type { ConnectionFlags } from "../../cli/src/config/connection-flags.ts";
import type { Environment } from "../../cli/src/config/environment.ts";
import { exampleModels, keyVendors } from "../../cli/src/generated/servers.gen.ts";
import type { EditorApiOptions } from "../server/editor-api.ts";
import { startMock } from "../server/start-mock.ts";
import { createUpstreamFetch } from "../server/upstream-fetch.ts";

/** Where edits go, with the options of the image-edit proxy for it. */
export interface Upstream {
  readonly handler: Omit<ImageEditHandlerOptions, "authorize" | "jobs">;
  readonly session: EditorApiOptions["session"];
  /** The origin of images that the server returns by URL, where it is not https. */
  readonly imageOrigin: string | undefined;
  close(): Promise<void>;
}

/**
 * Chooses the server and its key by the flags and variables of `retouch`, or starts the mock.
 *
 * @throws CliError: exit code 2 for settings that cannot be used, 4 without a key.
 */
export async function connect(
  flags: ConnectionFlags,
  env: Environment,
  model = env["RETOUCH_MODEL"],
): Promise<Upstream> {
  const timeoutMs = chooseTimeoutMs(flags, env);
  if (flags.mock === true) {
    refuseWithMock(flags);
    const { query, headers, limitsLike } = chooseMockAddress(flags, env);
    const { url, apiKey, close } = await startMock();
    return {
      handler: {
        apiKey,
        baseUrl: url,
        limitsLike,
        timeoutMs,
        fetch: createUpstreamFetch({ query, headers }),
      },
      session: { mock: true, host: new URL(url).host, model, limitsLike, priceKnown: true },
      imageOrigin: url,
      close,
    };
  }
  const baseUrl = chooseBaseUrl(flags, env);
  const { dialect, query, headers, limitsLike } = chooseAddress(flags, env);
  await describeAddress({ dialect, query, headers, limitsLike }, flags, env);
  const apiKey = chooseApiKey(env, baseUrl, flags);
  chooseProxy(baseUrl, undefined, process.env); // throws for one that cannot be used
  const isOpenai = baseUrl.origin === keyVendors.OpenAI.baseUrl;
  const isDefault = baseUrl.origin === new URL(defaultServer).origin;
  const served = isOpenai ? exampleModels.OpenAI : isDefault ? exampleModels.default : undefined;
  return {
    handler: {
      apiKey,
      baseUrl: baseUrl.href,
      dialect,
      allowInsecureHttp: flags.insecureHttp,
      limitsLike,
      timeoutMs,
      fetch: createUpstreamFetch({ query, headers }),
    },
    session: { mock: false, host: baseUrl.host, model: model ?? served, limitsLike, priceKnown: isOpenai },
    imageOrigin: baseUrl.protocol === "http:" ? baseUrl.origin : undefined,
    close: async () => undefined,
  };
}
