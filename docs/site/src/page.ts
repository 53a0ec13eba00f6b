/** A page of the site before its includes and links are resolved. */
export interface Page {
  /** Its path below the site's root, such as `guides/masks.md`. */
  readonly path: string;
  readonly text: string;
}
