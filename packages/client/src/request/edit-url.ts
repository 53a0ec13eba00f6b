import createClient from "openapi-fetch";

import type { editPath } from "../generated/endpoint.gen.ts";
import type { paths } from "../generated/openapi.gen.ts";
import type { TransportResponse } from "../transport.ts";

/** Where an edit is posted to. */
export interface Target {
  /** The server's root, less `/v1`; for a proxy of ours its whole address. */
  readonly root: string;
  /** The path after the root. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | undefined;
}

type HeaderRecord = Readonly<Record<string, string>>;

/** Sends one attempt: openapi-fetch builds the address and the headers, `send` moves the bytes. */
export type Carrier = (
  headers: HeaderRecord,
  send: (url: string, headers: HeaderRecord) => Promise<TransportResponse>,
) => Promise<TransportResponse>;

/**
 * Creates the road through openapi-fetch that keeps the form out of it: a platform `Request` would read and copy the
 * pictures, so this one holds an address and headers alone, and the body travels in the closure of `send`.
 */
export function createCarrier({ root, path, query }: Target): Carrier {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given).toString();
  const api = createClient<paths>({
    baseUrl: root,
    Request: AddressedRequest as unknown as typeof Request, // the part of it that openapi-fetch reads
    querySerializer: () => search,
  });
  return async (headers, send) => {
    let answer: TransportResponse | undefined;
    await api.POST(path as typeof editPath, {
      body: {} as never,
      bodySerializer: () => undefined,
      headers,
      parseAs: "stream",
      async fetch(request) {
        answer = await send(request.url, Object.fromEntries(request.headers));
        // An error's body is left to us: it is read with a cap, and `text()` has none.
        return {
          ...answer,
          headers: answer.headers,
          ok: isSuccess(answer),
          text: async () => "",
        } as unknown as Response;
      },
    });
    return answer as TransportResponse; // POST has called `fetch`, or thrown
  };
}

/** Tells whether the status says that the edit was made. */
export function isSuccess({ status }: TransportResponse): boolean {
  return status >= 200 && status < 300;
}

class AddressedRequest {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: Iterable<[string, string]>;

  constructor(url: string, init: { method?: string; headers: Iterable<[string, string]> }) {
    this.url = url;
    this.method = init.method;
    this.headers = init.headers;
  }
}
