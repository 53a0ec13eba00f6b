import { throwImportError } from "./errors/import-error.ts";
import type { LateCode } from "./platform.ts";

/**
 * The code that only some edits need, loaded after `request/run-edit.ts`, from which its modules import at least one name:
 * then bundlers keep in one file what these modules share with every edit. In seven it weighs 2,900 bytes of gzip more.
 */
export const lateCode: LateCode = {
  events: () => import("./response/events/read-events.ts").catch(throwImportError),
  tasks: () => import("./tasks/poll-task.ts").catch(throwImportError),
  json: () => import("./request/encode-json-edit.ts").catch(throwImportError),
};
