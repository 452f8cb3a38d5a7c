import { conditionsAt, listAt, textAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { removedApi, type Unserved, unservedIn } from '../domain/removed-apis.ts'
import { within } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

type Said = {
  readonly text: string
  readonly about: ObjectRef
  readonly kind: 'event' | 'status' | 'log' | 'workflow-run'
  readonly at?: string
}

const delivery = ['Application', 'Kustomization', 'HelmRelease', 'HelmChart', 'Bundle'] as const

const statusOf = (object: KubeObject): readonly Said[] => {
  const about = refOf(object)
  const operation = textAt(object, 'status', 'operationState', 'phase')
  const texts = [
    ...conditionsAt(object)
      .filter((one) => one.status !== 'True' || /Error$/.test(one.type ?? ''))
      .map((one) => ({ text: one.message, at: one.lastTransitionTime })),
    ...(operation === 'Succeeded'
      ? []
      : [
          {
            text: textAt(object, 'status', 'operationState', 'message'),
            at: textAt(object, 'status', 'operationState', 'finishedAt'),
          },
          ...listAt(object, 'status', 'operationState', 'syncResult', 'resources').map((one) => ({
            text: textAt(one, 'message'),
            at: textAt(object, 'status', 'operationState', 'finishedAt'),
          })),
        ]),
  ]
  return texts.flatMap(({ text, at }) =>
    text === undefined ? [] : [{ text, about, kind: 'status' as const, ...(at === undefined ? {} : { at }) }],
  )
}

const everythingSaid = (view: ClusterView): readonly Said[] => [
  ...delivery.flatMap((kind) => view.list(kind).flatMap(statusOf)),
  ...view.all('Event').flatMap((event): readonly Said[] => {
    const found = event.regarding
    if (event.note === undefined || event.type === 'Normal' || !within(event.lastSeen, view.now, 3600)) return []
    const about = {
      apiVersion: found.apiVersion ?? 'v1',
      kind: found.kind ?? '',
      ...(found.namespace === undefined ? {} : { namespace: found.namespace }),
      name: found.name ?? '',
    }
    return [{ text: event.note, about, kind: 'event', ...(event.lastSeen === undefined ? {} : { at: event.lastSeen }) }]
  }),
  ...view
    .all('Pod')
    .flatMap((pod) =>
      view
        .logs(pod.metadata.namespace ?? '', pod.metadata.name)
        .map((log): Said => ({ text: log.text, about: view.workloadOf(pod).ref, kind: 'log' })),
    ),
]

// The object itself where the text names it, else what delivers or asks for it.
const objectOf = (view: ClusterView, unserved: Unserved, said: Said): ObjectRef => {
  const { name, namespace, kind, apiVersion } = unserved
  if (name === undefined || name === '') return said.about
  const home = namespace ?? textAt(view.find(said.about), 'spec', 'destination', 'namespace') ?? said.about.namespace
  return { apiVersion, kind, name, ...(home === undefined ? {} : { namespace: home }) }
}

const lineWith = (text: string, unserved: Unserved): string =>
  text
    .split('\n')
    .find((line) => line.includes(unserved.kind) && line.includes(unserved.apiVersion.split('/').at(-1) ?? '')) ?? text

const findingOf = (view: ClusterView, said: Said, unserved: Unserved): Finding | undefined => {
  const removed = removedApi(unserved.apiVersion, unserved.kind)
  // A text about a custom kind is only worth naming where it comes from what delivers it; operators probe for optional kinds.
  if (said.kind === 'log' && removed === undefined) return undefined
  const object = objectOf(view, unserved, said)
  const what = `${unserved.kind} in ${unserved.apiVersion}`
  const why =
    removed === undefined
      ? `${what} is not served by this cluster (is its CustomResourceDefinition installed?)`
      : `${what} is not served since Kubernetes ${removed.since}${view.kubernetesVersion === undefined ? '' : ` (this cluster is ${view.kubernetesVersion})`}; use ${removed.use}`
  return {
    code: 'api-removed',
    severity: said.kind === 'log' ? 'warning' : 'critical',
    object,
    summary: `${refText(object)}: ${why}`,
    evidence: [observe(said.kind, said.about, lineWith(said.text, unserved), said.at)],
    confidence: removed === undefined ? 0.85 : said.kind === 'log' ? 0.75 : 0.93,
    affects: [said.about],
    ...(said.at === undefined ? {} : { since: said.at }),
    fix:
      removed === undefined
        ? [
            `Install the CustomResourceDefinition of ${unserved.kind}, or correct apiVersion: kubectl api-resources | grep -i ${unserved.kind}`,
          ]
        : [
            `Change apiVersion to ${removed.use} in the manifest or chart (fields may differ: kubectl explain ${unserved.kind.toLowerCase()} --api-version=${removed.use})`,
            'kubectl convert -f FILE --output-version … helps with manifests; charts need a newer version.',
          ],
    prevention: ['Check manifests against the next Kubernetes version (pluto, kubent) before the upgrade.'],
    facts: { apiVersion: unserved.apiVersion, ...(removed === undefined ? {} : { suggestedApiVersion: removed.use }) },
  }
}

/** Objects whose apiVersion this cluster does not serve (any more), as those who apply them say. */
export const analyzer: Analyzer = {
  id: 'api-removed',
  codes: ['api-removed'],
  needs: ['events'],
  analyze: (view) => {
    const found = new Map<string, Finding>()
    const runs = view.workflowRuns.flatMap((run) =>
      run.failedSteps.map(
        (step): Said => ({
          text: step.log,
          kind: 'workflow-run',
          about: { apiVersion: 'github.com/v1', kind: 'WorkflowRun', name: `${run.repository}/${run.workflow}` },
          ...(run.startedAt === undefined ? {} : { at: run.startedAt }),
        }),
      ),
    )
    for (const said of [...everythingSaid(view), ...runs]) {
      if (!/no matches for kind|could not find/.test(said.text)) continue
      for (const unserved of unservedIn(said.text)) {
        const finding = findingOf(view, said, unserved)
        if (finding !== undefined && !found.has(refKey(finding.object))) found.set(refKey(finding.object), finding)
      }
    }
    return [...found.values()]
  },
}
