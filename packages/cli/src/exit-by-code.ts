/** Ends the process by a code once its output is written, so that a pooled connection or an unread pipe does not keep it. */
export function exitByCode(code: number): void {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}
