import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { CommandDefinition } from "../../../../packages/cli/src/arguments/command-definition.ts";
import { commandTable, findCommand } from "../../../../packages/cli/src/arguments/command-table.ts";
import { parseArguments } from "../../../../packages/cli/src/arguments/parse-arguments.ts";
import { splitCommand } from "../../../../packages/cli/src/arguments/split-command.ts";
import { editorDefinition } from "../../../../packages/editor/bin/definition.ts";
import { commandTable as queueTable } from "../../../../packages/queue/src/commands/definitions.ts";
import { root } from "../markdown/source-file.ts";

/** Every command of the packages. */
export const definitions: readonly CommandDefinition[] = [...commandTable, ...queueTable, editorDefinition];

const manifestOf = (directory: string): { name?: string; scripts?: Record<string, string> } =>
  JSON.parse(readFileSync(path.join(root, directory, "package.json"), "utf8"));
const workspaces = new Map(
  globSync("{.,bench,contract,docs/site,fuzz,simulation,tools,packages/*,examples/*}/package.json", {
    cwd: root,
  })
    .map((file) => path.dirname(file))
    .map((directory) => [manifestOf(directory).name ?? "", directory]),
);
const lockfile = readFileSync(path.join(root, "pnpm-lock.yaml"), "utf8");

/** What `full/newcomer.test.ts` types as the pages say it, and what every shell has. */
const walked =
  /^(?:npm create (?:vite|cloudflare)@latest|npx (?:create-next-app@latest|wrangler|vitest)|deno run|bun \S+\.js)\b/;
const walkedPackages = new Set(["@hono/node-server", "@testing-library/react", "@testing-library/dom"]);
const shell = new Set(["cd", "curl", "echo", "export", "git", "grep", "redis-server", "source"]);

/** Returns what is wrong with a command of a page, if anything. */
export function checkCommand(words: readonly string[], page: string): string | undefined {
  const [program = "", first = "", ...rest] = words;
  if (shell.has(program) || walked.test(words.join(" "))) return undefined;
  if (program === "npx") {
    const name = first
      .replace(/^@retouch\/(?:cli(?=$)|(?=editor$))/, "retouch-")
      .replace("retouch-cli", "retouch");
    return checkOwn([name === "retouch-" ? "retouch" : name, ...rest]);
  }
  if (program.startsWith("retouch")) return checkOwn(words);
  if (program === "npm" && /^(?:i|install)$/.test(first)) return checkPackages(rest);
  if (program === "bun" && first === "add") return checkPackages(rest);
  if (program === "npm" && first === "run") return checkScript(rest[0] ?? "", page);
  if (program === "pnpm") return checkPnpm([first, ...rest], page);
  if (program === "node") return checkNode([first, ...rest], page);
  return `\`${program}\` is not a command that this test knows.`;
}

/** Parses a command line of ours with its own table. Only its command has to exist if it asks for help. */
function checkOwn([program = "", ...args]: readonly string[]): string | undefined {
  const isHelp = /^--(?:help|version)$/.test(args.at(-1) ?? "");
  try {
    if (program === "retouch-editor") return void parseArguments(editorDefinition, args);
    if (program === "retouch-queue") {
      const queue = queueTable.find(({ name }) => name === args[0]);
      if (queue === undefined) return `\`retouch-queue ${args[0]}\` is not a command.`;
      return void parseArguments(queue, args.slice(1));
    }
    if (program !== "retouch") return `\`${program}\` is not a command of ours.`;
    const { name, args: rest } = splitCommand(isHelp ? args.slice(0, -1) : args);
    const command = findCommand(name);
    if (command === undefined)
      return isHelp && name === "" ? undefined : `\`retouch ${name}\` is not a command.`;
    if (!isHelp) parseArguments(command, rest);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A package has to be one of ours, or one that the workspace installs, so that a test has used it. */
function checkPackages(args: readonly string[]): string | undefined {
  for (const arg of args.filter((one) => !one.startsWith("-"))) {
    const name = arg.replace(/(?<=.)@[\w.^~-]+$/, "");
    const isKnown = name.startsWith("@retouch/")
      ? existsSync(path.join(root, "packages", name.slice("@retouch/".length)))
      : walkedPackages.has(name) || new RegExp(`^ {2}'?${name}@\\d`, "m").test(lockfile);
    if (!isKnown) return `\`${name}\` is not a package that the workspace installs.`;
  }
  return undefined;
}

function checkScript(name: string, page: string, directory = "."): string | undefined {
  // A project that a page has made has the scripts of its template.
  if (/^docs\/site\/pages\/start\//.test(page) && /^(?:dev|build)$/.test(name)) return undefined;
  if (manifestOf(directory).scripts?.[name] !== undefined) return undefined;
  return `\`${name}\` is not a script of ${directory}/package.json.`;
}

function checkPnpm(args: readonly string[], page: string): string | undefined {
  let directory = ".";
  const rest = [...args];
  while (rest[0] === "--filter") {
    const name = rest[1] ?? "";
    directory = workspaces.get(name) ?? "";
    if (directory === "") return `\`${name}\` is not a package of the workspace.`;
    rest.splice(0, 2);
  }
  if (rest[0] === "exec") {
    const places = rest.slice(1).filter((one) => one.includes("/"));
    const missing = places.find((place) => !existsSync(path.join(root, directory, place)));
    return missing === undefined ? undefined : `${directory}/${missing} does not exist.`;
  }
  if (/^(?:install|changeset)$/.test(rest[0] ?? "")) return undefined;
  return checkScript((rest[0] === "run" ? rest[1] : rest[0]) ?? "", page, directory);
}

/** A script is a file of the repository, what a build makes, or a file that the page itself names. */
function checkNode(args: readonly string[], page: string): string | undefined {
  const [file = "", ...rest] = args;
  if (file === "packages/cli/dist/bin.js") return checkOwn(["retouch", ...rest]);
  const isNamed = readFileSync(path.join(root, page), "utf8").includes(`\`${file}\``);
  return isNamed || existsSync(path.join(root, file))
    ? undefined
    : `${file} does not exist, and the page does not name it.`;
}
