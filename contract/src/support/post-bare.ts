/** The response of a server to a request without our client. */
export interface BareResponse {
  readonly status: number;
  readonly param?: string | null;
}

/** Posts parameters unchanged, with the platform's `FormData` and `fetch`. */
export async function postBare(
  baseUrl: string,
  params: Readonly<Record<string, unknown>>,
): Promise<BareResponse> {
  const form = new FormData();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value : [value];
    const field = values.length > 1 ? `${name}[]` : name;
    for (const one of values) {
      if (one instanceof Uint8Array) {
        form.append(field, new Blob([new Uint8Array(one)], { type: typeOf(one) }), "image");
      } else form.append(field, String(one));
    }
  }
  const response = await fetch(`${baseUrl}/v1/images/edits`, {
    method: "POST",
    // A later server can get the same port, and a connection that was kept would be one of the server before.
    headers: { authorization: "Bearer any", connection: "close" },
    body: form,
  });
  const text = await response.text();
  if (response.ok) return { status: response.status };
  return {
    status: response.status,
    param: (JSON.parse(text) as { error: { param: string | null } }).error.param,
  };
}

function typeOf(bytes: Uint8Array): string {
  return (
    { 137: "image/png", 255: "image/jpeg", 82: "image/webp", 71: "image/gif" }[bytes[0] ?? 0] ?? "text/plain"
  );
}
