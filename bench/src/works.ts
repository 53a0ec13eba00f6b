/** The benchmarks and their contenders; a contender that is not listed cannot run the benchmark. */
export interface Work {
  /** The argument of `sample.ts`, and the text that `--only` matches. */
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly string[];
}

const peers = ["floor", "node-http", "openai", "ai-sdk", "openapi-fetch"];
const ours = ["retouch", "retouch-node", "retouch-node-fetch"];
const all = [...peers, ...ours];
const withoutPaths = ["floor", "openai", "ai-sdk", "openapi-fetch", ...ours];
const withEvents = ["openai", ...ours];
const growing = ["floor", "node-http", ...ours];

export const works: readonly Work[] = [
  {
    id: "small",
    title: "Small calls: p50 in a row, and calls per second with 64 in flight",
    contenders: [...all, "retouch-node-fresh", "node-least", "fetch-least"],
  },
  { id: "upload:paths:16:24", title: "16 x 24 MiB sent, from paths", contenders: all },
  { id: "upload:buffers:16:24", title: "16 x 24 MiB sent, from buffers", contenders: withoutPaths },
  { id: "upload:paths:4:24", title: "Growth: 96 MiB sent, from paths", contenders: growing },
  { id: "upload:paths:16:48", title: "Growth: 768 MiB sent, from paths", contenders: growing },
  { id: "receive:json:memory:10:8", title: "10 x 8 MiB received as JSON, to memory", contenders: all },
  { id: "receive:json:files:10:8", title: "10 x 8 MiB received as JSON, to files", contenders: all },
  { id: "receive:sse:memory:10:8", title: "10 x 8 MiB received as SSE, to memory", contenders: withEvents },
  { id: "receive:sse:files:10:8", title: "10 x 8 MiB received as SSE, to files", contenders: withEvents },
  { id: "receive:json:files:10:40", title: "10 x 40 MiB received as JSON, to files", contenders: all },
  { id: "receive:sse:files:10:40", title: "10 x 40 MiB received as SSE, to files", contenders: withEvents },
  {
    id: "batch:256:768:2",
    title: "Batch: 768 edits, 256 in flight, a response of 2 MiB each, to files",
    contenders: [
      "server-alone",
      "least-work",
      "least-work-stored",
      "floor",
      "node-http",
      "retouch-node",
      "retouch-cli",
    ],
  },
  {
    id: "batch:256:768:2:10",
    title: "The same with a server that takes 10 s for an edit, as the fastest real one does",
    contenders: ["server-alone", "retouch-node", "retouch-cli"],
  },
  {
    id: "preflight:photographs",
    title: "Preflight of 16 photographs (JPEG) from disk, after one call to warm up",
    contenders: ["retouch-node"],
  },
  {
    id: "preflight:images",
    title: "Preflight of 16 PNGs of 24 MiB from disk, after one call to warm up",
    contenders: ["retouch-node"],
  },
  {
    id: "preflight:mask",
    title: "Preflight of a mask of nearly 4 MB and its image, after one call to warm up",
    contenders: ["retouch-node"],
  },
];
