import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { freePort } from "../../../tools/free-port.ts";
import { runProcess } from "../../src/support/run-process.ts";
import { npm } from "../pack-packages.ts";

/** The registry that is installed for a rehearsal, and nowhere else. */
const verdaccio = "verdaccio@6.10.4";

/** A registry on loopback: it holds what is published to it, and fetches everything else from the configured one. */
export interface LocalRegistry {
  readonly url: string;
  /** Settings of npm and pnpm that use only this registry. */
  readonly npmrc: string;
  close(): Promise<void>;
}

/** Installs and starts a registry in a directory. */
export async function startLocalRegistry(directory: string, env: NodeJS.ProcessEnv): Promise<LocalRegistry> {
  await mkdir(directory, { recursive: true });
  const run = async (argv: readonly string[]): Promise<string> => {
    const ended = await runProcess(npm[0], [...npm.slice(1), ...argv], { cwd: directory, env });
    if (ended.code !== 0) throw new Error(`npm ${argv.join(" ")}\n${ended.stderr}`);
    return ended.stdout.trim();
  };
  // One of its dependencies asks for `node-fetch@cjs`, a tag that not every mirror of npm has.
  await writeFile(
    path.join(directory, "package.json"),
    '{ "private": true, "overrides": { "node-fetch": "2.7.0" } }',
  );
  const upstream = await run(["config", "get", "registry"]);
  await run(["install", "--no-audit", "--no-fund", verdaccio]);
  const anyone = { access: "$all", publish: "$all", unpublish: "$all" };
  const config = {
    storage: path.join(directory, "storage"),
    uplinks: { upstream: { url: upstream, maxage: "60m", timeout: "60s", max_fails: 20 } },
    packages: { "@retouch/*": anyone, "**": { ...anyone, proxy: "upstream" } },
    log: { type: "stdout", format: "json", level: "http" },
    max_body_size: "100mb",
    web: { enable: false },
  };
  const file = path.join(directory, "config.yaml");
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  // Verdaccio prints the port that it was given rather than the one it got, so it cannot choose one.
  const port = await freePort();
  const script = path.join(directory, "node_modules/verdaccio/bin/verdaccio");
  const child = spawn(process.execPath, [script, "--config", file, "--listen", `127.0.0.1:${port}`], {
    cwd: directory,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const read = (text: string): void => {
      said += text;
      if (/http address/.test(said)) resolve();
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("exit", () => reject(new Error(`The local registry did not start: ${said}`)));
  });
  const url = `http://127.0.0.1:${port}/`;
  return {
    url,
    // Publishing requires any token, though this registry accepts everyone.
    npmrc: `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\nprovenance=false\naudit=false\nfund=false\n`,
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}
