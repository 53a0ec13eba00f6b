import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, runProcess } from "../../src/support/run-process.ts";
import { npm } from "../pack-packages.ts";

const samples = fileURLToPath(new URL("samples/", import.meta.url));

/** An empty project of a user, which installs everything from the local registry. */
export interface Project {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  write(file: string, content: string | Uint8Array): Promise<void>;
  /** Copies a directory of `samples/`. */
  copy(sample: string): Promise<void>;
  install(...packages: readonly string[]): Promise<void>;
  /** Runs a program and returns its output; throws with all that it printed when it fails. */
  run(command: string, ...argv: readonly string[]): Promise<string>;
  /** Runs Node. */
  node(...argv: readonly string[]): Promise<string>;
  npm(...argv: readonly string[]): Promise<string>;
}

/** Creates a project. `env` is the complete environment of its programs. */
export async function createProject(
  directory: string,
  npmrc: string,
  env: NodeJS.ProcessEnv,
): Promise<Project> {
  await mkdir(directory, { recursive: true });
  const write = async (file: string, text: string | Uint8Array): Promise<void> => {
    await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await writeFile(path.join(directory, file), text);
  };
  await write("package.json", '{ "private": true, "type": "module" }\n');
  await write(".npmrc", npmrc);
  const run = async (command: string, ...argv: readonly string[]): Promise<string> => {
    const ended: Ended = await runProcess(command, argv, { cwd: directory, env });
    if (ended.code !== 0)
      throw new Error(
        `${path.basename(command)} ${argv.join(" ")}: ${ended.code}\n${ended.stdout}${ended.stderr}`,
      );
    return ended.stdout;
  };
  const runNpm: Project["npm"] = (...argv) => run(npm[0], ...npm.slice(1), ...argv);
  return {
    directory,
    env,
    write,
    copy: (sample) => cp(path.join(samples, sample), directory, { recursive: true }),
    async install(...packages) {
      await runNpm("install", "--no-audit", "--no-fund", ...packages);
    },
    run,
    node: (...argv) => run(process.execPath, ...argv),
    npm: runNpm,
  };
}
