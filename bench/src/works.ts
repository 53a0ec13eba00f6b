/** What is measured, and by whom; a contender that is not named can not do the work. */
export interface Work {
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly string[];
}

const all = ["floor", "node-http", "openai", "ai-sdk", "openapi-fetch", "retouch", "retouch-node"];
const withoutPaths = ["floor", "openai", "ai-sdk", "openapi-fetch", "retouch", "retouch-node"];
const withEvents = ["openai", "retouch", "retouch-node"];

export const works: readonly Work[] = [
  {
    id: "small",
    title: "Small calls: p50 in a row, and calls per second with 64 in flight",
    contenders: all,
  },
  { id: "upload:paths:16", title: "16 x 24 MiB sent, from paths", contenders: all },
  { id: "upload:buffers:16", title: "16 x 24 MiB sent, from buffers", contenders: withoutPaths },
  {
    id: "upload:paths:4",
    title: "4 x 24 MiB sent, from paths (growth)",
    contenders: ["floor", "retouch", "retouch-node"],
  },
  { id: "answer:json:memory:10:8", title: "10 x 8 MiB received as JSON, to memory", contenders: all },
  { id: "answer:json:files:10:8", title: "10 x 8 MiB received as JSON, to files", contenders: all },
  { id: "answer:sse:memory:10:8", title: "10 x 8 MiB received as SSE, to memory", contenders: withEvents },
  { id: "answer:sse:files:10:8", title: "10 x 8 MiB received as SSE, to files", contenders: withEvents },
  { id: "answer:json:files:10:40", title: "10 x 40 MiB received as JSON, to files", contenders: all },
  { id: "answer:sse:files:10:40", title: "10 x 40 MiB received as SSE, to files", contenders: withEvents },
];
