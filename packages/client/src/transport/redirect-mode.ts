/**
 * Returns the `redirect` option for `fetch`. No redirect is followed. `error` is preferred, because it also prevents
 * `fetch` from buffering the complete upload. workerd rejects that value; there, `manual` returns the redirect itself.
 */
export function redirectMode(): "error" | "manual" {
  try {
    new Request("http://localhost", { redirect: "error" });
    return "error";
  } catch {
    return "manual";
  }
}
