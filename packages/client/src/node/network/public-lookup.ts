import { lookup as lookupDns } from "node:dns";
import type { LookupFunction } from "node:net";
import { isPublicAddress, PrivateAddressError } from "../../network/is-public-address.ts";

/**
 * Creates a `lookup` that fails with a PrivateAddressError unless every address of the name is public. The connection
 * is made to the addresses that were checked, so a name that resolves differently a moment later gains nothing
 * (DNS rebinding).
 */
export function createPublicLookup(lookup: LookupFunction = lookupDns as LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, "");
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      // One private address is enough to reject: a name server that mixes them is an attack or a mistake.
      if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
        return callback(new PrivateAddressError("The host resolves to an address that is not public."), "");
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
