import type { KnownModel } from "@retouch/client";

/** The response of `GET /api/session`: what the page knows of its server. It has no key. */
export interface EditorSession {
  /** Another one after each start of the server. */
  readonly start: string;
  /** Whether edits go to the mock, where nothing is billed. */
  readonly mock: boolean;
  /** The host that edits are sent to, with its port if it has one, to show. */
  readonly host: string;
  /** The flags of `retouch` that choose this server, without those of headers: `--base-url`, `--dialect`. */
  readonly flags?: readonly string[] | undefined;
  /** The model to choose at first: `--model`, RETOUCH_MODEL, or one that the host is known to serve. */
  readonly model?: string | undefined;
  /** The known model whose limits apply to a name that is not known, such as a deployment's. */
  readonly limitsLike?: KnownModel | undefined;
  /** Whether the documented prices are those of this host. Resellers charge differently. */
  readonly priceKnown: boolean;
  /** The images of the command line, in its order. */
  readonly initialImages: readonly InitialImage[];
}

/** An image of the command line. */
export interface InitialImage {
  /** Its file name without directories. */
  readonly name: string;
  /** Its path at this server: `/api/images/0`. */
  readonly url: string;
}
