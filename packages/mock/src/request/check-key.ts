import { invalidKey } from "../scenarios/scenarios.ts";

/**
 * Checks the key: any bearer token passes, or only `apiKey` if it is set.
 *
 * @throws ApiError 401
 */
export function checkKey(authorization: string | null, apiKey: string | undefined): void {
  const key = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "")?.[1];
  if (key === undefined) {
    throw invalidKey(
      "You didn't provide an API key. Provide it in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    );
  }
  if (apiKey !== undefined && key !== apiKey) throw invalidKey();
}
