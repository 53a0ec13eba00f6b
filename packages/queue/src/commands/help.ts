import { exitCodeLines, renderCommandHelp, renderSection, version } from "@retouch/cli/journal";
import { commandTable } from "./definitions.ts";

/** Returns the help or version that a command line asks for, or undefined if it asks for neither. */
export function helpFor(argv: readonly string[], columns: number): string | undefined {
  const flags = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const [first] = argv;
  if (first === "--version" || first === "-V" || first === "-v") return `${version}\n`;
  if (first === undefined) return programHelp(columns);
  if (first !== "help" && !flags.includes("--help") && !flags.includes("-h")) return undefined;
  const name = (first === "help" ? argv.slice(1) : flags).find((arg) => !arg.startsWith("-"));
  if (name === undefined) return programHelp(columns);
  const definition = commandTable.find((command) => command.name === name);
  // An unknown command is an error even with `--help`.
  return definition && renderCommandHelp(definition, columns);
}

function programHelp(columns: number): string {
  const lines = [
    "Runs the manifests of `retouch batch run` on several machines, over BullMQ and Redis.",
    "",
    "Usage",
    "  retouch-queue COMMAND [options]",
    ...renderSection(
      "Commands",
      [
        ...commandTable.map(({ name, summary }) => [name, summary] as const),
        ["--version", "Print the version"],
      ],
      columns,
    ),
    ...renderSection(
      "Settings",
      [
        ["REDIS_URL", "Redis, if there is no --redis. A password in it is never printed."],
        ["REDIS_PASSWORD", "The password, if the URL has none."],
        ["RETOUCH_API_KEY", "The key, on the workers only."],
        ["RETOUCH_BASE_URL", "The server's root, the same for workers and `run`."],
        ["RETOUCH_MODEL", "The model of rows that have none."],
        ["AWS_REGION", "The region of a bucket (s3://)."],
        ["AWS_ENDPOINT_URL_S3", "A server that is compatible with S3, such as MinIO."],
        ["AWS_ACCESS_KEY_ID, AWS_PROFILE, ...", "The credentials, as the AWS SDK finds them."],
      ],
      columns,
    ),
    ...renderSection("Exit codes", exitCodeLines, columns),
    "",
    "`retouch-queue COMMAND --help` shows a command's flags and examples.",
  ];
  return `${lines.join("\n")}\n`;
}
