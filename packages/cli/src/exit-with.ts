/** Exits the process once its output is written, so that a pooled connection or an unread pipe does not keep it alive. */
export function exitWith(code: number): void {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}
