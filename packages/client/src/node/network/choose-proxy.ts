import { ConfigurationError } from "../../errors/errors.ts";
import { isLoopback } from "../../network/is-loopback.ts";
import { net } from "../builtins.ts";

/** The proxy of a URL, and where it was set. @internal */
export interface ProxyChoice {
  readonly url: URL;
  /** `proxy` for the option, or the environment variable as it is written there. */
  readonly source: string;
}

/**
 * Returns the proxy for a URL: the option's, or the environment's as curl reads it (lower case first). Returns none for
 * loopback and for what `NO_PROXY` names. Upper-case `HTTP_PROXY` is ignored under CGI, where a visitor can set it.
 *
 * @throws ConfigurationError (`not-sent`) for a proxy that cannot be used, such as a SOCKS proxy; it names where it was set
 * @example
 * chooseProxy(new URL("https://api.openai.com"), undefined, process.env); // { url, source: "HTTPS_PROXY" }, or undefined
 * @internal
 */
export function chooseProxy(
  url: URL,
  option: string | URL | false | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ProxyChoice | undefined {
  if (option === false || isLoopback(url.hostname)) return undefined;
  if (option !== undefined) return parseProxy(option, "proxy");
  const find = (name: string): string | undefined =>
    [name.toLowerCase(), name].find((key) => environment[key]);
  const own =
    url.protocol === "https:"
      ? find("HTTPS_PROXY")
      : environment["REQUEST_METHOD"]
        ? ["http_proxy"].find((key) => environment[key])
        : find("HTTP_PROXY");
  const source = own ?? find("ALL_PROXY");
  if (source === undefined || isExcepted(url, environment[find("NO_PROXY") ?? ""] ?? "")) return undefined;
  return parseProxy(environment[source] ?? "", source);
}

/**
 * Parses the URL of a proxy; without a scheme it is `http:`.
 *
 * @throws ConfigurationError (`not-sent`), without the URL, which can contain a password
 */
export function parseProxy(proxy: string | URL, source: string): ProxyChoice {
  const text = String(proxy).trim();
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const fix = `Set \`${source}\` to the \`http:\` or \`https:\` URL of a proxy`;
  const direct = source === "proxy" ? "or to `false` for none" : "remove it, or add the server to `NO_PROXY`";
  const fail = (seen: string): ConfigurationError =>
    new ConfigurationError(`\`${source}\` ${seen}. ${fix}, ${direct}.`);
  if (scheme?.startsWith("socks")) throw fail(`is a SOCKS proxy (\`${scheme}:\`), which is not supported`);
  if (scheme !== undefined && scheme !== "http" && scheme !== "https")
    throw fail(`has the scheme \`${scheme}:\`, which is not that of a proxy`);
  try {
    return { url: new URL(scheme === undefined ? `http://${text}` : text), source };
  } catch {
    throw fail("is not a valid URL");
  }
}

function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [name, entryPort] = splitPort(entry);
      if (entryPort !== undefined && entryPort !== port) return false;
      if (name.includes("/")) return isInRange(host, name);
      const bare = name.replace(/^\*?\./, "");
      return host === bare || (net().isIP(host) === 0 && bare !== "" && host.endsWith(`.${bare}`));
    });
}

/** Splits `[::1]:80`, `host:80`, a bare IPv6 address or a name. */
function splitPort(entry: string): [string, string | undefined] {
  const [, bracketed, named, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  return [bracketed ?? named ?? entry, port];
}

function isInRange(host: string, range: string): boolean {
  const [network = "", prefix = ""] = range.split("/");
  const family = net().isIP(host);
  if (family === 0 || family !== net().isIP(network)) return false;
  const bits = Number(prefix);
  if (!/^\d+$/.test(prefix) || bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const block = new (net().BlockList)();
  block.addSubnet(network, bits, type);
  return block.check(host, type);
}
