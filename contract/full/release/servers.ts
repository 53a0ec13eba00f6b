import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { expect } from "vitest";
import type { Project } from "./project.ts";

/** A server of a project, as a process. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the files of a directory on loopback. A bundler that writes its own page replaces the given one. */
export async function serveDirectory(root: string, page?: Uint8Array) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
    readFile(path.join(root, pathname))
      .catch((error: unknown) => {
        if (pathname === "/index.html" && page) return page;
        throw error;
      })
      .then((bytes) => response.setHeader("content-type", type).end(bytes))
      .catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("No port was given.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Starts a server of a project and waits until it accepts connections. Without a port, it prints its URL. */
export async function startServer(
  project: Project,
  argv: readonly string[],
  port?: number,
): Promise<RunningServer> {
  const child: ChildProcess = spawn(process.execPath, argv, {
    cwd: project.directory,
    env: { ...project.env, ...(port !== undefined && { PORT: String(port) }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  ended.catch(() => undefined);
  const url =
    port === undefined ? await Promise.race([ended, printedUrl(child)]) : `http://127.0.0.1:${port}`;
  await Promise.race([ended, untilReachable(url)]);
  return {
    url,
    async stop() {
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let printed = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

async function untilReachable(url: string): Promise<void> {
  const isReachable = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await expect.poll(isReachable, { timeout: 60_000 }).toBe(true);
}
