import { randomBytes } from "node:crypto";
import { pid } from "node:process";

/** Makes the name of a file that is still being written: hidden, and never that of a picture. */
export function temporaryName(): string {
  return `.retouch-${pid}-${randomBytes(6).toString("hex")}.part`;
}
