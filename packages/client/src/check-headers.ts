import { checkRecord } from "./check-record.ts";
import { ConfigurationError } from "./errors.ts";

const own = /^(content-type|content-length|transfer-encoding|host|connection|keep-alive|upgrade|expect)$/i;

/**
 * Checks headers that are given beside those of the form.
 *
 * @throws ConfigurationError for a name or a value that no header can have, and for what the form itself says.
 */
export function checkHeaders(headers: Readonly<Record<string, string | undefined>> = {}): void {
  checkRecord("headers", headers);
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name)) {
      throw new ConfigurationError(
        "`headers` holds a name that is no HTTP token. Use letters, digits and hyphens.",
      );
    }
    if (own.test(name)) {
      throw new ConfigurationError(
        `Header \`${name}\` belongs to the form and its connection. Leave it out of \`headers\`.`,
      );
    }
    if (value !== undefined && (typeof value !== "string" || !/^[\t -~\x80-\xff]*$/.test(value))) {
      throw new ConfigurationError(
        `The value of header \`${name}\` holds a line break or another character that no header can carry. Remove it.`,
      );
    }
  }
}
