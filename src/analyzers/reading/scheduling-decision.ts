import type { CauseCode } from '../../domain/cause.ts'
import type { Decision } from '../../domain/decisive-obstacle.ts'
import type { Finding } from '../../domain/finding.ts'
import { kubectl } from '../../domain/kubectl.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { lookup } from '../../domain/lookup.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { podRequests } from '../../domain/pod-resources.ts'
import { amountText, parseQuantity } from '../../domain/quantity.ts'
import { parseSchedulerMessage } from '../../domain/scheduler-message.ts'
import type { NodeFit } from '../../domain/scheduling.ts'
import {
  neverFits,
  nodesText,
  obstaclesOf,
  roomFor,
  roomText,
  selectorFault,
  taintFault,
} from '../../domain/scheduling-text.ts'
import { taintMeaning, taintText } from '../../domain/taint.ts'
import { some } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { boundClaimsOf } from './claims.ts'
import type { Unscheduled } from './unscheduled-pods.ts'

/** What is known about one workload that waits for nodes. */
export type Waiting = {
  readonly view: ClusterView
  readonly group: Unscheduled
  readonly decision: Decision
  readonly fits: readonly NodeFit[]
}

/** The decision in words: which code, which object, why, and what to do. */
export type Described = Pick<Finding, 'prevention' | 'dependsOn' | 'facts'> & {
  readonly code: CauseCode
  readonly object: ObjectRef
  readonly why: string
  readonly fix: readonly string[]
}

const nodeRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'Node', name })

const soleNodes = (fits: readonly NodeFit[], kind: string): readonly string[] => {
  const all = fits.filter((fit) => fit.obstacles.some((one) => one.kind === kind))
  const sole = all.filter((fit) => fit.obstacles.every((one) => one.kind === kind))
  return (sole.length > 0 ? sole : all).map((fit) => fit.node.metadata.name)
}

const largestContainer = (waiting: Waiting, resource: string): string | undefined => {
  const amount = (texts: Readonly<Record<string, string>> | undefined): number => parseQuantity(texts?.[resource]) ?? 0
  const containers = waiting.group.example.spec?.containers ?? []
  return [...containers].sort(
    (a, b) =>
      amount(b.resources?.requests ?? b.resources?.limits) - amount(a.resources?.requests ?? a.resources?.limits),
  )[0]?.name
}

const resourceCodes: Readonly<Record<string, CauseCode>> = { cpu: 'insufficient-cpu', memory: 'insufficient-memory' }

/** The nodes that would take the pod were they not cordoned or in trouble. */
const nodesInTrouble = (fits: readonly NodeFit[]): readonly ObjectRef[] =>
  fits
    .filter((fit) =>
      fit.obstacles.every(
        (one) =>
          one.kind === 'cordoned' ||
          (one.kind === 'taint' && one.taints.some((taint) => taintMeaning(taint.key) === 'condition')),
      ),
    )
    .map((fit) => refOf(fit.node))

const describeResource = (waiting: Waiting): Described => {
  const { group, fits, decision } = waiting
  const resource = decision.resource ?? 'cpu'
  const wanted = podRequests(group.example.spec)[resource] ?? 0
  const room = roomFor(fits, resource)
  const object = group.workload.ref
  const container = largestContainer(waiting, resource)
  const why =
    room !== undefined
      ? `Insufficient ${resource}: each ${roomText(resource, room)}`
      : wanted === 0
        ? `Insufficient ${resource}: ${parseSchedulerMessage(group.message)?.reasons.find((one) => one.resource === resource)?.text ?? 'the scheduler finds none left'}`
        : `Insufficient ${resource}: each needs ${amountText(resource, wanted)} ${resource}, and the scheduler finds no node with that much left`
  const lower = kubectl(object, 'set resources', `-c ${container ?? 'CONTAINER'} --requests=${resource}=AMOUNT`)
  const never = room !== undefined && neverFits(room)
  const inTrouble = nodesInTrouble(fits)
  return {
    code: lookup(resourceCodes, resource) ?? 'insufficient-extended-resource',
    object,
    why,
    fix: [
      ...(never && room.largest.allocatable > 0
        ? [`Ask for less than ${amountText(resource, room.largest.allocatable)}: ${lower}`]
        : [`Ask for less, where it really uses less: ${lower}`]),
      room?.largest.allocatable === 0
        ? `Add a node that offers ${resource}, or check that its device plugin runs: kubectl get nodes -o custom-columns=NAME:.metadata.name,HAS:.status.allocatable`
        : `Or add a node with at least ${amountText(resource, wanted)} ${resource} free: kubectl describe nodes | grep -A8 "Allocated resources"`,
    ],
    prevention: [`Alert when pending pods stay unschedulable for ${resource}, and size requests from real use.`],
    ...(inTrouble.length === 0 ? {} : { dependsOn: inTrouble }),
    facts: {
      resource,
      ...(container === undefined ? {} : { container }),
      ...(resource === 'cpu' ? { cpuRequest: amountText('cpu', wanted) } : {}),
      ...(resource === 'memory' ? { memoryRequest: amountText('memory', wanted) } : {}),
      neverFits: never,
    },
  }
}

