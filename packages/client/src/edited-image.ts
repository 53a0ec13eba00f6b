/** Options for reading a result image. */
export interface ReadImageOptions {
  /** Aborts the read. The download of a URL is aborted once every reader of it has aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A result image. It is lazy: nothing is decoded, copied or downloaded before a method asks for it. */
export interface EditedImage {
  /**
   * Reads the image's bytes. When the server sent a URL, they are downloaded first, without the key.
   * At most five redirects are followed, each to https or to the base URL's own origin.
   *
   * @throws NetworkError, TimeoutError or InvalidResponseError (`unknown`) when the download fails. The URL stays in
   * `url`.
   */
  bytes(options?: ReadImageOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads the image as a `Blob` with its media type. */
  blob(options?: ReadImageOptions): Promise<Blob>;
  /** Reads the image as a `data:` URL. */
  dataUrl(options?: ReadImageOptions): Promise<string>;
  /** The image's URL, when the server sent one. It may be signed: do not log it. */
  readonly url?: string | undefined;
  /** When `url` is documented to stop working. */
  readonly expiresAt?: Date | undefined;
  /** The media type, from the bytes. For a URL it is known after the download. */
  readonly mediaType?: string | undefined;
  /** Width in pixels, from the bytes. */
  readonly width?: number | undefined;
  /** Height in pixels, from the bytes. */
  readonly height?: number | undefined;
  /** The prompt that the model says it used. */
  readonly revisedPrompt?: string | undefined;
}
