type Address = { readonly bits: 32 | 128; readonly value: bigint }

const parseV4 = (text: string): Address | undefined => {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0n
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    value = value * 256n + BigInt(part)
  }
  return { bits: 32, value }
}

const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))

const parseV6 = (text: string): Address | undefined => {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groups(halves[0] ?? ''), groups(halves[1] ?? '')]
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const all = [...head, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...tail]
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return { bits: 128, value: all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) }
}

const parse = (text: string): Address | undefined => (text.includes(':') ? parseV6(text) : parseV4(text))

/** Whether a text is an IPv4 or IPv6 address. */
export const isAddress = (text: string): boolean => parse(text) !== undefined

/** Whether an address lies in a CIDR block; false for text that is not one, and across address families. */
export const cidrContains = (cidr: string, address: string): boolean => {
  const [base, length] = cidr.split('/')
  const [block, wanted] = [parse(base ?? ''), parse(address)]
  if (block === undefined || wanted === undefined || block.bits !== wanted.bits) return false
  const prefix = length === undefined ? block.bits : Number(length)
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > block.bits) return false
  const shift = BigInt(block.bits - prefix)
  return block.value >> shift === wanted.value >> shift
}
