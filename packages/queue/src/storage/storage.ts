/** Where inputs come from and images go: a folder that all machines share, or a bucket. */
export interface Storage {
  /** Short name for messages, such as `/mnt/photos` or `s3://bucket/prefix`. It has no credentials. */
  readonly name: string;
  /** The directory of its files on this machine; undefined if `fetchInput` makes copies. */
  readonly directory?: string | undefined;
  /**
   * Resolves if images can be stored without overwriting others. A worker calls it before it takes a row: a storage that
   * turns out to be closed after an edit was billed is too late.
   *
   * @throws CliError, exit code 2, that says why not.
   */
  check(signal?: AbortSignal): Promise<void>;
  /**
   * Makes an input readable as a local file and returns its path. `name` is relative to the manifest's folder and stays
   * inside the storage. A copy is made below `scratch`, by default the directory for temporary files.
   */
  fetchInput(name: string, signal?: AbortSignal, scratch?: string): Promise<string>;
  /** Forgets local copies of inputs that are no longer needed. */
  release(path: string): Promise<void>;
  /**
   * Stores an image under a name. Resolves once it is durable and complete, also if the same bytes are there already.
   *
   * @throws CliError `output_exists` if the name is taken by other bytes and `force` is false; what is there is not changed.
   */
  put(
    name: string,
    file: string,
    options: { readonly force: boolean; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** Returns whether a name is taken. */
  exists(name: string): Promise<boolean>;
}
