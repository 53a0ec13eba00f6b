/**
 * Chooses how `fetch` meets a redirect, none of which is followed: `error` wherever it is known, because it also keeps
 * `fetch` from holding the whole upload in memory. workerd refuses the word; there `manual` hands out the redirect as
 * the answer that it is.
 */
export function redirectMode(): "error" | "manual" {
  try {
    new Request("http://localhost", { redirect: "error" });
    return "error";
  } catch {
    return "manual";
  }
}
