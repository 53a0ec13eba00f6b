import { BlockList, isIP } from "node:net";

/** IANA's special-purpose registries (RFC 6890 and its updates): addresses that are not on the public internet. */
const privateV4 = [
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
];

/** Only 2000::/3 is given out; within it these are not the internet, or hold an IPv4 address. */
const privateV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/** Tells whether an IP address is one that anybody on the internet could reach. IPv4 in IPv6 counts as what it holds. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, "");
  if (isIP(bare) === 4) return !blocks().v4.check(bare, "ipv4");
  if (isIP(bare) !== 6) return false;
  const groups = expand(bare);
  const prefix = groups.slice(0, 6).join(":");
  if (prefix === "0:0:0:0:0:65535" || prefix === "100:65435:0:0:0:0") {
    const [high = 0, low = 0] = groups.slice(6);
    return isPublicAddress([high >> 8, high & 255, low >> 8, low & 255].join("."));
  }
  return ((groups[0] ?? 0) & 0xe000) === 0x2000 && !blocks().v6.check(bare, "ipv6");
}

/** Writes an IPv6 address as its eight numbers. */
function expand(address: string): number[] {
  // The URL parser gives the one spelling of every address, dotted tails included.
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = compressed.split("::");
  const read = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const left = read(head);
  const right = tail === undefined ? [] : read(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

let built: { v4: BlockList; v6: BlockList } | undefined;

function blocks(): { v4: BlockList; v6: BlockList } {
  built ??= { v4: blockOf(privateV4, "ipv4"), v6: blockOf(privateV6, "ipv6") };
  return built;
}

function blockOf(ranges: readonly string[], type: "ipv4" | "ipv6"): BlockList {
  const block = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    block.addSubnet(network, Number(bits), type);
  }
  return block;
}
