import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { isInvalidInputError, isRetouchError, type Problem } from "@retouch/client";
import { createImageClient, type NodeClientOptions } from "@retouch/client/node";
import { drawImage } from "../support/sample-images.ts";

/** A code that was seen, with what the server may have billed by then; `none` for an edit that succeeded. */
export interface Observation {
  readonly code: string;
  readonly outcome: string;
  /** The message of the error, the problem or the warning. */
  readonly message?: string | undefined;
}

/** Provokes a code, in every way that leads to another outcome. */
export type Provocation = () => Promise<readonly Observation[]>;

/** A small PNG, and a response with it. */
export const png = await drawImage("png", 64);
export const b64_json = Buffer.from(png).toString("base64");
export const success = JSON.stringify({ data: [{ b64_json }] });

/** Runs `work` against a server on 127.0.0.1. */
export async function withServer<Result>(
  listener: RequestListener,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Responds to every complete request with a body. */
export function always(
  body: string | Buffer,
  status = 200,
  headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
): RequestListener {
  return (request, response) => {
    request.resume().on("end", () => response.writeHead(status, headers).end(body));
  };
}

/** Creates a client that retries nothing. */
export function clientOf(baseUrl: string, options: Partial<NodeClientOptions> = {}) {
  return createImageClient({ apiKey: "key-0001-of-a-test", baseUrl, maxRetries: 0, ...options });
}

export type Client = ReturnType<typeof clientOf>;

/** The parameters of a valid edit. */
export const params = { model: "gpt-image-1", prompt: "A red hat", image: png } as const;

/** Returns what was seen of an edit: its error, the problem with this code in it, or a warning of its result. */
export async function observe(
  code: string,
  edit: () => Promise<{ readonly warnings?: readonly Problem[] } | unknown>,
): Promise<Observation> {
  try {
    const result = await edit();
    const { warnings = [] } = (result ?? {}) as { warnings?: readonly Problem[] };
    const warning = warnings.find((one) => one.code === code);
    return { code: warning?.code ?? "none", outcome: "none", message: warning?.message };
  } catch (error) {
    if (!isRetouchError(error)) throw error;
    const problem = isInvalidInputError(error) ? error.problems.find((one) => one.code === code) : undefined;
    const { message } = problem ?? error;
    return { code: problem?.code ?? error.code, outcome: error.outcome, message };
  }
}

/** Creates the provocation of an edit against a server. */
export function editAt(
  code: string,
  listener: RequestListener,
  edit: (client: Client, url: string) => Promise<unknown> = (client) => client.edit(params),
  options: Partial<NodeClientOptions> = {},
): Provocation {
  return () =>
    withServer(listener, async (url) => [await observe(code, () => edit(clientOf(url, options), url))]);
}
