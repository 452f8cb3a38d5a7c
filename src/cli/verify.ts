import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dataDir } from '../config.ts'
import { verifyReceipt } from '../memory/receipt.ts'
import { verifyAudit } from '../memory/verify-audit.ts'
import { exit, type Io } from './io.ts'

/** `doctor audit verify [PATH] [--head HASH]…`: checks the record and names the first bad entry. Exits 0, or 1 where it is not sound. */
export const runAudit = async ([verb, ...rest]: readonly string[], io: Io): Promise<number> => {
  const asked = verb === 'verify' ? parse(rest, { head: { type: 'string', multiple: true } }) : undefined
  if (asked === undefined) {
    io.err('Write it as: doctor audit verify [PATH] [--head HASH]\n')
    return exit.usage
  }
  const path = asked.positionals[0] ?? join(dataDir(), 'audit')
  if (!existsSync(path)) {
    io.err(`doctor audit verify: there is no record at ${path}\n`)
    return exit.found
  }
  const { sound, chains } = await verifyAudit(path, asked.values['head'] ?? [])
  for (const chain of chains) {
    const bad =
      chain.bad === undefined
        ? 'sound'
        : `BAD at line ${chain.bad.line}${chain.bad.seq === undefined ? '' : ` (seq ${chain.bad.seq})`}: ${chain.bad.why}`
    io.out(`${chain.file}  ${chain.entries} entries  head ${chain.head.slice(0, 16)}  ${bad}\n`)
  }
  io.out(sound ? 'The record is sound.\n' : 'The record is not sound.\n')
  return sound ? exit.ok : exit.found
}

/** `doctor receipt verify PATH [--public-key FILE]`: checks a receipt offline. Exits 0, or 1 where it is not genuine. */
export const runReceipt = ([verb, ...rest]: readonly string[], io: Io): number => {
  const asked = verb === 'verify' ? parse(rest, { 'public-key': { type: 'string', multiple: true } }) : undefined
  const path = asked?.positionals[0]
  if (asked === undefined || path === undefined) {
    io.err('Write it as: doctor receipt verify PATH [--public-key FILE]\n')
    return exit.usage
  }
  const [keyFile] = asked.values['public-key'] ?? []
  const read = readReceipt(path, keyFile)
  if (typeof read === 'string') {
    io.err(`doctor receipt verify: ${read}\n`)
    return exit.found
  }
  const wrong = verifyReceipt(read.receipt, read.key)
  io.out(
    wrong === undefined
      ? `Genuine${read.key === undefined ? ', by the key that it carries; --public-key says whose that is' : ''}.\n`
      : `Not genuine: ${wrong}.\n`,
  )
  return wrong === undefined ? exit.ok : exit.found
}

const readReceipt = (
  path: string,
  keyFile: string | undefined,
): { readonly receipt: unknown; readonly key: string | undefined } | string => {
  try {
    const receipt: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return { receipt, key: keyFile === undefined ? undefined : readFileSync(keyFile, 'utf8') }
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'cannot be read'
  }
}

const parse = (args: readonly string[], options: Record<string, { type: 'string'; multiple: true }>) => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return { values: values as Record<string, string[] | undefined>, positionals }
  } catch {
    return undefined
  }
}
