/** The tasks of every contender; each sample runs in its own process. */
export interface Contender {
  /** Sends one small image and reads a small response. */
  small?(baseUrl: string, image: Uint8Array): Promise<void>;
  /** Sends the files as one edit: from their paths, or first read into buffers completely. */
  upload?(baseUrl: string, paths: readonly string[], from: "paths" | "buffers"): Promise<void>;
  /** Receives a response with many large images into memory or into `directory`; resolves with their bytes. */
  receive?(task: ResponseTask): Promise<number>;
  /** Checks an edit of the files without sending it; throws if there is an error. */
  check?(images: readonly string[], mask?: string): Promise<void>;
}

export interface ResponseTask {
  readonly baseUrl: string;
  readonly image: Uint8Array;
  readonly format: "json" | "sse";
  readonly to: "memory" | "files";
  readonly directory: string;
  /** The requested number of images, sent as `n`. */
  readonly count: number;
}

/** The prompt and the model of every call; the server ignores them. */
export const task = { prompt: "Add a red kite", model: "gpt-image-1" } as const;
