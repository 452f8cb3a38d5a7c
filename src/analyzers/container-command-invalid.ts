import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, rolloutChange, rolloutFacts, severityFor } from './reading/by-workload.ts'
import { type ContainerFailure, containerFailures } from './reading/container-failures.ts'
import { common, endText, evidenceOf, quotes, undoStep, unitText } from './reading/failure-text.ts'
import { type StartFailure, startFailures } from './reading/start-failures.ts'
import { startCommon, startEvidence, startWords } from './reading/start-text.ts'

/** Programs that images commonly hold: what a mistyped command was probably meant to be. */
const programs = [
  'wget',
  'curl',
  'bash',
  'sh',
  'ash',
  'python',
  'python3',
  'node',
  'npm',
  'npx',
  'yarn',
  'java',
  'go',
  'ruby',
  'bundle',
  'php',
  'php-fpm',
  'nginx',
  'gunicorn',
  'uvicorn',
  'celery',
  'flask',
  'django-admin',
  'redis-server',
  'redis-cli',
  'postgres',
  'psql',
  'pg_dump',
  'pg_isready',
  'mysql',
  'mysqld',
  'mysqldump',
  'mongod',
  'mongosh',
  'sleep',
  'echo',
  'cat',
  'cp',
  'mv',
  'mkdir',
  'chown',
  'chmod',
  'tail',
  'grep',
  'sed',
  'awk',
  'tar',
  'git',
  'kubectl',
  'helm',
  'aws',
  'gsutil',
  'rsync',
  'nc',
  'nslookup',
  'dig',
  'ping',
  'date',
  'env',
  'true',
  'false',
  'while',
  'until',
  'dotnet',
  'pip',
  'rake',
  'rails',
  'puma',
  'sidekiq',
  'memcached',
  'haproxy',
  'httpd',
  'envoy',
  'tini',
  'dumb-init',
  'busybox',
  'printf',
  'touch',
  'seq',
  'exec',
  'test',
]

const meant = (command: string | undefined): string | undefined => {
  if (command === undefined) return undefined
  const name = command.split('/').at(-1) ?? command
  return programs.includes(name)
    ? undefined
    : nearestName(
        name,
        programs.filter((one) => Math.abs(one.length - name.length) <= 2 && name.length > 2),
      )
}

const facts = (
  view: ClusterView,
  group: Group<{ readonly workload: StartFailure['workload']; readonly unit: StartFailure['unit'] }>,
) => ({
  container: group.first.unit.name,
  ...(group.first.unit.container?.image === undefined ? {} : { image: group.first.unit.container.image }),
  ...rolloutFacts(view, group.workload, group.first.unit.name),
})

const why = (failure: StartFailure): { readonly text: string; readonly near?: string } | undefined => {
  const { problem } = failure
  switch (problem.kind) {
    case 'command-not-found': {
      const near = meant(problem.command)
      const name = problem.command === undefined ? 'its command' : `"${problem.command}"`
      return {
        text: `${name} is not found in the image${near === undefined ? '' : `; did you mean "${near}"?`}`,
        ...(near === undefined ? {} : { near }),
      }
    }
    case 'not-executable':
      return {
        text: `${problem.command === undefined ? 'its command' : `"${problem.command}"`} is not executable (permission denied)`,
      }
    case 'working-directory':
      return {
        text: `its working directory ${problem.path ?? failure.unit.container?.workingDir ?? ''} does not exist in the image`,
      }
    case 'no-command':
      return { text: 'neither the image nor the pod spec says which command to run' }
    case 'unknown-user':
      return { text: `its user ${problem.user ?? ''} is not known in the image` }
    case 'other':
      return { text: 'the runtime cannot start it' }
    default:
      return undefined
  }
}

const fromStart = (view: ClusterView, group: Group<StartFailure>): readonly Finding[] => {
  const { first, workload } = group
  const told = why(first)
  if (told === undefined || (first.problem.kind === 'other' && first.message.length < 15)) return []
  const change = rolloutChange(view, workload, first.unit.name, ['command', 'args', 'image'])
  const shared = startCommon(view, group)
  return [
    {
      code: 'container-command-invalid',
      severity: severityFor(view, workload),
      object: workload.ref,
      summary: `${named(workload)}: ${unitText(first.unit)} cannot start: ${told.text} (${startWords(first)})`,
      evidence: startEvidence(group),
      ...shared,
      confidence: first.problem.kind === 'other' ? 0.6 : shared.confidence,
      ...(change === undefined ? {} : { change }),
      fix: [
        `Correct command, args or workingDir of container ${first.unit.name}${told.near === undefined ? '' : ` (${told.near})`}: ${workload.ref.kind === 'Pod' ? 'a bare Pod has to be deleted and created again from a corrected manifest' : kubectl(workload.ref, 'edit')}`,
        `See what the image holds: kubectl run look --rm -it --image=${first.unit.container?.image ?? 'IMAGE'} --command -- sh`,
        ...undoStep(group),
      ],
      prevention: ['Start the image with the same command and args in CI before it is deployed.'],
      facts: { ...facts(view, group), ...(told.near === undefined ? {} : { suggestedCommand: told.near }) },
    },
  ]
}

const fromLog = (view: ClusterView, group: Group<ContainerFailure>): Finding => {
  const { first, workload } = group
  const name = first.sign?.kind === 'command' ? first.sign.command : undefined
  const near = meant(name)
  const [line] = quotes(first, 1)
  const idle = first.exit?.exitCode === 0
  const change = rolloutChange(view, workload, first.unit.name, ['command', 'args', 'image'])
  const notExecutable = first.exit?.exitCode === 126
  return {
    code: 'container-command-invalid',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${unitText(first.unit)} ends with ${endText(first)}: ${idle ? `image ${first.unit.container?.image ?? ''} has nothing that keeps running, and no command is given` : `${name === undefined ? 'its command' : `"${name}"`} ${notExecutable ? 'cannot be executed' : 'is not found in the image'}`}${near === undefined ? '' : `; did you mean "${near}"?`}${line === undefined ? '' : ` Its log: ${line}`}`,
    evidence: evidenceOf(group),
    confidence: first.exit?.exitCode === 127 || notExecutable ? 0.88 : 0.75,
    ...common(view, group),
    ...(change === undefined ? {} : { change }),
    fix: [
      `Correct command or args of container ${first.unit.name}${near === undefined ? '' : ` (${near})`}: ${kubectl(workload.ref, 'edit')}`,
      ...undoStep(group),
    ],
    prevention: ['Start the image with the same command and args in CI before it is deployed.'],
    facts: { ...facts(view, group), ...(near === undefined ? {} : { suggestedCommand: near }) },
  }
}

/** Containers whose command cannot be run: not found, not executable, no such working directory; typos are pointed out. */
export const analyzer: Analyzer = {
  id: 'container-command-invalid',
  codes: ['container-command-invalid'],
  needs: ['pods'],
  analyze: (view) => [
    ...byWorkload(startFailures(view), (one) => `${one.unit.name} ${one.problem.kind}`).flatMap((group) =>
      fromStart(view, group),
    ),
    ...byWorkload(
      containerFailures(view).filter((one) => one.cause === 'command'),
      (one) => one.unit.name,
    ).map((group) => fromLog(view, group)),
  ],
}
