/**
 * Networks that are not the public internet: IANA's special-purpose registries (RFC 6890 and its updates), multicast and
 * what is not assigned. The one list for input URLs and result URLs.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry
 */
export const reservedNetworks: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // Only 2000::/3 is assigned to the internet. These are all of the rest, unique local, link-local and multicast included.
  "::/3",
  "4000::/2",
  "8000::/1",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
];

/** IPv6 networks whose last 32 bits are the IPv4 address that is reached: IPv4-mapped (RFC 4291) and NAT64 (RFC 6052). */
const embeddingNetworks = ["::ffff:0:0/96", "64:ff9b::/96"];

/** Signals that a host name resolved to an address that is not public. */
export class PrivateAddressError extends Error {}

/** Returns whether an IP address, in any notation, is on the public internet. Anything else is not public. */
export function isPublicAddress(address: string): boolean {
  const bits = bitsOf(address);
  return bits !== undefined && isPublic(bits);
}

/**
 * Returns whether a URL's host may be on the public internet: an address by the networks above, a name by its last labels.
 * The addresses that a name resolves to are not known here.
 */
export function isPublicHost(hostname: string): boolean {
  const name = hostname.replace(/\.+$/, "");
  const bits = bitsOf(name);
  // RFC 6761, RFC 6762, RFC 8375, and ICANN's resolution 2024.07.29.06 for `.internal`.
  return bits ? isPublic(bits) : !/(^|\.)(localhost|local|internal|home\.arpa)$/.test(name);
}

function isPublic(given: string): boolean {
  tables ??= { reserved: reservedNetworks.map(prefixOf), embedding: embeddingNetworks.map(prefixOf) };
  const { reserved, embedding } = tables;
  const bits = embedding.some((network) => isIn(given, network)) ? given.slice(-32) : given;
  return !reserved.some((network) => isIn(bits, network));
}

interface Prefix {
  /** The length of an address: 32 or 128. */
  readonly length: number;
  readonly bits: string;
}
let tables: Record<"reserved" | "embedding", readonly Prefix[]> | undefined;

function prefixOf(network: string): Prefix {
  const [address = "", size] = network.split("/");
  const bits = bitsOf(address) ?? "";
  return { length: bits.length, bits: bits.slice(0, Number(size)) };
}

function isIn(bits: string, prefix: Prefix): boolean {
  return bits.length === prefix.length && bits.startsWith(prefix.bits);
}

/** Returns an address as 32 or 128 letters `0` and `1`, with or without brackets and zone; `undefined` for a name. */
function bitsOf(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$|%.*/g, "");
  let name: string;
  try {
    // The URL parser knows every notation: decimal, octal and hexadecimal IPv4, compressed IPv6 with a dotted tail.
    name = new URL(`http://${bare.includes(":") ? `[${bare}]` : bare}`).hostname;
  } catch {
    return undefined; // neither a name nor an address
  }
  if (/^\d+(\.\d+){3}$/.test(name)) return toBits(name.split("."), 10, 8);
  if (!name.startsWith("[")) return undefined;
  const [head = [], tail = []] = name
    .slice(1, -1)
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":")));
  const zeros = new Array<string>(8 - head.length - tail.length).fill("0");
  return toBits([...head, ...zeros, ...tail], 16, 16);
}

function toBits(numbers: readonly string[], radix: number, size: number): string {
  return numbers.map((text) => Number.parseInt(text, radix).toString(2).padStart(size, "0")).join("");
}
