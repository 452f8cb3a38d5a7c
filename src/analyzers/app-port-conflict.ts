import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { longRunning } from '../domain/pod-state.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, rolloutChange, rolloutFacts, severityFor } from './reading/by-workload.ts'
import { type ContainerFailure, containerFailures } from './reading/container-failures.ts'
import { common, endText, evidenceOf, quotes, undoStep, unitText } from './reading/failure-text.ts'

// Ports that service meshes take in every pod that they inject into.
const meshPorts: Readonly<Record<number, string>> = {
  15000: 'istio-proxy',
  15001: 'istio-proxy',
  15006: 'istio-proxy',
  15020: 'istio-proxy',
  15021: 'istio-proxy',
  15090: 'istio-proxy',
  4140: 'linkerd-proxy',
  4143: 'linkerd-proxy',
  4191: 'linkerd-proxy',
}

/** The other container of the pod that has the port: by declaration, arguments, environment or as a mesh proxy. */
const holderOf = (pod: Pod, own: string, port: number | undefined): string | undefined => {
  const others = longRunning(pod.spec).filter((one) => one.name !== own)
  if (port === undefined) return others.length === 1 ? others[0]?.name : undefined
  const declared = others.find((one) => (one.ports ?? []).some((other) => other.containerPort === port))
  const told = others.find((one) =>
    new RegExp(`(?:^|[^0-9])${port}(?:[^0-9]|$)`).test(
      [...(one.command ?? []), ...(one.args ?? []), ...(one.env ?? []).map((env) => env.value ?? '')].join(' '),
    ),
  )
  const mesh = meshPorts[port]
  return declared?.name ?? told?.name ?? others.find((one) => one.name === mesh)?.name
}

/** The one port that a container and another one of its pod both declare, for logs that do not tell which was taken. */
const sharedPort = (pod: Pod, own: string): number | undefined => {
  const containers = longRunning(pod.spec)
  const portsOf = (mine: boolean) =>
    containers.filter((one) => (one.name === own) === mine).flatMap((one) => one.ports ?? [])
  const others = new Set(portsOf(false).map((one) => one.containerPort))
  const shared = portsOf(true).flatMap(({ containerPort }) =>
    containerPort !== undefined && others.has(containerPort) ? [containerPort] : [],
  )
  return shared.length === 1 ? shared[0] : undefined
}

const findingOf = (view: ClusterView, group: Group<ContainerFailure>): Finding | undefined => {
  const { first, workload } = group
  if (first.sign?.kind !== 'port-in-use') return undefined
  const port = first.sign.port ?? sharedPort(first.pod, first.unit.name)
  const holder = holderOf(first.pod, first.unit.name, port)
  const [line] = quotes(first, 1)
  const host = first.pod.spec?.hostNetwork === true
  const who =
    holder !== undefined
      ? `container ${holder} of the same pod`
      : host
        ? 'a process on the node (hostNetwork is on)'
        : 'another process of the pod'
  const change = rolloutChange(view, workload, first.unit.name, ['args', 'env', 'command', 'image'])
  return {
    code: 'app-port-conflict',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${unitText(first.unit)} cannot listen on ${port === undefined ? 'a port' : `port ${port}`}, which ${who} has already (${endText(first)}): ${line ?? ''}`,
    evidence: [
      ...evidenceOf(group),
      ...(holder === undefined
        ? []
        : [
            observe(
              'spec',
              refOf(first.pod),
              `containers ${first.unit.name} and ${holder} share the network of the pod`,
            ),
          ]),
    ],
    confidence: holder === undefined ? 0.75 : 0.9,
    ...common(view, group),
    ...(change === undefined ? {} : { change }),
    fix: [
      `Give ${first.unit.name} or ${holder ?? 'the other process'} another port: ${kubectl(workload.ref, 'edit')}`,
      ...undoStep(group),
    ],
    prevention: [
      'Declare every port that a container listens on, and check injected sidecars for the ports that they take.',
    ],
    facts: {
      container: first.unit.name,
      ...(port === undefined ? {} : { port }),
      ...(holder === undefined ? {} : { otherContainer: holder }),
      ...rolloutFacts(view, workload, first.unit.name),
    },
  }
}

/** Two processes of one pod that want one port, by the words of the one that lost. */
export const analyzer: Analyzer = {
  id: 'app-port-conflict',
  codes: ['app-port-conflict'],
  needs: ['pods', 'logs'],
  analyze: (view) =>
    byWorkload(
      containerFailures(view).filter((one) => one.cause === 'port-in-use'),
      (one) => one.unit.name,
    ).flatMap((group) => findingOf(view, group) ?? []),
}
