import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadActions } from '../actions/load.ts'
import { defaultPolicy } from '../policy/default-policy.ts'
import { loadPolicy } from '../policy/load-policy.ts'
import { exit, type Io } from './io.ts'
import { failedCase, type PolicyCase, readPolicyCases } from './policy-cases.ts'

const help = `doctor policy: who may

  doctor policy test [FOLDER] [--cases FILE] [--timezone ZONE]
      checks the Cedar files of a folder (without one: the shipped policy), and the cases of FILE or FOLDER/cases.yaml
  doctor policy show
      the shipped policy, to begin one of your own with

Exit: 0, or 1 where something is wrong; 64 bad usage
`

/** Runs \`doctor policy …\`. Resolves to the exit code. */
export const runPolicy = async ([verb, ...rest]: readonly string[], io: Io): Promise<number> => {
  switch (verb) {
    case 'show':
      io.out(defaultPolicy.trimStart())
      return exit.ok
    case '--help':
    case 'help':
      io.out(help)
      return exit.ok
    case 'test': {
      const asked = parse(rest)
      if (asked !== undefined) return test(asked, io)
    }
  }
  io.err(help)
  return exit.usage
}

type Asked = { readonly folder?: string; readonly cases?: string; readonly timezone: string }

const test = async ({ folder, cases: file, timezone }: Asked, io: Io): Promise<number> => {
  const actions = [...(await loadActions()).keys()]
  // Who is on the list does not matter here, but somebody has to be.
  const loaded = loadPolicy({
    approvers: ['U0APPROVER'],
    actions,
    timezone,
    ...(folder === undefined ? {} : { folder }),
  })
  if (loaded.kind === 'invalid') {
    for (const { place, message } of loaded.problems) io.err(`${place}: ${message}\n`)
    return exit.found
  }
  const path = file ?? (folder === undefined ? undefined : join(folder, 'cases.yaml'))
  const cases = path !== undefined && (file !== undefined || existsSync(path)) ? casesOf(path) : []
  if (typeof cases === 'string') {
    io.err(`${path}: ${cases}\n`)
    return exit.found
  }
  const failed = cases.flatMap((one) => {
    const why = failedCase(loaded.policy, one)
    return why === undefined ? [] : [`${one.name}: ${why}`]
  })
  for (const line of failed) io.err(`${line}\n`)
  io.out(
    `The policy is valid (${loaded.policy.version}). ${cases.length - failed.length} of ${cases.length} cases are as expected.\n`,
  )
  return failed.length === 0 ? exit.ok : exit.found
}

const casesOf = (path: string): readonly PolicyCase[] | string => {
  try {
    return readPolicyCases(readFileSync(path, 'utf8'))
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'cannot be read'
  }
}

const parse = (args: readonly string[]): Asked | undefined => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { cases: { type: 'string' }, timezone: { type: 'string', default: 'UTC' } },
      allowPositionals: true,
    })
    const [folder, ...more] = positionals
    if (more.length > 0) return undefined
    new Intl.DateTimeFormat('en', { timeZone: values.timezone })
    return {
      timezone: values.timezone,
      ...(folder === undefined ? {} : { folder }),
      ...(values.cases === undefined ? {} : { cases: values.cases }),
    }
  } catch {
    return undefined
  }
}
