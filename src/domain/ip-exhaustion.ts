// What IPAM plug-ins say when a node, pool or subnet has no address left: host-local, Calico, Cilium, AWS, Azure, OVN, whereabouts.
const texts: readonly RegExp[] = [
  /no IP addresses available in range set/i,
  /failed to allocate for range \d+/i,
  /no more free (?:IPs?|affine blocks|blocks)/i,
  /Assigned 0 out of \d+ requested IPv[46] addresses/i,
  /No IPs available in pools?/i,
  /no (?:more )?(?:free |available )?IP ?(?:s|addresses)? (?:are )?(?:left|available)/i,
  /failed to assign an IP address to container/i,
  /InsufficientFreeAddressesInSubnet|InsufficientCidrBlocks/,
  /IP_SPACE_EXHAUSTED|AddressesExhausted|SubnetIsFull/i,
  /no available (?:addresses|IPs?|IPConfigs?)\b/i,
  /(?:allocation pool exhausted|range is full|IPAM? (?:pool )?exhausted)/i,
  /could not allocate IP in range/i,
  /CIDRNotAvailable/,
]

/** Whether a text says that there is no pod address left (not merely that the network plug-in failed). */
export const saysNoAddress = (text: string | undefined): boolean =>
  text !== undefined && texts.some((pattern) => pattern.test(text))

/** The part of a sandbox error that says why, without the sandbox id and the RPC wrapping. */
export const sandboxReason = (text: string): string =>
  text
    .replace(/^\(combined from similar events\):\s*/, '')
    .replace(/^Failed to create pod sandbox:\s*/i, '')
    .replace(/rpc error: code = \w+ desc = /g, '')
    .replace(/failed to (?:setup|set up|create) (?:network for )?(?:pod )?sandbox "?[0-9a-f]{12,}"?:?\s*/gi, '')
