import { lookup } from "node:dns/promises";
import { open, rm, statfs } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import path from "node:path";
import { connect } from "node:tls";
import { chooseProxy } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { type ConnectionFlags, chooseApiKey, chooseBaseUrl, readConnectionFlags } from "../config/config.ts";
import { exitCodes } from "../errors/cli-error.ts";
import { errorDetails } from "../errors/error-details.ts";
import { unsupportedNode } from "../needed-node.ts";
import { makePrivateDirectory } from "../output/write-output.ts";
import { wrapText } from "../terminal/format-table.ts";
import { sanitizeText } from "../terminal/sanitize-text.ts";

/** Result of one check. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "problem";
  readonly seen: string;
}

const probeTimeoutMs = 5_000;
const clockToleranceMs = 120_000;

/** Runs `retouch doctor`: checks everything an edit depends on. It sends nothing that is billed. */
export async function runDoctor(context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const flags = readConnectionFlags(context.parsed);
  const url = chooseBaseUrl(flags, context.env);
  const findings = [
    nodeFinding(),
    keyFinding(context, url, flags),
    ...(await networkFindings(url)),
    await diskFinding(context),
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

/** Checks the way to the server; a proxy that edits would refuse is a problem here too. */
async function networkFindings(url: URL): Promise<Finding[]> {
  try {
    const proxy = chooseProxy(url, undefined, process.env);
    return proxy === undefined ? await directFindings(url) : [await proxyFinding(proxy)];
  } catch (error) {
    return [{ check: "proxy", status: "problem", seen: sanitizeText(errorDetails(error).message) }];
  }
}

async function directFindings(url: URL): Promise<Finding[]> {
  return [
    await dnsFinding(url),
    await tlsFinding(url),
    ...(await serverFindings(url)),
    { check: "proxy", status: "ok", seen: "none" },
  ];
}

function nodeFinding(): Finding {
  const { platform, arch, versions } = process;
  const problem = unsupportedNode(versions.node);
  return problem === undefined
    ? { check: "node", status: "ok", seen: `Node ${versions.node} on ${platform} ${arch}` }
    : { check: "node", status: "problem", seen: problem };
}

function keyFinding({ env }: CommandContext, url: URL, flags: ConnectionFlags): Finding {
  try {
    const key = chooseApiKey(env, url, flags);
    // The last four characters would reveal most of a short key.
    const shown = key.length >= 12 ? `ends in ${key.slice(-4)}` : "too short to show any of it";
    return { check: "key", status: "ok", seen: shown };
  } catch (error) {
    return { check: "key", status: "problem", seen: errorDetails(error).message };
  }
}

async function dnsFinding(url: URL): Promise<Finding> {
  const host = bare(url.hostname);
  try {
    const { address } = await within(lookup(host));
    return { check: "dns", status: "ok", seen: `${host} is ${address}` };
  } catch (error) {
    return { check: "dns", status: "problem", seen: `${host} does not resolve: ${reason(error)}` };
  }
}

async function tlsFinding(url: URL): Promise<Finding> {
  if (url.protocol === "http:")
    return { check: "tls", status: "warning", seen: "plain http: nothing is encrypted" };
  const host = bare(url.hostname);
  try {
    const seen = await within(
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host, port: Number(url.port || 443), servername: host }, () => {
          const { valid_to: until } = socket.getPeerCertificate();
          resolve(`${socket.getProtocol() ?? "TLS"}, certificate until ${until}`);
          socket.destroy();
        });
        socket.setTimeout(probeTimeoutMs, () => socket.destroy(new Error("no response")));
        socket.once("error", reject);
      }),
    );
    return { check: "tls", status: "ok", seen: sanitizeText(seen) };
  } catch (error) {
    return { check: "tls", status: "problem", seen: `no secure connection to ${url.host}: ${reason(error)}` };
  }
}

/** Sends a HEAD request to the server's root: no key, no form, nothing that a server bills. */
async function serverFindings(url: URL): Promise<Finding[]> {
  let response: Response;
  try {
    response = await fetch(url.origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
  } catch (error) {
    const seen = `${url.origin} does not respond: ${reason(error)}`;
    return [
      { check: "server", status: "problem", seen },
      { check: "clock", status: "warning", seen: "not checked, because the server does not respond" },
    ];
  }
  const server = { check: "server", status: "ok", seen: `${url.origin} responds` } as const;
  return [server, clockFinding(response.headers.get("date"))];
}

function clockFinding(serverTime: string | null): Finding {
  const date = Date.parse(serverTime ?? "");
  if (Number.isNaN(date)) return { check: "clock", status: "warning", seen: "the server sends no date" };
  const offMs = Date.now() - date;
  const seconds = Math.round(Math.abs(offMs) / 1000);
  return Math.abs(offMs) < clockToleranceMs
    ? { check: "clock", status: "ok", seen: `${seconds} s from the server's` }
    : {
        check: "clock",
        status: "problem",
        seen: `${seconds} s ${offMs > 0 ? "ahead of" : "behind"} the server's`,
      };
}

/** Checks that the network proxy accepts connections. What is behind it is not checked. */
async function proxyFinding({ url, source }: NonNullable<ReturnType<typeof chooseProxy>>): Promise<Finding> {
  const { protocol, hostname, port, host } = url;
  const through = `edits go through ${sanitizeText(host)}`;
  try {
    await within(
      new Promise<void>((resolve, reject) => {
        const socket = connectTcp(Number(port) || (protocol === "https:" ? 443 : 80), bare(hostname), () => {
          resolve();
          socket.destroy();
        });
        socket.once("error", reject);
      }),
    );
    return { check: "proxy", status: "ok", seen: `${through}; what is behind it is not checked` };
  } catch (error) {
    return {
      check: "proxy",
      status: "problem",
      seen: `${through} (${source}), which does not respond: ${reason(error)}`,
    };
  }
}

async function diskFinding({ system }: CommandContext): Promise<Finding> {
  const directory = system.stateDirectory;
  const probe = path.join(directory, `.doctor-${process.pid}`);
  try {
    await makePrivateDirectory(directory, system);
    const handle = await open(probe, "wx", 0o600);
    await handle.write("x");
    await handle.sync();
    await handle.close();
    await rm(probe, { force: true });
    const { bavail, bsize } = await statfs(directory);
    const free = Math.floor((bavail * bsize) / (1024 * 1024));
    const status = free < 100 ? "warning" : "ok";
    return { check: "disk", status, seen: `${directory} is writable, ${free} MB free` };
  } catch (error) {
    return { check: "disk", status: "problem", seen: `${directory} cannot be written: ${reason(error)}` };
  }
}

function terminalFinding({ terminal: { err, out } }: CommandContext): Finding {
  const kind = err.interactive ? "terminal" : "no terminal, or CI";
  const seen = `${kind}, ${Number.isFinite(out.columns) ? `${out.columns} columns` : "no width"}, ${err.color ? "color" : "no color"}, ${out.hyperlinks ? "links" : "no links"}`;
  return { check: "terminal", status: "ok", seen };
}

/** Returns an IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  return sanitizeText(cause?.code ?? (error as NodeJS.ErrnoException).code ?? error.message);
}

async function within<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no response in ${probeTimeoutMs / 1000} s`)), probeTimeoutMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
