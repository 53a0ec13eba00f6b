import type { DialectName } from "./generated/dialect-names.gen.ts";
import type { TaskDialect } from "./tasks/task-dialect.ts";

/**
 * How a JSON body writes one image. An object has the image's URL, a `data:` URI or the caller's own, as `url`, or the id
 * of an uploaded file as `fileId`: each is the name of a property, such as `image_url` and `file_id`. `"url"` writes no
 * object, only the URL.
 */
export type ImageShape =
  | "url"
  | {
      readonly url: string;
      /** Without it, the server takes no `{ fileId }`. */
      readonly fileId?: string | undefined;
      /** The value of a property `type` beside the URL, for servers that require one. */
      readonly type?: string | undefined;
    };

/** The parts of the API that differ between servers. Each property overrides that of `preset`. */
export interface Dialect {
  /** The name of a preset, a server or a family of them: see `docs/servers.md`. */
  readonly preset?: DialectName | undefined;
  /** The path after the base URL when it is not that of the spec, as of an asynchronous gateway: `/v1/async/images/edits`. */
  readonly path?: string | undefined;
  /** How the edit is encoded: `multipart` by default. Only JSON takes the inputs `{ url }` and `{ fileId }`. */
  readonly body?: "multipart" | "json" | undefined;
  /**
   * The name of the image parts: by default one image is `image` and several are `image[]`. In JSON, the name of the list
   * of images, `images` by default.
   */
  readonly imageField?: string | undefined;
  /** In JSON, the name of the property for a single image that is not in a list. By default one image is a list too. */
  readonly singleImageField?: string | undefined;
  /** The name of the mask's part or property: `mask` by default. */
  readonly maskField?: string | undefined;
  /** In a form, the name of the text parts for the inputs `{ url }`, where a server has one. */
  readonly urlField?: string | undefined;
  /** How a JSON body writes one image: `{ image_url }` or `{ file_id }` by default. */
  readonly imageShape?: ImageShape | undefined;
  /** Fields of the spec that the server does not take: an edit with one of them is not sent. */
  readonly refusedFields?: readonly string[] | undefined;
  /** The most images that the server takes, if that is less than the model's limit. */
  readonly maxImages?: number | undefined;
  /** The header that holds the key alone, such as `api-key`; by default `authorization` holds it as a bearer token. */
  readonly keyHeader?: string | undefined;
  /** Query parameters of every request. The client's `query` overrides them. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** How to wait for a server that answers with the id of a task. */
  readonly task?: TaskDialect | undefined;
}

/** A preset of {@link Dialect}. */
export interface DialectPreset {
  readonly title: string;
  /** The server's URL; absent for servers that users run themselves. */
  readonly baseUrl?: string | undefined;
  readonly dialect: Dialect;
}
