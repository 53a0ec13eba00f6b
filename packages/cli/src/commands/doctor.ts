import { open, rm, statfs } from "node:fs/promises";
import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import { chooseAddress, chooseDialect } from "../config/address.ts";
import { chooseApiKey, chooseBaseUrl, describeAddress, missingServer } from "../config/config.ts";
import { type ConnectionFlags, readConnectionFlags } from "../config/connection-flags.ts";
import { exitCodes } from "../errors/cli-error.ts";
import { errorDetails } from "../errors/error-details.ts";
import { unsupportedNode } from "../needed-node.ts";
import { makePrivateDirectory } from "../output/write-output.ts";
import { formatPairs, wrapText } from "../terminal/format-table.ts";
import { explainRequest, explanationRows } from "./explain-request.ts";
import { type Finding, failureReason, networkFindings } from "./network-findings.ts";

/** Runs `retouch doctor`: checks everything an edit depends on. It sends nothing that is billed. */
export async function runDoctor(context: CommandContext): Promise<number> {
  const { terminal, json, env } = context;
  const given = readConnectionFlags(context.parsed);
  const address = chooseAddress(given, env);
  const missing = await missingServer(given, env);
  // Without the preset's server, the request is explained for the URL that its section of `docs/servers.md` has.
  const flags = missing === undefined ? given : { ...given, baseUrl: missing.example };
  const url = chooseBaseUrl(flags, env);
  const request = await describeAddress(address, flags, env);
  const explanation = explainRequest(
    missing === undefined
      ? request
      : {
          ...request,
          url: asWritten(request.url, missing.example),
          root: asWritten(request.root, missing.example),
        },
    {
      preset: chooseDialect(given, env),
      headers: address.headers,
      model: context.parsed.text("model") ?? env["RETOUCH_MODEL"],
      limitsLike: address.limitsLike,
    },
  );
  const findings = [
    nodeFinding(),
    keyFinding(context, url, flags),
    ...(missing === undefined
      ? await networkFindings(url)
      : [{ check: "server", status: "problem", seen: missing.message } as const]),
    await diskFinding(context),
    terminalFinding(context),
  ];
  const hasProblem = findings.some(({ status }) => status === "problem");
  if (json) {
    const server = missing === undefined ? url.href : undefined;
    terminal.data(JSON.stringify({ ok: !hasProblem, server, findings, request: explanation }, null, 2));
  } else {
    for (const { check, status, seen } of findings) {
      const [first = "", ...rest] = wrapText(seen, Math.max(30, terminal.out.columns - 20));
      terminal.data(`${status.padEnd(9)}${check.padEnd(10)}${first}`);
      for (const line of rest) terminal.data(" ".repeat(19) + line);
    }
    terminal.data("");
    for (const line of formatPairs(explanationRows(explanation), terminal.out.columns)) terminal.data(line);
  }
  return hasProblem ? exitCodes.internal : exitCodes.ok;
}

/** Returns a URL with the placeholders of an example as they are written: a host name has no capitals. */
function asWritten(url: string, example: string): string {
  const { origin } = new URL(example);
  return url.replace(origin, example.slice(0, origin.length));
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
    return {
      check: "disk",
      status: "problem",
      seen: `${directory} cannot be written: ${failureReason(error)}`,
    };
  }
}

function terminalFinding({ terminal: { err, out } }: CommandContext): Finding {
  const kind = err.interactive ? "terminal" : "no terminal, or CI";
  const seen = `${kind}, ${Number.isFinite(out.columns) ? `${out.columns} columns` : "no width"}, ${err.color ? "color" : "no color"}, ${out.hyperlinks ? "links" : "no links"}`;
  return { check: "terminal", status: "ok", seen };
}
