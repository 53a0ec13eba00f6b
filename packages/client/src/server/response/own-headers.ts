/** What every answer of the proxy's carries. */
export const ownHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
