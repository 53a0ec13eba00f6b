import type { Outcome } from "../errors/errors.ts";

/** What one edit may cost you; every limit has a default. */
export interface ProxyLimits {
  /** The largest form, pictures included; 64 MiB (67,108,864) by default. Each form is held in memory until it has left. */
  readonly maxBodyBytes?: number | undefined;
  /** The most pictures of one edit; what the model takes by default. */
  readonly maxImages?: number | undefined;
  /** The largest `n`, every one of which is billed; what the model takes by default. */
  readonly maxN?: number | undefined;
  /** The longest prompt in characters (code points); what the model takes by default. */
  readonly maxPromptLength?: number | undefined;
}

/** What `rateLimit` answers. */
export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** When to come back; told to the page as `retry-after`. */
  readonly retryAfterMs?: number | undefined;
}

/** Tells what became of one request, for logs and meters; it holds no key, prompt, picture or address. */
export interface ProxyEvent {
  /**
   * - `refused`: it never left for upstream.
   * - `sent`: a complete, checked form starts to leave for upstream.
   * - `answered`: upstream's answer starts to go back.
   * - `completed`: all of it went back.
   * - `failed`: upstream could not be reached, or broke off.
   * - `aborted`: the page went away; upstream was cut off, and may bill the edit all the same.
   */
  readonly type: "refused" | "sent" | "answered" | "completed" | "failed" | "aborted";
  /** The status that the page got, when it got one. */
  readonly status?: number | undefined;
  /** A stable word: `not_authorized`, `body_too_large`, `upstream_refused_key`, ... */
  readonly code?: string | undefined;
  /** What upstream may have done, once something was sent. */
  readonly outcome?: Outcome | undefined;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  readonly durationMs: number;
}

/** Configures {@link createImageEditHandler}. */
export interface ImageEditHandlerOptions {
  /**
   * The key, or a function that returns it for each request. It never reaches the page. It has at least 8 characters, except
   * for an upstream on loopback or in a private network.
   */
  readonly apiKey: string | (() => string | Promise<string>);
  /** The upstream server's root, with or without `/v1`; https, or http on loopback. The spec's server by default. */
  readonly baseUrl?: string | undefined;
  /**
   * Decides whether this request's sender may spend your money: it must give exactly `true`. It sees the request's
   * address and headers, not its body. Everybody may when it is the word `"public"`.
   */
  readonly authorize: "public" | ((request: Request) => boolean | Promise<boolean>);
  /** Origins beside the proxy's own that may post, such as `https://app.example.com`. None by default. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Names that this server goes by, such as `app.example.com`; `localhost`, names without a dot and addresses always pass. Without a list any name
   * does, except on a connection of this machine to itself while `authorize` is `"public"`: there a stranger's page could give
   * its own name (DNS rebinding), unless it came over https. Behind a reverse proxy on the same machine that does not end TLS, or for
   * callers that are no page, list the name that it hands on.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** What may be asked for. Without a list, everything that the model takes. */
  readonly allow?:
    | {
        /** The models that may be asked for. With a list, a form without `model` is refused unless `force` gives one. */
        readonly models?: readonly string[] | undefined;
        /** The sizes that may be asked for. A form without `size` counts as `auto`. */
        readonly sizes?: readonly string[] | undefined;
      }
    | undefined;
  readonly limits?: ProxyLimits | undefined;
  /** Fields that your server decides, whatever the page sends: `{ model: "gpt-image-1", quality: "low" }`. */
  readonly force?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Is asked after `authorize` and before the form is read. */
  readonly rateLimit?: ((request: Request) => RateLimitVerdict | Promise<RateLimitVerdict>) | undefined;
  /** The limit of a whole request, reading the form included, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Is told what became of each request. What it throws is ignored. */
  readonly onEvent?: ((event: ProxyEvent) => void | Promise<void>) | undefined;
  /** Replaces the platform's `fetch` towards upstream. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Answers one request of a page. It never throws. */
export type ImageEditHandler = (request: Request) => Promise<Response>;
