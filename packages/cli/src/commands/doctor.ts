import { lookup } from "node:dns/promises";
import { open, rm, statfs } from "node:fs/promises";
import path from "node:path";
import { connect } from "node:tls";
import type { CommandContext } from "../command-context.ts";
import { chooseApiKey, chooseBaseUrl } from "../config.ts";
import { makePrivateFolder } from "../durable-file.ts";
import { exitCodes } from "../exit-codes.ts";
import { failureFacts } from "../failure-facts.ts";
import { oldNode } from "../needed-node.ts";
import { connectionFlags, specServer } from "../prepare-server.ts";
import { sanitizeText } from "../sanitize-text.ts";
import { stateFolder } from "../state-folder.ts";
import { wrapText } from "../wrap-text.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "problem";
  readonly seen: string;
}

const patienceMs = 5_000;
const clockToleranceMs = 120_000;

/** Runs `retouch doctor`: looks at everything an edit stands on, and sends nothing that costs. */
export async function runDoctor(context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const url = chooseBaseUrl(connectionFlags(context), context.env, specServer);
  const proxy = proxyFinding(context.env, url);
  const findings = [
    nodeFinding(),
    keyFinding(context, url),
    await dnsFinding(url),
    await tlsFinding(url),
    await clockFinding(url),
    proxy,
    await diskFinding(),
    terminalFinding(context),
  ];
  const hasProblem = findings.some(({ status }) => status === "problem");
  if (json) terminal.data(JSON.stringify({ ok: !hasProblem, server: url.href, findings }, null, 2));
  else {
    for (const { check, status, seen } of findings) {
      const [first = "", ...rest] = wrapText(seen, Math.max(30, terminal.out.columns - 20));
      terminal.data(`${status.padEnd(9)}${check.padEnd(10)}${first}`);
      for (const line of rest) terminal.data(" ".repeat(19) + line);
    }
  }
  return hasProblem ? exitCodes.internal : exitCodes.ok;
}

function nodeFinding(): Finding {
  const { platform, arch, versions } = process;
  const problem = oldNode(versions.node);
  return problem === undefined
    ? { check: "node", status: "ok", seen: `Node ${versions.node} on ${platform} ${arch}` }
    : { check: "node", status: "problem", seen: problem };
}

function keyFinding({ env }: CommandContext, url: URL): Finding {
  try {
    const key = chooseApiKey(env, url);
    // A key of a few characters would be told almost whole by its last four.
    const shown = key.length >= 12 ? `ends in ${key.slice(-4)}` : "too short to show any of it";
    return { check: "key", status: "ok", seen: shown };
  } catch (error) {
    return { check: "key", status: "problem", seen: failureFacts(error).message };
  }
}

async function dnsFinding(url: URL): Promise<Finding> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  try {
    const { address } = await within(lookup(host));
    return { check: "dns", status: "ok", seen: `${host} is ${address}` };
  } catch (error) {
    return { check: "dns", status: "problem", seen: `${host} has no address: ${reason(error)}` };
  }
}

async function tlsFinding(url: URL): Promise<Finding> {
  if (url.protocol === "http:")
    return { check: "tls", status: "warning", seen: "plain http: nothing is encrypted" };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  try {
    const seen = await within(
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host, port: Number(url.port || 443), servername: host }, () => {
          const { valid_to: until } = socket.getPeerCertificate();
          resolve(`${socket.getProtocol() ?? "TLS"}, certificate until ${until}`);
          socket.destroy();
        });
        socket.setTimeout(patienceMs, () => socket.destroy(new Error("no answer")));
        socket.once("error", reject);
      }),
    );
    return { check: "tls", status: "ok", seen: sanitizeText(seen) };
  } catch (error) {
    return { check: "tls", status: "problem", seen: `no secure connection to ${url.host}: ${reason(error)}` };
  }
}

/** Asks for the head of the server's root: no key, no form, nothing that a server would charge. */
async function clockFinding(url: URL): Promise<Finding> {
  try {
    const response = await fetch(url.origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(patienceMs),
    });
    const date = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(date)) return { check: "clock", status: "warning", seen: "the server tells no time" };
    const offMs = Date.now() - date;
    const seconds = Math.round(Math.abs(offMs) / 1000);
    return Math.abs(offMs) < clockToleranceMs
      ? { check: "clock", status: "ok", seen: `${seconds} s from the server's` }
      : {
          check: "clock",
          status: "problem",
          seen: `${seconds} s ${offMs > 0 ? "ahead of" : "behind"} the server's`,
        };
  } catch (error) {
    return { check: "clock", status: "problem", seen: `${url.origin} does not answer: ${reason(error)}` };
  }
}

function proxyFinding(_env: CommandContext["env"], url: URL): Finding {
  const names = url.protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const set = [...names, "all_proxy", "ALL_PROXY"].find((name) => (process.env[name] ?? "") !== "");
  if (set === undefined) return { check: "proxy", status: "ok", seen: "none" };
  const text = process.env[set] ?? "";
  const host = URL.canParse(text) ? new URL(text).host : "an address that can not be read";
  return { check: "proxy", status: "warning", seen: `${set} names ${sanitizeText(host)}` };
}

async function diskFinding(): Promise<Finding> {
  const folder = stateFolder();
  const probe = path.join(folder, `.doctor-${process.pid}`);
  try {
    await makePrivateFolder(folder);
    const handle = await open(probe, "wx", 0o600);
    await handle.write("x");
    await handle.sync();
    await handle.close();
    await rm(probe, { force: true });
    const { bavail, bsize } = await statfs(folder);
    const free = Math.floor((bavail * bsize) / (1024 * 1024));
    const status = free < 100 ? "warning" : "ok";
    return { check: "disk", status, seen: `${folder} is writable, ${free} MB free` };
  } catch (error) {
    return { check: "disk", status: "problem", seen: `${folder} can not be written: ${reason(error)}` };
  }
}

function terminalFinding({ terminal: { err, out } }: CommandContext): Finding {
  const kind = err.interactive ? "terminal" : "no terminal, or CI";
  const seen = `${kind}, ${Number.isFinite(out.columns) ? `${out.columns} columns` : "no width"}, ${err.color ? "colour" : "no colour"}, ${out.hyperlinks ? "links" : "no links"}`;
  return { check: "terminal", status: "ok", seen };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  return sanitizeText(cause?.code ?? (error as NodeJS.ErrnoException).code ?? error.message);
}

async function within<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${patienceMs / 1000} s`)), patienceMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