const describeSelector = ({ group, fits }: Waiting): Described => ({
  code: 'node-affinity-unsatisfied',
  object: group.workload.ref,
  why: selectorFault(group.example.spec, fits),
  fix: [
    'See which labels the nodes carry: kubectl get nodes --show-labels',
    `Correct nodeSelector or affinity: ${kubectl(group.workload.ref, 'edit')}`,
    'Or, where the nodes lack a label they should have: kubectl label node NODE KEY=VALUE',
  ],
  prevention: ['Set node labels in the node group, not by hand, and check selectors against them before a deploy.'],
})

const describeTaint = ({ group, fits }: Waiting): Described => {
  const told = parseSchedulerMessage(group.message)?.reasons.flatMap((one) =>
    one.taint === undefined ? [] : [one.taint],
  )
  const quoted = (told ?? []).map(({ key, value }) => `${key}${value === '' ? '' : `=${value}`}`)
  const faults = taintFault(fits)
  const named = faults === '' ? quoted.join(', ') : faults
  const custom = obstaclesOf(fits, 'taint')
    .flatMap(({ obstacle }) => obstacle.taints)
    .find((taint) => taintMeaning(taint.key) !== 'control-plane')
  const example = custom ?? { key: told?.[0]?.key ?? 'KEY', value: told?.[0]?.value ?? '', effect: 'NoSchedule' }
  const value =
    example.value === undefined || example.value === '' ? '' : `,"operator":"Equal","value":"${example.value}"`
  const toleration = `{"key":"${example.key ?? 'KEY'}"${value === '' ? ',"operator":"Exists"' : value},"effect":"${example.effect ?? 'NoSchedule'}"}`
  const starting = taintMeaning(example.key) === 'starting'
  return {
    code: 'taint-not-tolerated',
    object: group.workload.ref,
    why: `it does not tolerate ${named === '' ? 'the taints of the nodes' : `the taint ${named}`}${starting ? ', which whoever sets the nodes up has not removed' : ''}`,
    fix: [
      ...(starting
        ? [
            `Find out why the nodes are not set up: the controller behind ${example.key ?? ''} should remove the taint (kubectl -n kube-system get pods)`,
          ]
        : []),
      `If it belongs on those nodes, add the toleration ${toleration} to its pod template: ${kubectl(group.workload.ref, 'edit')}`,
      `If the taint is left over, remove it: kubectl taint node NODE ${taintText(example)}-`,
    ],
    facts: { taint: taintText(example) },
  }
}

const describePodRule = ({ group, fits }: Waiting): Described => {
  const kept = obstaclesOf(fits, 'pod-affinity')
  const rules = [...new Set(kept.map(({ obstacle }) => obstacle.text))]
  const anti = rules.some((rule) => rule.startsWith('anti-affinity'))
  return {
    code: 'pod-affinity-unsatisfied',
    object: group.workload.ref,
    why:
      rules.length === 0
        ? 'no node meets its pod affinity or anti-affinity rules'
        : `its required pod rule (${some(rules, 2)}) leaves no node${anti ? `: each of the ${fits.length} nodes is taken or unfit` : ''}`,
    fix: [
      anti
        ? `Run fewer replicas, add nodes, or make the rule preferred (preferredDuringScheduling…): ${kubectl(group.workload.ref, 'edit')}`
        : `Start the pods it wants to be near, or correct the labels of the rule: ${kubectl(group.workload.ref, 'edit')}`,
    ],
  }
}

const describeSpread = ({ group, fits }: Waiting): Described => {
  const kept = obstaclesOf(fits, 'spread')
  const texts = [...new Set(kept.map(({ obstacle }) => obstacle.text))]
  return {
    code: 'topology-spread-unsatisfied',
    object: group.workload.ref,
    why: `its topology spread constraint leaves no node${texts.length === 0 ? '' : ` (${some(texts, 2)})`}`,
    fix: [
      kept.some(({ obstacle }) => obstacle.missingLabel)
        ? 'Label the nodes with the topology key, or spread over a key that they have: kubectl get nodes --show-labels'
        : 'Add a node in the emptiest domain, or free one there: kubectl get nodes -L topology.kubernetes.io/zone',
      `Or relax it (maxSkew, whenUnsatisfiable: ScheduleAnyway): ${kubectl(group.workload.ref, 'edit')}`,
    ],
  }
}

