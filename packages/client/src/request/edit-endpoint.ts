import { createFinalURL } from "openapi-fetch";
import { versionedEnd } from "../generated/base-urls.gen.ts";
import { editPath, unversionedPath } from "../generated/endpoint.gen.ts";

/** Where edits are posted to, in parts. */
export interface EditEndpoint {
  /** The server's root without the version of the path: result URLs are relative to it. */
  readonly root: string;
  /** The path after the root. */
  readonly path: string;
}

const version = editPath.slice(0, -unversionedPath.length);

/**
 * Returns where the edits of a base URL are posted to. It may be the root, with or without the version, or the complete
 * endpoint. No version is added after one, or after a path that stands for one, such as `/openai`.
 *
 * @param path the path of a dialect, after the base URL. What the base URL already has of it is not repeated.
 */
export function locateEdit(baseUrl: string, path?: string): EditEndpoint {
  const { origin, pathname } = new URL(baseUrl);
  const given = pathname.replace(/\/+$/, "");
  const parent = withoutEnd(given, unversionedPath);
  if (path !== undefined) {
    const isOther = parent !== given && overlap(given, path) === "";
    const start = isOther ? parent : given;
    return { root: origin + withoutEnd(start, overlap(start, path)), path };
  }
  const bare = withoutEnd(parent, version);
  const isVersioned = bare === parent && (parent !== given || versionedEnd.test(parent));
  return { root: origin + bare, path: isVersioned ? unversionedPath : editPath };
}

/** Builds the URL of an edit with openapi-fetch. */
export function editUrl(
  { root, path }: EditEndpoint,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined) as [string, string][];
  const search = new URLSearchParams(entries).toString();
  return createFinalURL(path, {
    baseUrl: root,
    params: {},
    querySerializer: () => search,
    pathSerializer: (pathname) => pathname,
  });
}

function withoutEnd(text: string, end: string): string {
  return end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text;
}

/** Returns the longest beginning of `path`, in complete segments, that `base` ends with. */
function overlap(base: string, path: string): string {
  const segments = path.split("/");
  for (let count = segments.length; count > 1; count -= 1) {
    const start = segments.slice(0, count).join("/");
    if (base.endsWith(start)) return start;
  }
  return "";
}
