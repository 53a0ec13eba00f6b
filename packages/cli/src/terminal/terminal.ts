import { pathToFileURL } from "node:url";
import { fitWidth } from "./format-table.ts";
import { sanitizeText } from "./sanitize-text.ts";
import { type TerminalFeatures, terminalFeatures } from "./terminal-features.ts";

/** A line on stderr that is rewritten in place. */
interface Progress {
  update(text: string): void;
  stop(): void;
}

/** The two output streams of a command: stdout for data, stderr for messages. */
export interface Terminal {
  readonly out: TerminalFeatures;
  readonly err: TerminalFeatures;
  /** Writes one line of data. */
  data(line: string): void;
  /** Writes a path as data, as a hyperlink if the terminal supports them. */
  path(file: string): void;
  /** Writes bytes of data and waits until the stream accepted them. */
  bytes(bytes: Uint8Array): Promise<void>;
  note(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Writes a path or URL unchanged, on its own line on stderr. */
  verbatim(text: string): void;
  progress(text: string): Progress;
}

/** Options of {@link createTerminal}. */
export interface TerminalOptions {
  readonly stdout?: NodeJS.WriteStream;
  readonly stderr?: NodeJS.WriteStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Suppresses notes and progress, but not warnings and errors. */
  readonly quiet?: boolean | undefined;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Creates the terminal of a command. */
export function createTerminal({
  stdout = process.stdout,
  stderr = process.stderr,
  env = process.env,
  quiet = false,
}: TerminalOptions = {}): Terminal {
  const out = terminalFeatures(stdout, env);
  const err = terminalFeatures(stderr, env);
  let live: { redraw(): void; clear(): void } | undefined;

  function talk(line: string): void {
    live?.clear();
    stderr.write(`${line}\n`);
    live?.redraw();
  }
  const paint = (code: number, text: string) => (err.color ? `\u001b[${code}m${text}\u001b[39m` : text);

  return {
    out,
    err,
    data(line) {
      live?.clear();
      stdout.write(`${line}\n`);
      live?.redraw();
    },
    path(file) {
      const link = out.hyperlinks
        ? `\u001b]8;;${pathToFileURL(file).href}\u001b\\${sanitizeText(file)}\u001b]8;;\u001b\\`
        : file;
      this.data(link);
    },
    bytes: (bytes) =>
      new Promise((resolve, reject) => stdout.write(bytes, (error) => (error ? reject(error) : resolve()))),
    note(text) {
      if (!quiet) talk(sanitizeText(text));
    },
    warn: (text) => talk(`${paint(33, "warning:")} ${sanitizeText(text)}`),
    error: (text) => talk(`${paint(31, "error:")} ${sanitizeText(text)}`),
    verbatim: (text) => talk(text),
    progress(text) {
      if (quiet || live !== undefined) return { update() {}, stop() {} };
      if (!err.interactive) {
        talk(sanitizeText(text));
        return { update() {}, stop() {} };
      }
      const started = Date.now();
      let frame = 0;
      let shown = text;
      const clear = () => stderr.write("\r\u001b[2K");
      const redraw = () => {
        const seconds = Math.round((Date.now() - started) / 1000);
        const line = `${frames[frame % frames.length]} ${sanitizeText(shown)}  ${seconds} s`;
        // The width is read again, because a terminal can be resized while an edit runs.
        stderr.write(`\r\u001b[2K${fitWidth(line, Math.max(10, (stderr.columns || 80) - 1))}`);
      };
      const timer = setInterval(() => {
        frame++;
        redraw();
      }, 100);
      timer.unref();
      stderr.write("\u001b[?25l");
      live = { redraw, clear };
      redraw();
      return {
        update(next) {
          shown = next;
        },
        stop() {
          if (live?.redraw !== redraw) return;
          clearInterval(timer);
          clear();
          stderr.write("\u001b[?25h");
          live = undefined;
        },
      };
    },
  };
}
