import { existsSync } from "node:fs";
import path from "node:path";
import { repository } from "../../../../tools/src/release/manifest-facts.ts";
import { mapLinks, scheme } from "./mark-links.ts";
import { root } from "./source-file.ts";

/** Where a heading or a file of the repository is on the site. */
export interface Place {
  readonly page: string;
  readonly anchor: string;
}

const image = /\.(?:png|jpe?g|svg|webp|gif)$/;

/** The project on GitHub. */
export const repositoryHome = `https://github.com/${repository.owner}/${repository.name}`;

/** Returns the URL of a file in the repository, for what is not on the site. */
function repositoryUrl(file: string): string {
  return `${repositoryHome}/blob/main/${file}`;
}

/**
 * Replaces marked links: by the page that includes their target, by the image's copy, or by the URL of the file in the
 * repository.
 *
 * @throws Error when a file does not exist.
 */
export function resolveLinks(
  text: string,
  places: ReadonlyMap<string, Place>,
  onImage: (file: string) => string,
): string {
  return mapLinks(text, (target) => {
    if (!target.startsWith(scheme)) return target;
    const marked = target.slice(scheme.length);
    const [file = ""] = marked.split("#");
    const place = places.get(marked) ?? (marked.includes("#") ? undefined : places.get(`${file}/README.md`));
    if (place !== undefined) return `${place.page}${place.anchor === "" ? "" : `#${place.anchor}`}`;
    if (!existsSync(path.join(root, file))) throw new Error(`A link leads to ${file}, which does not exist.`);
    return image.test(file) ? onImage(file) : repositoryUrl(marked);
  });
}
