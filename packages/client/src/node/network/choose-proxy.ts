import { BlockList, isIP } from "node:net";
import { isLoopback } from "../../network/is-loopback.ts";

/**
 * Returns the proxy for a URL: the option's, or the environment's as curl reads it (lower case first). Returns none for
 * loopback and for what `NO_PROXY` names. Upper-case `HTTP_PROXY` is ignored under CGI, where a visitor can set it.
 *
 * @example
 * chooseProxy(new URL("https://api.openai.com"), undefined, process.env); // "http://proxy.example:3128", or undefined
 */
export function chooseProxy(
  url: URL,
  option: string | URL | false | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | URL | undefined {
  if (option === false || isLoopback(url.hostname)) return undefined;
  if (option !== undefined) return option;
  const read = (name: string): string | undefined =>
    environment[name.toLowerCase()] || environment[name] || undefined;
  const own =
    url.protocol === "https:"
      ? read("HTTPS_PROXY")
      : environment["REQUEST_METHOD"]
        ? environment["http_proxy"]
        : read("HTTP_PROXY");
  const proxy = own || read("ALL_PROXY");
  return proxy && !isExcepted(url, read("NO_PROXY") ?? "") ? proxy : undefined;
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
      return host === bare || (isIP(host) === 0 && bare !== "" && host.endsWith(`.${bare}`));
    });
}

/** Splits `[::1]:80`, `host:80`, a bare IPv6 address or a name. */
function splitPort(entry: string): [string, string | undefined] {
  const [, bracketed, named, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  return [bracketed ?? named ?? entry, port];
}

function isInRange(host: string, range: string): boolean {
  const [network = "", prefix = ""] = range.split("/");
  const family = isIP(host);
  if (family === 0 || family !== isIP(network)) return false;
  const bits = Number(prefix);
  if (!/^\d+$/.test(prefix) || bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const block = new BlockList();
  block.addSubnet(network, bits, type);
  return block.check(host, type);
}