const describeHostPort = ({ group, fits }: Waiting): Described => {
  const taken = obstaclesOf(fits, 'host-port')
  const [first] = taken
  const ports = [...new Set(taken.map(({ obstacle }) => obstacle.port))]
  return {
    code: 'host-port-conflict',
    object: group.workload.ref,
    why:
      first === undefined
        ? 'the host port it wants is taken on every node'
        : `host port ${ports.join(', ')} is taken on ${some(taken.map(({ node, obstacle }) => `${node} by ${obstacle.holder}`))}`,
    fix: [
      `Drop hostPort and use a Service, or use another port: ${kubectl(group.workload.ref, 'edit')}`,
      'Or run no more replicas than there are nodes.',
    ],
    ...(ports[0] === undefined ? {} : { facts: { port: ports[0] } }),
  }
}

const describePods = ({ group, fits, view }: Waiting): Described => {
  const full = obstaclesOf(fits, 'pods')
  const [name = view.all('Node')[0]?.metadata.name ?? 'unknown'] = soleNodes(fits, 'pods')
  const counts = full.map(({ node, obstacle }) => `${node} has ${obstacle.used} of ${obstacle.allocatable}`)
  return {
    code: 'node-pods-exhausted',
    object: nodeRef(name),
    why: `Too many pods: the pod count of the nodes is used up${counts.length === 0 ? '' : ` (${some(counts)})`}`,
    fix: [
      `See what runs there: kubectl get pods -A --field-selector spec.nodeName=${name}`,
      'Remove finished or needless pods, add a node, or raise maxPods of the kubelet (and the pod CIDR with it).',
    ],
    facts: { node: name, workload: group.workload.ref.name },
  }
}

const describeCordoned = ({ fits, view }: Waiting): Described => {
  const cordoned = view.all('Node').filter((node) => node.spec?.unschedulable === true)
  const [name = cordoned[0]?.metadata.name ?? 'unknown'] = soleNodes(fits, 'cordoned')
  const all = fits.length === 0 ? cordoned.map((node) => node.metadata.name) : soleNodes(fits, 'cordoned')
  return {
    code: 'node-cordoned',
    object: nodeRef(name),
    why: `the only nodes that would take it are cordoned (unschedulable): ${some(all)}`,
    fix: [
      `Find out who cordoned it and why (drain, upgrade, autoscaler): kubectl describe node ${name}`,
      `When the maintenance is over: kubectl uncordon ${name}`,
    ],
    facts: { node: name },
  }
}

const describeVolume = (waiting: Waiting): Described => {
  const { group, fits, view } = waiting
  const kept = obstaclesOf(fits, 'volume')
  const claims = boundClaimsOf(view, group.example)
  const claim = claims.find((one) => one.claim.metadata.name === kept[0]?.obstacle.claim) ?? claims[0]
  const name = claim?.claim.metadata.name ?? kept[0]?.obstacle.claim
  const wants = kept[0]?.obstacle.wants
  const object: ObjectRef =
    name === undefined
      ? group.workload.ref
      : {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          ...(group.example.metadata.namespace === undefined ? {} : { namespace: group.example.metadata.namespace }),
          name,
        }
  const volume = claim?.volume.metadata.name
  const fitting = fits.filter((fit) => !fit.obstacles.some((one) => one.kind === 'volume'))
  const why = `claim ${name ?? '?'} is bound to a volume${volume === undefined ? '' : ` (${volume})`} that only nodes with ${wants ?? 'its node affinity'} can use`
  return {
    code: 'volume-node-conflict',
    object,
    why: `${why}, and ${fitting.length === 0 ? 'there is no such node' : `there the pod does not fit (${nodesText(fitting, 2).replaceAll('\n', '; ')})`}`,
    fix: [
      `See where the volume is: kubectl get pv ${volume ?? 'VOLUME'} -o jsonpath='{.spec.nodeAffinity}'`,
      `Bring back or add a node with ${wants ?? 'these labels'}, or restore the data into a new claim in a zone that has nodes.`,
    ],
    prevention: [
      'Use a StorageClass with volumeBindingMode: WaitForFirstConsumer, and keep nodes in every zone that holds volumes.',
    ],
    ...(fitting.length === 0 ? {} : { dependsOn: fitting.map((fit) => refOf(fit.node)) }),
  }
}

/** Puts the decisive obstacle into words, with the object that CAUSES names for its code. */
export const describeDecision = (waiting: Waiting): Described => {
  switch (waiting.decision.kind) {
    case 'resource':
      return describeResource(waiting)
    case 'selector':
      return describeSelector(waiting)
    case 'taint':
      return describeTaint(waiting)
    case 'pod-affinity':
      return describePodRule(waiting)
    case 'spread':
      return describeSpread(waiting)
    case 'host-port':
      return describeHostPort(waiting)
    case 'pods':
      return describePods(waiting)
    case 'cordoned':
      return describeCordoned(waiting)
    case 'volume':
      return describeVolume(waiting)
  }
}
