import path from "node:path";
import type { MessageNames } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { chooseAddress, chooseMockAddress, refuseWithMock } from "../config/address.ts";
import { chooseApiKey, chooseBaseUrl, chooseTimeoutMs, describeAddress } from "../config/config.ts";
import type { ConnectionFlags } from "../config/connection-flags.ts";
import { knownKeys } from "../config/environment.ts";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { toWarning, type Warning } from "../errors/error-details.ts";
import { terminalNames } from "../errors/terminal-names.ts";
import { specFields } from "../generated/fields.gen.ts";
import { serverKey } from "../journal/request-key.ts";
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
  { env, terminal, system }: Pick<CommandContext, "env" | "terminal" | "system">,
  { maxRetries }: { maxRetries?: number } = {},
): Promise<Server> {
  const timeoutMs = chooseTimeoutMs(flags, env);
  const isMock = flags.mock === true;
  const debug = flags.debug === true ? (line: string) => terminal.verbatim(line) : undefined;
  if (isMock) {
    refuseWithMock(flags);
    const { startMockServer } = await import("@retouch/mock/server");
    const mock = await startMockServer({ port: 0 });
    terminal.note("Mock: the image is made on this machine; nothing is sent or billed.");
    const client = createEditClient(
      {
        baseUrl: mock.url,
        serverKey: "mock",
        apiKey: "mock",
        address: chooseMockAddress(flags, env),
        timeoutMs,
        maxRetries,
        debug,
      },
      system,
    );
    return {
      client,
      isMock,
      checkAll: (jobs) => checkAll(client, jobs),
      requireKey: () => undefined,
      close: () => mock.close(),
    };
  }
  const baseUrl = chooseBaseUrl(flags, env);
  const address = chooseAddress(flags, env);
  const description = await describeAddress(address, flags, env);
  const apiKey = () => chooseApiKey(env, baseUrl, flags);
  const client = createEditClient(
    {
      baseUrl: baseUrl.href,
      root: description.root,
      serverKey: await serverKey(description),
      apiKey,
      knownKeys: knownKeys(env),
      address,
      timeoutMs,
      maxRetries,
      debug,
      allowInsecureHttp: flags.insecureHttp,
    },
    system,
  );
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

/** Returns the names of the command line, with the file of each image: its index does not say which file is wrong. */
function namesWithFiles(inputs: EditJob["inputs"], message: string): MessageNames {
  return {
    ...terminalNames,
    field(name) {
      const label = labelOf(name, inputs);
      const isNamed = label === undefined || message.includes(label);
      return terminalNames.field(name) + (isNamed ? "" : ` (${label})`);
    },
  };
}

/** Returns the label of the image that a field is. */
function labelOf(field: string, inputs: EditJob["inputs"]): string | undefined {
  const image = /^image(?:\[(\d+)\])?$/.exec(field);
  const index = image?.[1] ?? (image && inputs.length === 1 ? 0 : undefined);
  return index === undefined ? undefined : inputs[Number(index)]?.label;
}

/** Removes the name that the client gives a file it cannot read, where the message has the path too. */
function withoutName(message: string, label: string): string {
  return message.replace(` (${path.basename(label)}) `, " ");
}

async function checkAll(client: EditClient, jobs: readonly EditJob[]): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const errors: Warning[] = [];
  for (const { params, inputs } of jobs) {
    const prefix = jobs.length > 1 ? `${inputs[0]?.label}: ` : "";
    for (const problem of await client.check(params)) {
      const warning = toWarning(problem, namesWithFiles(inputs, prefix + problem.message));
      const label = labelOf(problem.field, inputs);
      const isLabeled = label !== undefined && (prefix !== "" || warning.message.includes(`(${label}) (`));
      const text = isLabeled ? withoutName(warning.message, label) : warning.message;
      const message = prefix + text + meantValue(params, problem.field);
      const labeled = { ...warning, message };
      (problem.severity === "error" ? errors : warnings).push(labeled);
    }
  }
  if (errors.length === 0) return warnings;
  const message = errors.map((problem) => problem.message).join("\n");
  const error = new CliError(message, { exitCode: exitCodes.usage, code: "invalid_input" });
  throw Object.assign(error, { problems: errors });
}
