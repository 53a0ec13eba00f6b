import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { pngOf } from "./png-of.ts";
import { median, spread } from "./statistics.ts";
import { table } from "./write-report.ts";

const mebibyte = 1024 * 1024;
const kinds = ["bare", "retouch"] as const;

interface Usage {
  readonly cpuMs: number;
  readonly peakMib: number;
}

/** A proxy in its own process, and how it is asked for an edit. */
interface Proxy {
  edit(form: Buffer): Promise<void>;
  usage(): Promise<Usage>;
  close(): void;
}

async function startProxy(kind: string, baseUrl: string): Promise<Proxy> {
  const child: ChildProcess = fork(fileURLToPath(new URL("./proxy-server.ts", import.meta.url)), [
    kind,
    baseUrl,
  ]);
  const [port] = (await once(child, "message")) as [number];
  const agent = new Agent({ keepAlive: true });
  return {
    edit: (form) =>
      new Promise((resolve, reject) => {
        const sent = request({
          host: "127.0.0.1",
          port,
          path: "/",
          method: "POST",
          agent,
          headers: headersOf(form),
        });
        sent.on("error", reject);
        sent.on("response", (response) => {
          response.resume();
          response.on("end", () =>
            response.statusCode === 200
              ? resolve()
              : reject(new Error(`${kind} answered ${response.statusCode}.`)),
          );
        });
        sent.end(form);
      }),
    async usage() {
      child.send("usage");
      return ((await once(child, "message")) as [Usage])[0];
    },
    close() {
      agent.destroy();
      child.disconnect();
    },
  };
}

const boundary = "retouch-bench";

/** Headers of a page of the proxy's own origin. */
const headersOf = (form: Buffer) => ({
  "content-type": `multipart/form-data; boundary=${boundary}`,
  "content-length": form.length,
  "sec-fetch-site": "same-origin",
});

function formOf(image: Buffer): Buffer {
  const part = (disposition: string, value: string | Buffer): Buffer[] => [
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ];
  return Buffer.concat([
    ...part('name="model"', "gpt-image-2"),
    ...part('name="prompt"', "A red hat"),
    ...part('name="image"; filename="a.png"\r\ncontent-type: image/png', image),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

/** Sends `count` edits, `width` of them at once. */
async function sendAll(proxy: Proxy, form: Buffer, count: number, width: number): Promise<void> {
  let left = count;
  const sendNext = async (): Promise<void> => {
    while (left-- > 0) await proxy.edit(form);
  };
  await Promise.all(Array.from({ length: width }, sendNext));
}

/** What was measured of both proxies. */
export type ProxySamples = Readonly<Record<string, Readonly<Record<string, number[]>>>>;

/** Takes samples of the image-edit proxy and of a bare streaming one in turns: small edits, and 8 forms of 24 MiB at once. */
export async function sampleProxies(origin: string, rounds: number): Promise<ProxySamples> {
  const small = formOf(pngOf(2_048));
  const large = formOf(pngOf(24 * mebibyte));
  const taken = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { rate: [], cpu: [], time: [], largeCpu: [], memory: [] } as Record<string, number[]>,
    ]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      const proxy = await startProxy(kind, `${origin}/small`);
      await sendAll(proxy, small, 300, 16);
      const before = await proxy.usage();
      let start = performance.now();
      await sendAll(proxy, small, 1_500, 16);
      taken[kind]?.["rate"]?.push(1_500_000 / (performance.now() - start));
      taken[kind]?.["cpu"]?.push(((await proxy.usage()).cpuMs - before.cpuMs) / 1_500);
      proxy.close();
      const fresh = await startProxy(kind, `${origin}/upload`);
      await sendAll(fresh, small, 20, 1);
      const base = await fresh.usage();
      start = performance.now();
      await sendAll(fresh, large, 8, 8);
      taken[kind]?.["time"]?.push(performance.now() - start);
      const used = await fresh.usage();
      taken[kind]?.["largeCpu"]?.push(used.cpuMs - base.cpuMs);
      taken[kind]?.["memory"]?.push(used.peakMib - base.peakMib);
      fresh.close();
    }
  }
  return taken;
}

/** Compares the two proxies in a table. */
export async function proxyTimes(origin: string, rounds: number): Promise<string> {
  const taken = await sampleProxies(origin, rounds);
  const valuesOf = (kind: string, name: string): number[] => taken[kind]?.[name] ?? [];
  const againstBare = (kind: string, name: string): string =>
    `x${(median(valuesOf(kind, name)) / median(valuesOf("bare", name))).toFixed(2)}`;
  const rows = kinds.map((kind) => [
    kind,
    spread(valuesOf(kind, "rate"), 0),
    againstBare(kind, "rate"),
    spread(valuesOf(kind, "cpu"), 2),
    spread(valuesOf(kind, "time"), 0),
    againstBare(kind, "time"),
    spread(valuesOf(kind, "largeCpu"), 0),
    spread(valuesOf(kind, "memory"), 0),
  ]);
  const head = [
    "proxy",
    "small edits/s, 16 at once",
    "against bare",
    "CPU of one, ms",
    "8 x 24 MiB at once, ms",
    "against bare",
    "their CPU, ms",
    "memory over its base, MiB",
  ];
  return `### The image-edit proxy beside a bare streaming one on \`node:http\`\n\n${table(head, rows)}`;
}
