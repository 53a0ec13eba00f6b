let unavailable = 0;

/** jsdom has no object URLs, or those of Node that take no blob of jsdom. It shows no images: a unique URL will do. */
function createUrl(blob: Blob): string {
  try {
    return URL.createObjectURL(blob);
  } catch {
    unavailable += 1;
    return `blob:unavailable/${unavailable}`;
  }
}

/** Creates object URLs and tracks those that are not revoked, so that none outlives its owner. */
export class ObjectUrls {
  readonly #alive = new Set<string>();
  readonly #released = new Set<string>();

  /** How many URLs are not revoked. */
  get count(): number {
    return this.#alive.size;
  }

  create(blob: Blob): string {
    const url = createUrl(blob);
    this.#alive.add(url);
    return url;
  }

  /** Revokes a URL with the next `flush`: until then the state still shows it. Ignores a string not created here. */
  release(url: string | undefined): void {
    if (url !== undefined && this.#alive.has(url)) this.#released.add(url);
  }

  releaseAll(): void {
    for (const url of this.#alive) this.#released.add(url);
  }

  /** Revokes what was released, once the state no longer shows it. */
  flush(): void {
    for (const url of this.#released) if (this.#alive.delete(url)) URL.revokeObjectURL?.(url);
    this.#released.clear();
  }
}
