/** Reports a proxy that gave no tunnel: the server was not reached. */
export class ProxyFailure extends Error {
  override readonly name = "ProxyFailure";
  readonly code: string;

  constructor(seen: string, options: { cause?: unknown; code?: string } = {}) {
    super(seen, { cause: options.cause });
    this.code = options.code ?? "PROXY";
  }
}
