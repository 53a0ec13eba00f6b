/** Headers of every response that the proxy itself creates. */
export const ownHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
