import { chooseProxy, baseUrl as defaultServer } from "@retouch/client/node";
import type { ImageEditHandlerOptions } from "@retouch/client/server";
import {
  type AddressOptions,
  chooseAddress,
  chooseMockAddress,
  refuseWithMock,
} from "../../cli/src/config/address.ts";
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
      session: {
        mock: true,
        host: new URL(url).host,
        flags: ["--mock", ...addressFlags({ query, limitsLike })],
        model,
        limitsLike,
        priceKnown: true,
      },
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
    session: {
      mock: false,
      host: baseUrl.host,
      flags: [
        ...serverFlags(flags, env, isDefault ? undefined : baseUrl),
        ...addressFlags({ query, limitsLike }),
      ],
      model: model ?? served,
      limitsLike,
      priceKnown: isOpenai,
    },
    imageOrigin: baseUrl.protocol === "http:" ? baseUrl.origin : undefined,
    close: async () => undefined,
  };
}

/** Returns the flags of `retouch` that choose this server. Headers may be private, and stay here. */
function serverFlags(
  { path, keyHeader, insecureHttp, dialect }: ConnectionFlags,
  env: Environment,
  baseUrl: URL | undefined,
): readonly string[] {
  const given = {
    "--base-url": baseUrl?.href.replace(/\/$/, ""),
    "--dialect": dialect ?? env["RETOUCH_DIALECT"],
    "--path": path ?? env["RETOUCH_PATH"],
    "--key-header": keyHeader ?? env["RETOUCH_KEY_HEADER"],
  };
  return [
    ...Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...(insecureHttp === true ? ["--insecure-http"] : []),
  ];
}

/** Returns the flags that apply to the mock too. */
function addressFlags({ query = {}, limitsLike }: AddressOptions): readonly string[] {
  const pairs = Object.entries(query).flatMap(([name, value]) => ["--query", `${name}=${value}`]);
  return limitsLike === undefined ? pairs : [...pairs, "--limits-like", limitsLike];
}
