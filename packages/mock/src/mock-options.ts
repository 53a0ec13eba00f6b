import type { ImageCodec, RenderEdit } from "./render/edit-job.ts";
import type { LoggedRequest } from "./request-log.ts";

/** Options of both the handlers and the server. */
export interface MockOptions {
  /** A scenario's name, or a script: `rate-limited x2, then ok`. `ok` by default. The header of a request overrides it. */
  scenario?: string;
  /** Delay before each response, and between streamed events. 0 by default. */
  latencyMs?: number;
  /** The only accepted key. Without it, any bearer token is accepted. */
  apiKey?: string;
  /** Renders the results instead of the built-in renderer; `"drawn"` returns fast placeholders. */
  render?: RenderEdit | "drawn";
  /** Largest request body; 512 MiB by default. */
  maxBodyBytes?: number;
  /** Keeps the bytes of uploaded files in the log. */
  keepBytes?: boolean;
  /** Called after each exchange. */
  onRequest?: (entry: LoggedRequest) => void;
}

/** Features of the platform that the mock runs on. */
export interface Platform {
  hasSockets: boolean;
  /** Loads the image codec; resolves with `undefined` where there is none. */
  loadCodec(): Promise<ImageCodec | undefined>;
}
