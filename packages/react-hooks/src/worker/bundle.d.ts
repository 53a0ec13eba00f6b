/** Bundled code of a worker, as text: see `bundle-worker.ts`. */
declare module "*?bundle" {
  export const code: string;
}
