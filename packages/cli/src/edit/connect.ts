import { baseUrl as specServer } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { type ConnectionFlags, chooseApiKey, chooseBaseUrl, chooseTimeoutMs } from "../config/config.ts";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import type { Warning } from "../errors/error-details.ts";
import { specFields } from "../generated/fields.gen.ts";
import { createEditClient, type EditClient } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";

/** The server that edits are sent to: a real one, or the built-in mock. */
export interface Server {
  readonly client: EditClient;
  readonly isMock: boolean;
  /** Runs preflight on every edit and throws one error with all problems. */
  checkAll(jobs: readonly EditJob[]): Promise<Warning[]>;
  /** Throws if there is no key. Called after the input checks, so that input mistakes are reported first. */
  requireKey(): void;
  close(): Promise<void>;
}

/** Connects a run to its server, or starts the mock. */
export async function connect(
  flags: ConnectionFlags,
  { env, terminal }: Pick<CommandContext, "env" | "terminal">,
  { maxRetries }: { maxRetries?: number } = {},
): Promise<Server> {
  const timeoutMs = chooseTimeoutMs(flags, env);
  const isMock = flags.mock === true;
  const debug = flags.debug === true ? (line: string) => terminal.verbatim(line) : undefined;
  if (isMock) {
    if (flags.baseUrl !== undefined) {
      throw new CliError("`--mock` and `--base-url` exclude each other. Give one.", {
        exitCode: exitCodes.usage,
        code: "usage",
      });
    }
    const { startMockServer } = await import("@retouch/mock/server");
    const mock = await startMockServer({ port: 0 });
    terminal.note("Mock: the image is made on this machine; nothing is sent or billed.");
    const client = createEditClient({
      baseUrl: mock.url,
      apiKey: "mock",
      timeoutMs,
      maxRetries,
      debug,
    });
    return {
      client,
      isMock,
      checkAll: (jobs) => checkAll(client, jobs),
      requireKey: () => undefined,
      close: () => mock.close(),
    };
  }
  const baseUrl = chooseBaseUrl(flags, env, specServer);
  const apiKey = () => chooseApiKey(env, baseUrl, flags);
  const client = createEditClient({
    baseUrl: baseUrl.href,
    apiKey,
    timeoutMs,
    maxRetries,
    debug,
    allowInsecureHttp: flags.insecureHttp,
  });
  return {
    client,
    isMock,
    checkAll: (jobs) => checkAll(client, jobs),
    requireKey: () => void apiKey(),
    close: async () => undefined,
  };
}

/** Suggests the value that was probably meant, from those the model accepts. */
function meantValue(params: Readonly<Record<string, unknown>>, field: string): string {
  const value = params[field];
  const model = params["model"];
  const byModel = new Map(Object.entries(specFields.find(({ name }) => name === field)?.valuesByModel ?? {}));
  const accepted = byModel.get(String(model));
  return typeof value === "string" && accepted !== undefined && !accepted.includes(value)
    ? didYouMean(value, accepted)
    : "";
}

/** Adds the file name to a problem, because the field's name does not say which file is wrong. */
function withFile({ field, message }: Warning, inputs: EditJob["inputs"]): string {
  const at = /^image(?:\[(\d+)\])?$/.exec(field);
  if (at === null || (at[1] === undefined && inputs.length > 1)) return message;
  const label = inputs[Number(at[1] ?? 0)]?.label;
  if (label === undefined || message.includes(label)) return message;
  return message.replace(/^`[^`]*`/, (name) => `${name} (${label})`);
}

async function checkAll(client: EditClient, jobs: readonly EditJob[]): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const errors: Warning[] = [];
  for (const { params, inputs } of jobs) {
    const prefix = jobs.length > 1 ? `${inputs[0]?.label}: ` : "";
    for (const problem of await client.check(params)) {
      const message = withFile(problem, inputs) + meantValue(params, problem.field);
      const labeled = { ...problem, message: prefix + message };
      (problem.severity === "error" ? errors : warnings).push(labeled);
    }
  }
  if (errors.length === 0) return warnings;
  const message = errors.map((problem) => problem.message).join("\n");
  const error = new CliError(message, { exitCode: exitCodes.usage, code: "invalid_input" });
  throw Object.assign(error, { problems: errors });
}
