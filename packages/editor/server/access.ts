import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Who may use the page: the browser that has exchanged the link, which works once, for a cookie. */
export interface Access {
  /** The token of the printed link: 256 random bits. */
  readonly token: string;
  /** The `set-cookie` of the session. */
  readonly cookie: string;
  /** Returns whether the token is the link's, which it is only once. */
  exchange(token: string): boolean;
  /** Returns whether a `cookie` header has the session. */
  isSignedIn(cookies: string | null | undefined): boolean;
}

/**
 * Creates the access to one server. Browsers send a cookie to every port of a host, so its name has the port: two
 * editors do not sign each other out.
 */
export function createAccess(port: number): Access {
  const [token, session] = [randomSecret(), randomSecret()];
  const name = `retouch_editor_${port}`;
  let isUsed = false;
  return {
    token,
    cookie: `${name}=${session}; HttpOnly; SameSite=Strict; Path=/`,
    exchange(given) {
      if (!isEqual(given, token) || isUsed) return false;
      isUsed = true;
      return true;
    },
    isSignedIn(cookies) {
      // A server on another port can add a cookie of the same name, so each of them is compared.
      const values = (cookies ?? "").split(/;\s*/).filter((pair) => pair.startsWith(`${name}=`));
      return values.some((pair) => isEqual(pair.slice(name.length + 1), session));
    },
  };
}

function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Compares in a time that depends on neither text, nor on their lengths. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
