/** Makes object URLs and knows every one that is still alive, so that none outlives its owner. */
export class ObjectUrls {
  readonly #alive = new Set<string>();

  /** Counts the URLs that were made and not revoked. */
  get count(): number {
    return this.#alive.size;
  }

  create(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.#alive.add(url);
    return url;
  }

  /** Revokes a URL made here; any other string, and one revoked before, is left alone. */
  revoke(url: string | undefined): void {
    if (url !== undefined && this.#alive.delete(url)) URL.revokeObjectURL(url);
  }

  revokeAll(): void {
    for (const url of this.#alive) URL.revokeObjectURL(url);
    this.#alive.clear();
  }
}
