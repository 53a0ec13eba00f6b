import { apiError } from "./error-table.ts";

/**
 * Checks the key: any bearer token passes, or only `apiKey` if it is set.
 *
 * @throws ApiError 401
 */
export function checkKey(authorization: string | null, apiKey: string | undefined): void {
  const key = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "")?.[1];
  if (key === undefined) {
    throw apiError("noKey");
  }
  if (apiKey !== undefined && key !== apiKey) throw apiError("wrongKey");
}
