import type { Settings } from "../config/resolve-settings.ts";
import { checkHeaders } from "../config/start-call.ts";
import type { Dialect } from "../dialect.ts";
import { invalidOption } from "../errors/configuration-messages.ts";
import { throwImportError } from "../errors/import-error.ts";
import { defaultBaseUrl } from "../generated/endpoint.gen.ts";
import { editUrl, locateEdit } from "./edit-endpoint.ts";

/** Where and how a client's edits are sent: its options and the preset that they name. */
export interface ResolvedDialect {
  readonly dialect: Dialect;
  /** The URL that edits are posted to. */
  readonly url: string;
  /** The server's root, which result URLs are relative to; `undefined` behind an image-edit proxy. */
  readonly root: string | undefined;
  /** The server's name in messages, without any part of the URL that could be a secret. */
  readonly label: string;
}

const propertyNames: Readonly<Record<keyof Dialect, 1>> = {
  preset: 1,
  path: 1,
  body: 1,
  imageField: 1,
  singleImageField: 1,
  maskField: 1,
  urlField: 1,
  imageShape: 1,
  refusedFields: 1,
  maxImages: 1,
  keyHeader: 1,
  query: 1,
  task: 1,
};

/**
 * Resolves the dialect of a client. A preset is loaded when the first call needs it, before anything is sent.
 *
 * @throws ConfigurationError (`not-sent`) for a dialect that cannot be used; NetworkError (`not-sent`) when it does not load
 */
export async function resolveDialect(settings: Settings): Promise<ResolvedDialect> {
  const { options, isProxy, baseUrl, query } = settings;
  const { preset, ...own } =
    typeof options.dialect === "string" ? { preset: options.dialect } : (options.dialect ?? {});
  if (isProxy && options.dialect !== undefined)
    throw invalidOption("dialect", "is for the server behind an image-edit proxy. Set it in the proxy.");
  for (const name of Object.keys(own)) {
    if (!(name in propertyNames))
      throw invalidOption(
        "dialect",
        `has \`${name.slice(0, 40)}\`, which is not one of its properties. Check its spelling.`,
      );
  }
  if (own.path !== undefined && !/^(\/[\w.~-]+)+\/?$/.test(own.path))
    throw invalidOption("dialect.path", "must be a path without a query, for example `/images/edits`.");
  if (own.body !== undefined && !/^(json|multipart)$/.test(own.body))
    throw invalidOption("dialect.body", 'must be "json" or "multipart".');
  const found = preset === undefined ? undefined : await loadPreset(preset);
  if (settings.isDefaultServer && found && found.baseUrl !== defaultBaseUrl)
    throw invalidOption(
      "baseUrl",
      `is missing, and \`dialect\` is that of ${found.title}. Give ${found.baseUrl === undefined ? "the URL of your server" : `\`${found.baseUrl}\``}.`,
    );
  const dialect: Dialect = { ...found?.dialect, ...definedOf(own) };
  if (dialect.keyHeader !== undefined) checkHeaders({ [dialect.keyHeader]: "" }, "dialect.keyHeader");
  if (isProxy)
    return { dialect, url: editUrl({ root: baseUrl, path: "" }, query), root: undefined, label: "The proxy" };
  const endpoint = locateEdit(baseUrl, dialect.path);
  return {
    dialect,
    url: editUrl(endpoint, { ...dialect.query, ...query }),
    root: endpoint.root,
    label: `POST ${endpoint.path}`,
  };
}

async function loadPreset(name: keyof typeof import("../generated/dialects.gen.ts").dialects) {
  const { dialects } = await import("../generated/dialects.gen.ts").catch(throwImportError);
  return dialects[name];
}

/** Returns the properties that have a value: `undefined` does not override a preset. */
function definedOf<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
