import type { PixelKit, RenderEdit } from "./render/edit-job.ts";
import type { LoggedRequest } from "./request-log.ts";

/** What handlers and server have in common. */
export interface MockOptions {
  /** A scenario's name, or a script: `rate-limited x2, then ok`. `ok` by default. A request's header wins. */
  scenario?: string;
  /** Wait before each answer, and between streamed events. 0 by default. */
  latencyMs?: number;
  /** The only key that passes. Without it, any bearer token does. */
  apiKey?: string;
  /** Paints the results instead of the built-in renderer; `"drawn"` gives quick placeholders. */
  render?: RenderEdit | "drawn";
  /** Largest request body; 512 MiB by default. */
  maxBodyBytes?: number;
  /** Keeps the bytes of uploaded files in the log. */
  keepBytes?: boolean;
  /** Called once an exchange is over. */
  onRequest?: (entry: LoggedRequest) => void;
}

/** What the mock needs from where it runs. */
export interface MockPlatform {
  hasSockets: boolean;
  /** Loads what unpacks and packs pictures; `undefined` where nothing can. */
  loadKit(): Promise<PixelKit | undefined>;
}
