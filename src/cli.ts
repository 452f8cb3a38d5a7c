#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { exit, type Io } from './cli/io.ts'
import { nodeProblem } from './main/node-version.ts'

const usage = `doctor: an on-call doctor for Kubernetes

  doctor diagnose [--snapshot PATH]   what is wrong, and why (exit 0 healthy, 1 found, 2 could not tell)
  doctor ask "QUESTION"               ask Claude, where a key is set; it quotes what it read
  doctor report                       the health of the cluster now
  doctor hygiene [--min-score N]      what could hurt one day, with a score
  doctor graph KIND/NAME              what stands around an object
  doctor patterns [-n NAMESPACE]      what the logs of a namespace say, alike messages as one
  doctor workflow [OWNER/REPO] [RUN]  runs of GitHub Actions; of one that failed, the step and why
  doctor demo                         the whole product on this machine: Slack in a web page, a cluster to break
  doctor start [--role ROLE]          run the app (all, gateway, worker or executor)

  doctor get|describe|logs|events|top|pods|nodes|namespaces|replicas|contexts|kubeconfig|node-logs|helm-history
  doctor can-i|who-can|rights         rights

  doctor runbooks lint|list|match|simulate|drift
  doctor policy test|show             check a policy and its cases; the shipped one
  doctor timeline|postmortem INCIDENT what happened in an incident, from the record on disk
  doctor audit verify [PATH]          check the record: names the first bad entry
  doctor receipt verify PATH          check a receipt offline
  doctor config check                 all mistakes of the configuration at once

  doctor VERB --help
  doctor --version
`

const reads = new Set([
  'get',
  'list',
  'show',
  'pods',
  'describe',
  'logs',
  'events',
  'top',
  'nodes',
  'node-logs',
  'namespaces',
  'replicas',
  'helm-history',
  'contexts',
  'kubeconfig',
  'can-i',
  'who-can',
  'rights',
])

const version = (): string => {
  const read: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof read === 'object' && read !== null && 'version' in read ? String(read.version) : 'unknown'
}

/** Runs one verb of the command line; resolves to its exit code. Each verb is loaded only when it is asked for. */
const run = async (argv: readonly string[], io: Io): Promise<number> => {
  const [verb, ...rest] = argv
  const old = nodeProblem(process.versions.node)
  if (old !== undefined && !['--version', 'version', '--help', '-h', 'help'].includes(verb ?? '')) {
    io.err(`doctor: ${old}\n`)
    return exit.config
  }
  if (verb !== undefined && reads.has(verb)) return (await import('./cli/read.ts')).runRead(argv, io)
  switch (verb) {
    case 'diagnose':
      return (await import('./cli/diagnose-here.ts')).runDiagnoseHere(rest, io)
    case 'ask':
      return (await import('./cli/ask.ts')).runAsk(rest, io)
    case 'hygiene':
    case 'graph':
    case 'patterns':
      return (await import('./cli/look.ts')).runLook(argv, io)
    case 'workflow':
      return (await import('./cli/workflow.ts')).runWorkflow(argv, io)
    case 'report':
      return (await import('./cli/report.ts')).runReport(rest, io)
    case 'config':
      return rest[0] === 'check'
        ? (await import('./cli/config-check.ts')).runConfigCheck(io)
        : wrong(io, 'config check')
    case 'demo':
      return (await import('./cli/demo.ts')).runDemo(rest, io)
    case 'start':
      // A young generation that does not grow, and code that is kept small, cost a few more short collections, and save a third of
      // the resident memory while a big cluster is read (npm run bench). It must be said before the app is loaded.
      setFlagsFromString('--semi-space-growth-factor=1')
      setFlagsFromString('--optimize-for-size')
      return (await import('./main/run-start.ts')).runStart(rest, io.err)
    case 'runbooks':
      return (await import('./cli/runbooks.ts')).runRunbooks(rest, io)
    case 'policy':
      return (await import('./cli/policy.ts')).runPolicy(rest, io)
    case 'timeline':
    case 'postmortem':
      return (await import('./cli/case.ts')).runCase(verb, rest, io)
    case 'audit':
      return (await import('./cli/verify.ts')).runAudit(rest, io)
    case 'receipt':
      return (await import('./cli/verify.ts')).runReceipt(rest, io)
    case '--version':
    case 'version':
      io.out(`${version()}\n`)
      return exit.ok
    case 'help':
    case '--help':
    case '-h':
      io.out(usage)
      return exit.ok
    case undefined:
      io.err(usage)
      return exit.usage
    default:
      io.err(`doctor: there is no verb ${verb.slice(0, 40)}\n\n${usage}`)
      return exit.usage
  }
}

const wrong = (io: Io, form: string): number => {
  io.err(`Write it as: doctor ${form}\n`)
  return exit.usage
}

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  colour: process.stdout.isTTY === true,
})
