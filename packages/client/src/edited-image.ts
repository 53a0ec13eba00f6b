/** Configures how a result picture is read. */
export interface ReadImageOptions {
  /** Ends the wait, and the fetching of a URL when nobody else waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/** Holds one result picture, lazy in every form: nothing is decoded, copied or fetched before it is asked for. */
export interface EditedImage {
  /**
   * Reads the picture's bytes, fetching them first (without the key) when the server answered with a URL.
   * Its redirects are followed, five at most, as far as they keep to https or the base URL's own origin.
   *
   * @throws NetworkError, TimeoutError or InvalidResponseError, outcome `unknown`, when a URL can not be fetched;
   * the URL stays on `url`.
   */
  bytes(options?: ReadImageOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads the picture as a `Blob` with its media type. */
  blob(options?: ReadImageOptions): Promise<Blob>;
  /** Reads the picture as a `data:` URL. */
  dataUrl(options?: ReadImageOptions): Promise<string>;
  /** Where the server keeps the picture, when it answered with a URL. It may be signed: do not log it. */
  readonly url?: string | undefined;
  /** When `url` is documented to stop working. */
  readonly expiresAt?: Date | undefined;
  /** The media type that the bytes say; for a URL known once it was fetched. */
  readonly mediaType?: string | undefined;
  /** Width in pixels, from the bytes. */
  readonly width?: number | undefined;
  /** Height in pixels, from the bytes. */
  readonly height?: number | undefined;
  /** The prompt that the model says it used. */
  readonly revisedPrompt?: string | undefined;
}
