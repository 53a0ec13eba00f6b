import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { privateHosts, publicHosts } from "../fixtures/hosts.ts";
import { isPublicAddress, isPublicHost, reservedNetworks } from "./is-public-address.ts";

const hostOf = (host: string): string => new URL(`https://${host}/`).hostname;

describe(isPublicHost, () => {
  it.each(privateHosts)("rejects %s", (host) => expect(isPublicHost(hostOf(host))).toBe(false));
  it.each(publicHosts)("accepts %s", (host) => expect(isPublicHost(hostOf(host))).toBe(true));
});

describe(isPublicAddress, () => {
  it.each(["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111%eth0"])(
    "accepts %s",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    "127.0.0.1",
    "::1",
    "fe80::1%eth0",
    "::ffff:7f00:1",
    "",
    "localhost",
    "cdn.example",
    "999.1.1.1",
    "1::2::3",
  ])("rejects %j", (address) => expect(isPublicAddress(address)).toBe(false));

  // Node's own implementation of networks decides what is expected: it shares no code with ours.
  const blocks = { ipv4: new BlockList(), ipv6: new BlockList() };
  const typeOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 4 ? "ipv4" : "ipv6");
  for (const network of reservedNetworks) {
    const [address = "", size] = network.split("/");
    blocks[typeOf(address)].addSubnet(address, Number(size), typeOf(address));
  }
  const isReserved = (address: string): boolean => blocks[typeOf(address)].check(address, typeOf(address));

  it.each(reservedNetworks)(
    "rejects %s from its first to its last address, and judges its neighbors",
    (network) => {
      const [address = "", size] = network.split("/");
      const family = isIP(address) === 4 ? v4 : v6;
      const first = family.parse(address);
      const last = first + (1n << BigInt(family.bits - Number(size))) - 1n;
      for (const inside of [first, last]) expect(isPublicAddress(family.print(inside))).toBe(false);
      for (const outside of [first - 1n, last + 1n]) {
        if (outside < 0n || outside >= 1n << BigInt(family.bits)) continue;
        const neighbor = family.print(outside);
        expect(isPublicAddress(neighbor), neighbor).toBe(!isReserved(neighbor));
      }
      const any = fc.bigInt({ min: first, max: last });
      fc.assert(fc.property(any, (inside) => !isPublicAddress(family.print(inside))));
    },
  );

  it("agrees with Node about every IPv4 address, however it is spelled", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), (number) => {
        const address = v4.print(number);
        const verdict = !isReserved(address);
        for (const text of [address, `${number}`, `0x${number.toString(16)}`, `0${number.toString(8)}`])
          expect(isPublicAddress(text), text).toBe(verdict);
        // IPv4-mapped and NAT64 lead to the IPv4 address; IPv4-compatible, local NAT64 and 6to4 lead nowhere public.
        const tail = v6.print(number).slice("0:0:0:0:0:0:".length);
        for (const prefix of ["::ffff:", "64:ff9b::"])
          expect(isPublicAddress(prefix + tail), prefix + tail).toBe(verdict);
        for (const wrapped of [`::${tail}`, `64:ff9b:1::${tail}`, `2002:${tail}::`])
          expect(isPublicAddress(wrapped), wrapped).toBe(false);
      }),
    );
  });

  it("agrees with Node about every IPv6 address, in capitals and in brackets too", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        if (isIP(address) !== 6 || /^(0+:)*:?(0*:)*(ffff|64:ff9b)/i.test(address)) return;
        const verdict = !isReserved(address);
        for (const text of [address, address.toUpperCase(), `[${address}]`])
          expect(isPublicAddress(text), text).toBe(verdict);
      }),
    );
  });
});

const v4 = {
  bits: 32,
  parse: (text: string): bigint => text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n),
  print: (number: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join("."),
};

const v6 = {
  bits: 128,
  /** Parses the networks of the list, all of which end in `::`. */
  parse: (text: string): bigint => {
    const groups = text.replace(/::$/, "").split(":").filter(Boolean);
    return groups.reduce((sum, group, at) => sum + (BigInt(`0x${group}`) << BigInt(112 - 16 * at)), 0n);
  },
  print: (number: bigint): string =>
    Array.from({ length: 8 }, (_, at) => ((number >> BigInt(112 - 16 * at)) & 0xffffn).toString(16)).join(
      ":",
    ),
};
