import { type ArgoFault, argoFault, argoFix } from '../domain/argo-message.ts'
import { at, conditionsAt, listAt, textAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted, timeOf, within } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const group = 'argoproj.io'
const driftSeconds = 300

const resourceRef = (resource: unknown): ObjectRef => {
  const [apiGroup, namespace] = [textAt(resource, 'group'), textAt(resource, 'namespace')]
  const version = textAt(resource, 'version') ?? 'v1'
  return {
    apiVersion: apiGroup === undefined ? version : `${apiGroup}/${version}`,
    kind: textAt(resource, 'kind') ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    name: textAt(resource, 'name') ?? '',
  }
}

const resourceText = (resource: unknown): string => {
  const { kind, namespace, name } = resourceRef(resource)
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

/** What should be there instead of a name that does not exist: a namespace of the cluster, the destination, or a resource of the same Application. */
const meantNamespace = (view: ClusterView, app: KubeObject, wrong: string): string | undefined => {
  const known = [
    ...view.all('Namespace').map((one) => one.metadata.name),
    ...listAt(app, 'status', 'resources').flatMap((one) => textAt(one, 'namespace') ?? []),
    ...[textAt(app, 'spec', 'destination', 'namespace')].flatMap((one) => one ?? []),
  ]
  return nearestName(wrong, new Set(known))
}

const hintFor = (
  view: ClusterView,
  app: KubeObject,
  fault: ArgoFault,
): { readonly text: string; readonly near?: string } => {
  if (fault.kind !== 'namespace-missing') return { text: '' }
  const near = meantNamespace(view, app, fault.namespace)
  const gone =
    view.presence('Namespace', undefined, fault.namespace) === 'absent'
      ? `namespace ${fault.namespace} does not exist`
      : `namespace ${fault.namespace} was not found`
  return near === undefined ? { text: `; ${gone}` } : { text: `; ${gone}, did you mean ${near} (a typo)?`, near }
}

const synced = (app: KubeObject): boolean => textAt(app, 'status', 'sync', 'status') === 'Synced'

const failedResults = (app: KubeObject): readonly unknown[] =>
  listAt(app, 'status', 'operationState', 'syncResult', 'resources').filter(
    (one) =>
      ['SyncFailed', 'PruneFailed'].includes(textAt(one, 'status') ?? '') ||
      ['Failed', 'Error'].includes(textAt(one, 'hookPhase') ?? ''),
  )

const resultText = (one: unknown): string =>
  `${resourceText(one)}: ${textAt(one, 'status') ?? textAt(one, 'hookPhase') ?? ''} ${textAt(one, 'message') ?? ''}`

const syncFailed = (view: ClusterView, app: KubeObject): Finding | undefined => {
  const phase = textAt(app, 'status', 'operationState', 'phase')
  const errors = conditionsAt(app).filter((one) => one.type === 'SyncError' || one.type === 'DeletionError')
  const retries = (at(app, 'status', 'operationState', 'retryCount') as number | undefined) ?? 0
  const retrying = phase === 'Running' && retries > 0
  const failed = phase === 'Failed' || phase === 'Error' || retrying
  const finished =
    textAt(app, 'status', 'operationState', 'finishedAt') ?? textAt(app, 'status', 'operationState', 'startedAt')
  // A failed try of long ago, after which the Application came to be in sync, is over.
  if ((!failed && errors.length === 0) || (synced(app) && errors.length === 0)) return undefined
  const object = refOf(app)
  const message = (failed ? textAt(app, 'status', 'operationState', 'message') : undefined) ?? errors[0]?.message ?? ''
  const results = failedResults(app)
  const said = results.flatMap((one) => textAt(one, 'message') ?? [])[0]
  const specific = argoFault(said ?? message)
  const fault = specific.kind === 'other' ? argoFault(message) : specific
  const hint = hintFor(view, app, fault)
  // Where the namespace is a typo, the objects are missing where they were meant to be.
  const near = hint.near
  const meant = near === undefined ? [] : results.map((one) => ({ ...resourceRef(one), namespace: near }))
  // A hook is a job of the app's own: why it failed is told by the job.
  const hooks = results
    .filter((one) => textAt(one, 'hookType') !== undefined || textAt(one, 'kind') === 'Job')
    .map(resourceRef)
  const what = results.length === 0 ? '' : ` for ${some(results.map(resourceText))}`
  return {
    code: 'argocd-sync-failed',
    severity: 'critical',
    object,
    summary: `Argo CD cannot sync ${app.metadata.name}${what}: ${short(said ?? message, 220)}${hint.text}`,
    evidence: [
      observe('status', object, `operationState ${phase ?? ''}: ${message}`, finished),
      ...results.slice(0, 4).map((one) => observe('status', object, resultText(one), finished)),
      ...errors.slice(0, 2).map((one) => conditionSeen(object, one)),
      ...(hint.near === undefined ? [] : [observe('computed', object, `nearest existing namespace: ${hint.near}`)]),
    ],
    confidence: 0.95,
    affects: [...results.map(resourceRef), ...meant],
    ...(finished === undefined ? {} : { since: finished }),
    ...(hooks.some((ref) => view.find(ref) !== undefined) ? { symptom: true } : {}),
    dependsOn: fault.kind === 'webhook' ? results.map(resourceRef) : hooks,
    fix: [argoFix(fault, app.metadata.name), `argocd app sync ${app.metadata.name} (after the correction is in Git)`],
    prevention: ['Validate rendered manifests and destinations in CI before they are merged.'],
    facts: {
      reason: fault.kind,
      revision: textAt(app, 'status', 'operationState', 'syncResult', 'revision') ?? '',
      ...(hint.near === undefined ? {} : { nearestKey: hint.near }),
    },
  }
}

const conditionSeen = (object: ObjectRef, condition: Condition): Observation =>
  observe('status', object, `${condition.type ?? ''}: ${condition.message ?? ''}`, condition.lastTransitionTime)

const comparison = (view: ClusterView, app: KubeObject): Finding | undefined => {
  const wrong = conditionsAt(app).filter((one) =>
    ['ComparisonError', 'InvalidSpecError', 'UnknownError'].includes(one.type ?? ''),
  )
  const [first] = wrong
  if (first === undefined) return undefined
  const object = refOf(app)
  const fault = argoFault(first.message ?? '')
  const hint = hintFor(view, app, fault)
  const source = textAt(app, 'spec', 'source', 'repoURL')
  const where =
    source === undefined
      ? ''
      : ` (${source}${textAt(app, 'spec', 'source', 'path') === undefined ? '' : `, path ${textAt(app, 'spec', 'source', 'path') ?? ''}`}, ${textAt(app, 'spec', 'source', 'targetRevision') ?? 'HEAD'})`
  return {
    code: 'argocd-comparison-error',
    severity: 'critical',
    object,
    summary: `Argo CD cannot compare ${app.metadata.name} with its source${where}: ${short((first.message ?? '').replace(/^.*desc = /, ''), 220)}${hint.text}`,
    evidence: wrong.slice(0, 3).map((one) => conditionSeen(object, one)),
    confidence: 0.95,
    ...(first.lastTransitionTime === undefined ? {} : { since: first.lastTransitionTime }),
    dependsOn: repoServer(view, fault),
    fix: [argoFix(fault, app.metadata.name), `argocd app get ${app.metadata.name} --hard-refresh`],
    facts: { reason: fault.kind },
  }
}

/** When the source cannot be reached it may be Argo CD's own repo server that is down. */
const repoServer = (view: ClusterView, fault: ArgoFault): readonly ObjectRef[] =>
  fault.kind === 'repository' && fault.detail === 'unreachable'
    ? view.workloads.filter((one) => /argocd-repo-server$/.test(one.ref.name)).map((one) => one.ref)
    : []

const isAlerted = (view: ClusterView, app: KubeObject): boolean =>
  view.alerts.some(
    ({ status, labels }) =>
      status !== 'resolved' && [labels['name'], labels['application'], labels['app']].includes(app.metadata.name),
  )

const driftText = (one: unknown): string => {
  const health = textAt(one, 'health', 'status')
  return `${resourceText(one)} is OutOfSync${health === undefined ? '' : `, ${health}`}`
}

const outOfSync = (view: ClusterView, app: KubeObject): Finding | undefined => {
  if (textAt(app, 'status', 'sync', 'status') !== 'OutOfSync') return undefined
  const automated =
    at(app, 'spec', 'syncPolicy', 'automated') !== undefined &&
    at(app, 'spec', 'syncPolicy', 'automated', 'enabled') !== false
  const drifted = listAt(app, 'status', 'resources').filter((one) => textAt(one, 'status') === 'OutOfSync')
  const phase = textAt(app, 'status', 'operationState', 'phase')
  const finished = textAt(app, 'status', 'operationState', 'finishedAt')
  const health = textAt(app, 'status', 'health', 'status')
  const applied = textAt(app, 'status', 'operationState', 'syncResult', 'revision')
  const sameRevision = applied !== undefined && applied === textAt(app, 'status', 'sync', 'revision')
  const unwell = health === 'Degraded' || health === 'Missing'
  const alerted = isAlerted(view, app)
  // In rest at the revision that was applied, yet different: what was applied does not stay. A newer revision that waits for
  // a person to sync it is another matter, unless it hurts.
  const stuck = sameRevision && phase === 'Succeeded' && lasted(finished, view.now, driftSeconds)
  if (!stuck && !((unwell || alerted) && phase !== 'Running'))
    return drifted.length === 0 ? undefined : waiting(app, drifted, automated)
  const object = refOf(app)
  const heal = at(app, 'spec', 'syncPolicy', 'automated', 'selfHeal') === true
  const why = sameRevision
    ? `the cluster differs from the revision that was last applied (${heal ? 'something changes it back after each sync' : 'self-heal is off'})`
    : automated
      ? 'the new revision has not been applied'
      : 'it is synced by hand and nobody has'
  return {
    code: 'argocd-out-of-sync',
    severity: 'warning',
    object,
    summary: `Argo CD Application ${app.metadata.name} is out of sync (health ${health ?? 'unknown'}): ${some(drifted.map(resourceText)) || 'see its diff'}; ${why}`,
    evidence: [
      observe(
        'status',
        object,
        `sync OutOfSync at ${short(textAt(app, 'status', 'sync', 'revision') ?? '', 12)}, health ${health ?? ''}`,
      ),
      ...drifted.slice(0, 5).map((one) => observe('status', object, driftText(one))),
      observe('status', object, `last operation ${phase ?? 'none'}`, finished),
    ],
    confidence: stuck ? 0.85 : 0.75,
    affects: drifted.map(resourceRef),
    ...(finished !== undefined && timeOf(finished) !== undefined && !within(finished, view.now, 0)
      ? { since: finished }
      : {}),
    fix: [
      `argocd app diff ${app.metadata.name}`,
      heal
        ? 'Find who changes the fields (managedFields, another controller) and add ignoreDifferences where that is meant.'
        : `argocd app sync ${app.metadata.name}, or bring the change into Git`,
    ],
    facts: { automated, selfHeal: heal },
  }
}

const waiting = (app: KubeObject, drifted: readonly unknown[], automated: boolean): Finding => ({
  code: 'argocd-out-of-sync',
  severity: 'info',
  object: refOf(app),
  summary: `Argo CD Application ${app.metadata.name} has changes that wait for ${automated ? 'the next' : 'a manual'} sync: ${some(drifted.map(resourceText))}`,
  evidence: [
    observe(
      'status',
      refOf(app),
      automated ? 'sync OutOfSync, new revision not applied yet' : 'sync OutOfSync, no automated sync policy',
    ),
  ],
  confidence: 0.6,
})

const setTrouble = (set: KubeObject): Finding | undefined => {
  const wrong = conditionsAt(set).find((one) => one.type === 'ErrorOccurred' && one.status === 'True')
  if (wrong === undefined) return undefined
  return {
    code: 'argocd-comparison-error',
    severity: 'critical',
    object: refOf(set),
    summary: `Argo CD ApplicationSet ${set.metadata.name} cannot make its Applications: ${short(wrong.message ?? wrong.reason ?? '', 220)}`,
    evidence: [conditionSeen(refOf(set), wrong)],
    confidence: 0.93,
    ...(wrong.lastTransitionTime === undefined ? {} : { since: wrong.lastTransitionTime }),
    fix: [argoFix(argoFault(wrong.message ?? ''), set.metadata.name)],
    facts: { reason: wrong.reason ?? '' },
  }
}

/** Argo CD Applications that do not sync, cannot be compared, or do not stay in sync; ApplicationSets that fail. */
export const analyzer: Analyzer = {
  id: 'argocd',
  codes: ['argocd-sync-failed', 'argocd-out-of-sync', 'argocd-comparison-error'],
  needs: [],
  analyze: (view) => [
    ...view.list('Application', group).flatMap((app) => {
      if (app.metadata.deletionTimestamp !== undefined) return []
      return comparison(view, app) ?? syncFailed(view, app) ?? outOfSync(view, app) ?? []
    }),
    ...view.list('ApplicationSet', group).flatMap((set) => setTrouble(set) ?? []),
  ],
}
