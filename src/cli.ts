#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import type { Io } from './verbs/io.ts'
import { exit } from './verbs/io.ts'

const usage = `doctor: an on-call doctor for Kubernetes

  doctor diagnose [--snapshot PATH]   what is wrong, and why

  doctor VERB --help
  doctor --version
`

const version = (): string => {
  const read: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof read === 'object' && read !== null && 'version' in read ? String(read.version) : 'unknown'
}

/** Runs one verb of the command line; resolves to its exit code. */
const run = async ([verb, ...rest]: readonly string[], io: Io): Promise<number> => {
  switch (verb) {
    case 'diagnose': {
      const { runDiagnose } = await import('./verbs/diagnose.ts')
      return runDiagnose(rest, io)
    }
    case '--version':
      io.out(`${version()}\n`)
      return exit.ok
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      io.out(usage)
      return verb === undefined ? exit.usage : exit.ok
    default:
      io.err(`doctor: there is no verb ${verb}\n${usage}`)
      return exit.usage
  }
}

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  colour: process.stdout.isTTY === true,
})
