import path from "node:path";
import { isMissing, type System } from "./system.ts";
import { unreadableState } from "./unreadable-state.ts";

/** A file with a response, or a part of one. */
export interface StoredResponse {
  /** Name of the response of its attempt: each poll of a task stores a file of its own beside it. */
  readonly attempt: string;
  readonly file: string;
}

/** Stored responses by the ids of their edits. */
export type StoredResponses = ReadonlyMap<string, readonly StoredResponse[]>;

/**
 * `ID.answer` of an edit that only one process sends, `ID.ATTEMPT.answer` of one that another process may send again, and
 * either with `.POLL` behind it. So no process has the name of another one's response, whenever it was stopped.
 */
const responseName = /^(([\w-]+)(?:\.[0-9a-f]{16})?\.answer)(?:\.[0-9a-f]{16})?$/;

/** Returns a path for the response of one attempt, which no other attempt has. */
export function newResponse(directory: string, id: string, system: Pick<System, "randomHex">): string {
  return path.join(directory, `${id}.${system.randomHex(8)}.answer`);
}

/** Returns a path for what one poll of an attempt's task receives. */
export function newPollResponse(responseFile: string, system: Pick<System, "randomHex">): string {
  return `${responseFile}.${system.randomHex(8)}`;
}

/** Returns the name of the response of an attempt, which the names of its other files begin with. */
export function attemptOf(file: string): string {
  const name = path.basename(file);
  return responseName.exec(name)?.[1] ?? name;
}

/**
 * Finds the responses in a directory; empty files are among them.
 *
 * @throws CliError, exit code 2, if the directory is there and cannot be read.
 */
export async function findResponses(
  directory: string,
  { files }: Pick<System, "files">,
): Promise<StoredResponses> {
  const found = new Map<string, StoredResponse[]>();
  const names = await files.readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw unreadableState(directory, error);
  });
  for (const name of names) {
    const [, attempt = "", id] = responseName.exec(name) ?? [];
    if (id === undefined) continue;
    const others = found.get(id);
    const response = { attempt, file: path.join(directory, name) };
    if (others === undefined) found.set(id, [response]);
    else others.push(response);
  }
  return found;
}

/** Returns the files of one attempt: its own response, and those of the polls of its task. */
export async function responsesOf(responseFile: string, system: Pick<System, "files">): Promise<string[]> {
  const attempt = attemptOf(responseFile);
  const stored = [...(await findResponses(path.dirname(responseFile), system)).values()].flat();
  return stored.filter((response) => response.attempt === attempt).map(({ file }) => file);
}
