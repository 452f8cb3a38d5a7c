import type { CauseCode } from '../domain/cause.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, rolloutChange, rolloutFacts, severityFor } from './reading/by-workload.ts'
import { type ContainerFailure, containerFailures } from './reading/container-failures.ts'
import { common, endText, evidenceOf, lookFurther, quotes, undoStep, unitText } from './reading/failure-text.ts'

const endsByItself = ({ exit, unit }: ContainerFailure): boolean => exit?.exitCode === 0 && unit.role !== 'init'

const codeOf = (failure: ContainerFailure): CauseCode =>
  failure.unit.role === 'init' ? 'init-container-failing' : 'app-crash'

const story = (failure: ContainerFailure): string => {
  const [line] = quotes(failure, 1)
  if (failure.sign?.kind === 'heap') return `runs out of its own heap (${endText(failure)}): ${line ?? ''}`
  if (failure.sign?.kind === 'credentials') return `is refused for its credentials (${endText(failure)}): ${line ?? ''}`
  if (endsByItself(failure)) {
    const why = 'ends with exit code 0 each time, though restartPolicy Always wants it to keep running'
    return line === undefined
      ? `${why}: its command has nothing that stays in the foreground (${endText(failure)})`
      : `${why}; last line: ${line}`
  }
  if (line === undefined) return `crashes (${endText(failure)}); no log line tells why`
  return `crashes (${endText(failure)}): ${line}`
}

const confidenceOf = (failure: ContainerFailure): number => {
  if (failure.exit === undefined && failure.log === undefined) return 0.5
  if (failure.log === undefined) return 0.6
  return endsByItself(failure) ? 0.7 : 0.8
}

const findingOf = (view: ClusterView, group: Group<ContainerFailure>): Finding => {
  const { first, workload } = group
  const change = rolloutChange(view, workload, first.unit.name, ['image', 'command', 'args', 'env', 'resources'])
  const { container } = first.unit
  const signalled = first.exit?.exitCode === 137
  return {
    code: codeOf(first),
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${unitText(first.unit)} ${story(first)}`,
    evidence: evidenceOf(group),
    confidence: confidenceOf(first),
    ...common(view, group),
    ...(change === undefined ? {} : { change }),
    fix: [
      `Read the whole log: ${lookFurther(first)[0] ?? ''}`,
      ...(first.sign?.kind === 'heap'
        ? [
            `Give the process a heap that fits its limit (-XX:MaxRAMPercentage, --max-old-space-size), or more memory: ${kubectl(workload.ref, 'set resources', `-c ${first.unit.name} --limits=memory=AMOUNT`)}`,
          ]
        : []),
      ...(endsByItself(first)
        ? [`Run a command that stays in the foreground, or make it a Job: ${kubectl(workload.ref, 'edit')}`]
        : []),
      ...undoStep(group),
    ],
    prevention: [
      'Let a readiness gate and progressDeadlineSeconds stop a rollout whose first pod crashes, and alert on restarts.',
    ],
    ...(signalled
      ? {
          contributing: [
            'Killed by SIGKILL without OOMKilled: node memory pressure, or a process outside the container, may have done it.',
          ],
        }
      : {}),
    facts: {
      container: first.unit.name,
      ...(container?.image === undefined ? {} : { image: container.image }),
      ...(first.exit?.exitCode === undefined ? {} : { exitCode: first.exit.exitCode }),
      restarts: first.restarts,
      ...rolloutFacts(view, workload, first.unit.name),
    },
  }
}

/** Causes that no other check has a code for: the process ends by its own error, or ends at all where it should stay. */
const own = new Set<ContainerFailure['cause']>(['unexplained', 'heap'])

/** Processes that crash for reasons of their own; the summary quotes the decisive log line. */
export const analyzer: Analyzer = {
  id: 'app-crash',
  codes: ['app-crash', 'init-container-failing'],
  needs: ['pods', 'logs'],
  analyze: (view) =>
    byWorkload(
      containerFailures(view).filter((one) => own.has(one.cause)),
      (one) => one.unit.name,
    ).map((group) => findingOf(view, group)),
}
