/** What every contender is asked to do; each sample runs in a process of its own. */
export interface Contender {
  /** Sends one small picture and reads a small answer. */
  small?(baseUrl: string, image: Uint8Array): Promise<void>;
  /** Sends the files as one edit: from their paths, or read whole into buffers first. */
  upload?(baseUrl: string, paths: readonly string[], from: "paths" | "buffers"): Promise<void>;
  /** Receives an answer of many big pictures and leaves them in memory or in `folder`; resolves with their bytes. */
  receive?(task: ResponseTask): Promise<number>;
  /** Checks an edit of the files without sending it; throws when that finds an error. */
  check?(images: readonly string[], mask?: string): Promise<void>;
}

export interface ResponseTask {
  readonly baseUrl: string;
  readonly image: Uint8Array;
  readonly format: "json" | "sse";
  readonly to: "memory" | "files";
  readonly directory: string;
  /** How many pictures are asked for, as `n`. */
  readonly count: number;
}

/** The prompt and the model of every call; the server does not look at them. */
export const task = { prompt: "Add a red kite", model: "gpt-image-1" } as const;
