import type { Environment } from "../config/environment.ts";

/** Features of an output stream. */
export interface TerminalFeatures {
  /** Whether lines can be rewritten in place: a terminal outside CI. */
  readonly interactive: boolean;
  readonly color: boolean;
  readonly hyperlinks: boolean;
  /** Maximum width of a line. A pipe has no width, so nothing is truncated there. */
  readonly columns: number;
}

/** The properties of a stream that its features depend on. */
export interface StreamInfo {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

function colorOf(env: Environment, isTty: boolean): boolean {
  // https://force-color.org and https://no-color.org; forced color wins, as in Node.
  if (env["FORCE_COLOR"] !== undefined) return !["0", "false"].includes(env["FORCE_COLOR"]);
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return isTty && env["TERM"] !== "dumb";
}

function hyperlinksOf(env: Environment): boolean {
  if (env["FORCE_HYPERLINK"] !== undefined) return isOn(env["FORCE_HYPERLINK"]);
  if (isOn(env["WT_SESSION"]) || isOn(env["KITTY_WINDOW_ID"]) || isOn(env["DOMTERM"])) return true;
  if (Number(env["VTE_VERSION"] ?? 0) >= 5000) return true;
  return ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"].includes(env["TERM_PROGRAM"] ?? "");
}

/** Detects the features of a stream from the environment. */
export function terminalFeatures(stream: StreamInfo, env: Environment): TerminalFeatures {
  const isTty = stream.isTTY === true;
  const interactive = isTty && env["TERM"] !== "dumb" && !isOn(env["CI"]);
  const tty = stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80;
  const columns = isTty ? tty : Number.POSITIVE_INFINITY;
  return { interactive, color: colorOf(env, isTty), hyperlinks: interactive && hyperlinksOf(env), columns };
}
