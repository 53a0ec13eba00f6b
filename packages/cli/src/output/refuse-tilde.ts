import { usageError } from "../errors/cli-error.ts";

/**
 * Refuses a path that a shell would have expanded: quoted, `~/x.png` names a folder `~` in the working directory.
 *
 * @throws CliError, exit code 2.
 */
export function refuseTilde(name: string, text: string): void {
  if (!/^~(?:$|[^/\\]*[/\\])/.test(text)) return;
  throw usageError(
    `\`${name}\` is ${text}: the home folder is not filled in there, because no shell read the \`~\`. ` +
      `Write the complete path, or \`./${text}\` for a folder with that name.`,
  );
}
