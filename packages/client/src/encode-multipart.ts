/** A complete `multipart/form-data` body of known length that can be read again for a retry. */
export interface MultipartBody {
  /** `multipart/form-data; boundary=...`: nobody else sets the `content-type` of a form. */
  readonly contentType: string;
  readonly byteLength: number;
  /**
   * Reads the form from its start. The closing boundary comes alone and last, so that a transport that never
   * handed it over knows that the server can not hold a complete form. A piece is valid until the next is asked for.
   */
  pieces(): AsyncIterable<Uint8Array>;
}
