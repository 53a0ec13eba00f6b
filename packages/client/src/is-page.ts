/** Tells whether this runs in a browser: in a page, or in a worker of one. */
// Workers have no `document`, but only browsers call themselves Mozilla.
export function isPage(): boolean {
  const { document, window, navigator } = globalThis as {
    document?: unknown;
    window?: { document?: unknown };
    navigator?: { userAgent?: string };
  };
  return (document ?? window?.document) !== undefined || /^Mozilla\//.test(navigator?.userAgent ?? "");
}
