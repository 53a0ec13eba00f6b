import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { blocksOf } from "./readme-blocks.ts";

/** Both majors are installed there. */
const runners = createRequire(new URL("../../runners/package.json", import.meta.url));

interface MswNode {
  setupServer(): { listen(options: object): void; close(): void };
}

/** Returns the options that a README gives each major of msw. */
function optionsOf(page: string): { readonly newest: object; readonly two: object } {
  const code = blocksOf(page)
    .map((block) => block.code)
    .find((text) => text.includes("server.listen("));
  const newest = /server\.listen\(\{ (\w+): "(\w+)" \}\)/.exec(code ?? "");
  const two = /In msw 2, which Node 20 needs: \{ (\w+): "(\w+)" \}/.exec(code ?? "");
  const toOptions = (match: RegExpExecArray | null) => ({ [match?.[1] ?? "none"]: match?.[2] });
  return { newest: toOptions(newest), two: toOptions(two) };
}

test.each(
  ["packages/mock/README.md", "packages/react-hooks/README.md"].flatMap((page) => [
    [page, "msw", "newest"] as const,
    [page, "msw-2", "two"] as const,
    [page, "msw-2-oldest", "two"] as const,
  ]),
)("with the option of %s, %s lets no other request reach the network", async (page, name, major) => {
  let requests = 0;
  const network = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => network.listen(0, "127.0.0.1", resolve));
  const { setupServer } = (await import(pathToFileURL(runners.resolve(`${name}/node`)).href)) as MswNode;
  const server = setupServer();
  server.listen(optionsOf(page)[major]);
  try {
    const { port } = network.address() as AddressInfo;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(requests).toBe(0);
  } finally {
    server.close();
    await new Promise((resolve) => network.close(resolve));
  }
});
