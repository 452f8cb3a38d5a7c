import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Container, refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive, longRunning } from '../domain/pod-state.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { rolloutChange } from './reading/by-workload.ts'
import { isUnwell } from './reading/needed-services.ts'
import { usesOf } from './reading/service-users.ts'

type Member = { readonly workload: Workload; readonly container: Container; readonly program: string }

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Workloads of one container that run one image of many programs, each told by its command which one to be. */
const families = (view: ClusterView): readonly (readonly Member[])[] => {
  const byImage = new Map<string, Member[]>()
  for (const workload of view.workloads) {
    if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.ref.kind)) continue
    const containers = longRunning(workload.template?.spec)
    const [container] = containers
    const program = container?.command?.[0]?.split('/').at(-1)
    if (container === undefined || program === undefined || containers.length !== 1) continue
    const key = `${workload.ref.namespace ?? ''} ${(container.image ?? '').replace(/[:@][^/]*$/, '')}`
    byImage.set(key, [...(byImage.get(key) ?? []), { workload, container, program }])
  }
  return [...byImage.values()].filter((members) => members.length >= 3)
}

const runsOwn = ({ workload, program }: Member): boolean => plain(workload.ref.name).includes(plain(program))

const isHurt = (view: ClusterView, { workload }: Member, changedAt: string | undefined): boolean => {
  const [changed, now] = [timeOf(changedAt), timeOf(view.now)]
  if (isUnwell(view, workload)) return true
  if (changed !== undefined && now !== undefined && now - changed < 24 * 3600_000) return true
  const services = view
    .podsOf(workload.ref)
    .filter(isLive)
    .flatMap((pod) => view.servicesFor(pod))
  return services.some((service) => usesOf(view, service).some((use) => use.failing))
}

const findingOf = (view: ClusterView, member: Member, sibling: Member): Finding | undefined => {
  const { workload, container, program } = member
  const change = rolloutChange(view, workload, container.name, ['command'])
  const hurt = isHurt(view, member, change?.at)
  const { ref } = workload
  return {
    code: 'container-command-invalid',
    severity: hurt ? 'critical' : 'warning',
    object: ref,
    summary: `${refText(ref)}: container ${container.name} runs ${program}, the program of ${refText(sibling.workload.ref)}, instead of its own, so nothing answers as ${ref.name}`,
    evidence: [
      observe('spec', ref, `command of container ${container.name}: ${(container.command ?? []).join(' ')}`),
      observe(
        'spec',
        sibling.workload.ref,
        `the same image runs ${sibling.program} there; each other workload of it runs its own name`,
      ),
    ],
    confidence: !hurt ? 0.68 : change === undefined ? 0.82 : 0.9,
    affects: [ref, ...view.podsOf(ref).map(refOf)],
    ...(change === undefined ? {} : { change }),
    fix: [
      `Set the command of container ${container.name} back to its own program (likely ${ref.name}): ${kubectl(ref, 'edit')}`,
    ],
    facts: { container: container.name, command: program },
  }
}

/** Workloads that run the program of a sibling: one image of many programs, and the command of another one of them. */
export const analyzer: Analyzer = {
  id: 'sibling-command',
  codes: ['container-command-invalid'],
  needs: ['deployments', 'pods'],
  analyze: (view) =>
    families(view).flatMap((members) => {
      const own = members.filter(runsOwn)
      return members.flatMap((member) => {
        const sibling = own.find((one) => one.program === member.program)
        if (runsOwn(member) || sibling === undefined || own.length < 2) return []
        return findingOf(view, member, sibling) ?? []
      })
    }),
}
