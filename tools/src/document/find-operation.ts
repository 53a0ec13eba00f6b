import { isObject, objectAt, resolve, stringAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";

export interface FoundOperation {
  /** The key of `paths`. */
  path: string;
  pathItem: JsonObject;
  operation: JsonObject;
}

const formType = "multipart/form-data";

/**
 * Finds the operation that edits images: by its path, else by its `operationId`, else by a path that ends likewise, else
 * as the only form with an image and a prompt.
 *
 * @throws Error when several operations are equally likely.
 */
export function findOperation(document: JsonObject, expectedPath: string): FoundOperation | undefined {
  const posts = Object.entries(objectAt(document, "paths")).flatMap(([path, item]): FoundOperation[] => {
    const pathItem = tryResolve(document, item);
    const operation = pathItem["post"];
    return isObject(operation) ? [{ path, pathItem, operation }] : [];
  });
  const tail = expectedPath.replace(/^\/v\d+/, "");
  const trimmed = (path: string) => path.replace(/\/+$/, "").toLowerCase();
  const likely = [
    (one: FoundOperation) => one.path === expectedPath,
    (one: FoundOperation) => stringAt(one.operation, "operationId") === "createImageEdit",
    (one: FoundOperation) => trimmed(one.path).endsWith(tail),
    (one: FoundOperation) => {
      const body = tryResolve(document, one.operation["requestBody"]);
      const fields = objectAt(
        tryResolve(document, objectAt(body, "content", formType)["schema"]),
        "properties",
      );
      return "image" in fields && "prompt" in fields;
    },
  ];
  for (const isOurs of likely) {
    const [found, ...others] = posts.filter(isOurs);
    if (others.length > 0)
      throw new Error(
        `The document has several operations that may be ours: ${[found, ...others].map((one) => `POST ${one?.path}`).join(", ")}. ` +
          `None is at ${expectedPath}. Say in spec/overlay.yaml which one is.`,
      );
    if (found) return found;
  }
  return undefined;
}

function tryResolve(document: JsonObject, value: Parameters<typeof resolve>[1]): JsonObject {
  try {
    return resolve(document, value);
  } catch {
    return {}; // a reference that leads nowhere is reported with its path when it is expanded
  }
}
