import { throwImportError } from "../errors/import-error.ts";
import type { Transport } from "../transport/transport.ts";

/** The transport on `XMLHttpRequest`, which loads with the first edit, before anything is sent. */
export const xhrTransport: Transport = async (request) => {
  const { createXhrTransport } = await import("./xhr-transport.ts").catch(throwImportError);
  return createXhrTransport()(request);
};
