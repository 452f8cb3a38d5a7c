import { z } from 'zod'
import { at, listAt, textAt, trueAt } from '../domain/at.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import type { FieldExpectation, SuccessCheck, Undo } from '../domain/plan.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { type Op, patchRequest } from './change/patch.ts'

// A commit, or the version of a chart.
const revision = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}$/
const input = z.strictObject({
  revision: z.string().regex(revision, 'is not a revision').optional(),
  prune: z.boolean().optional(),
})

/** What is to be applied: the commits that were compared, or those of an entry of the history with its source. */
type Chosen = { readonly sync: Readonly<Record<string, unknown>>; readonly text: string; readonly back: boolean }

/**
 * Has Argo CD apply what Git says, through the Application's `operation`: exactly the commit that it was compared with, or with
 * `revision` one of its history (a rollback). It prunes only where asked to, which is a high risk. Success is that this very
 * operation succeeded and the Application is healthy.
 */
export const action: Action = defineAction({
  id: 'sync-application',
  title: 'Sync',
  kinds: ['Application.argoproj.io'],
  needs: [],
  input,
  draft: ({ target, mark }, wanted) => {
    const name = refText(refOf(target))
    const busy = operationRuns(target)
    if (busy !== undefined) return busy
    const chosen = wanted.revision === undefined ? compared(target) : fromHistory(target, wanted.revision)
    if (isRefusal(chosen)) return chosen
    const prune = wanted.prune ?? false
    const operation = {
      initiatedBy: { username: 'cluster-doctor' },
      info: [{ name: 'plan', value: mark }],
      sync: { ...chosen.sync, prune, ...optionsOf(target) },
    }
    const request = patchRequest(
      target,
      mark,
      [...lastStart(target), { op: 'add', path: '/operation', value: operation }],
      { generation: 'moves' },
    )
    if (isRefusal(request)) return request
    const out = listAt(target, 'status', 'resources').filter((one) => textAt(one, 'status') !== 'Synced')
    return {
      change: { kind: 'cluster-write', request },
      risk: prune ? 'high' : 'medium',
      blast: {
        pods: 0,
        workloads: out.filter((one) => workloads.has(textAt(one, 'kind') ?? '')).length,
        services: 0,
        objects: [refOf(target)],
        notes: notesOf(target, out, prune),
      },
      success: successOf(target, mark, { prune, back: chosen.back }),
      undo: undoOf(target, chosen),
      summary: `${chosen.back ? 'Roll' : 'Sync'} ${name} ${chosen.back ? 'back ' : ''}to ${chosen.text}${prune ? ', deleting what Git no longer has' : ''}`,
    }
  },
})

const workloads: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'])

const operationRuns = (app: KubeObject): Refusal | undefined => {
  const phase = textAt(app, 'status', 'operationState', 'phase')
  return at(app, 'operation') === undefined && phase !== 'Running' && phase !== 'Terminating'
    ? undefined
    : refused('operation-running', `${refText(refOf(app))} is being synced already.`)
}

const automated = (app: KubeObject): boolean => at(app, 'spec', 'syncPolicy', 'automated') !== undefined

/** The commits that Argo CD compared the cluster with last: what is shown is what will be applied. */
const compared = (app: KubeObject): Chosen | Refusal => {
  const name = refText(refOf(app))
  const status = textAt(app, 'status', 'sync', 'status')
  const several = listAt(app, 'status', 'sync', 'revisions').filter((one) => typeof one === 'string')
  const one = textAt(app, 'status', 'sync', 'revision')
  const known = several.length > 0 ? several : one === undefined ? [] : [one]
  if (
    (status !== 'Synced' && status !== 'OutOfSync') ||
    known.length === 0 ||
    !known.every((text) => revision.test(text))
  )
    return refused('not-compared', `Argo CD could not compare ${name} with Git, so what a sync would do is not known.`)
  if (status === 'Synced') return refused('already-there', `${name} is in sync with ${short(known)} already.`)
  const sync = several.length > 0 ? { revisions: several } : { revision: one }
  return { sync, text: short(known), back: false }
}

const fromHistory = (app: KubeObject, wanted: string): Chosen | Refusal => {
  const name = refText(refOf(app))
  if (automated(app))
    return refused('syncs-itself', `${name} syncs by itself and would go forward again: revert the commit in Git.`)
  const history = listAt(app, 'status', 'history')
  const entry = history.findLast((one) => (textAt(one, 'revision') ?? '').startsWith(wanted))
  const full = textAt(entry, 'revision')
  if (entry === undefined || full === undefined || wanted.length < 7)
    return refused('revision-unknown', `${name} keeps no revision ${wanted} (kept: ${kept(history)}).`)
  if (entry === history.at(-1) && textAt(app, 'status', 'sync', 'status') === 'Synced')
    return refused('already-there', `${name} is at ${short([full])} already.`)
  const source = at(entry, 'source')
  // The history stands in the status, which others can write: it must not lead to another repository than the one in force.
  if (source !== undefined && textAt(source, 'repoURL') !== textAt(app, 'spec', 'source', 'repoURL'))
    return refused('source-moved', `${name} came from another repository then; change its source first.`)
  return { sync: { revision: full, ...(source === undefined ? {} : { source }) }, text: short([full]), back: true }
}

const kept = (history: readonly unknown[]): string =>
  history
    .slice(-5)
    .flatMap((one) => textAt(one, 'revision')?.slice(0, 7) ?? [])
    .join(', ') || 'none'

const short = (revisions: readonly string[]): string =>
  revisions.map((one) => (/^[0-9a-f]{40}$/.test(one) ? one.slice(0, 7) : one)).join(' and ')

const optionsOf = (app: KubeObject) => {
  const syncOptions = listAt(app, 'spec', 'syncPolicy', 'syncOptions')
  return syncOptions.length === 0 ? {} : { syncOptions }
}

/** Nobody else started an operation since this one was planned. */
const lastStart = (app: KubeObject): readonly Op[] => {
  const started = textAt(app, 'status', 'operationState', 'startedAt')
  return started === undefined ? [] : [{ op: 'test', path: '/status/operationState/startedAt', value: started }]
}

const notesOf = (app: KubeObject, out: readonly unknown[], prune: boolean): readonly string[] => {
  const names = out.slice(0, 5).map((one) => `${textAt(one, 'kind')} ${textAt(one, 'name')}`)
  const pruned = out.filter((one) => trueAt(one, 'requiresPruning')).length
  return [
    names.length === 0
      ? 'nothing is listed as different'
      : `differs from Git: ${names.join(', ')}${out.length > 5 ? ` and ${out.length - 5} more` : ''}`,
    ...(pruned === 0
      ? []
      : [prune ? `${pruned} objects are deleted` : `${pruned} objects that Git no longer has stay`]),
    ...(automated(app) ? ['this Application also syncs by itself'] : []),
  ]
}

const successOf = (
  app: KubeObject,
  mark: string,
  how: { readonly prune: boolean; readonly back: boolean },
): SuccessCheck => {
  const { uid: _, ...target } = refOf(app)
  const operation = ['status', 'operationState']
  const stays = !how.prune && listAt(app, 'status', 'resources').some((one) => trueAt(one, 'requiresPruning'))
  const synced: FieldExpectation = { path: ['status', 'sync', 'status'], is: 'equal', value: 'Synced' }
  return {
    kind: 'fields-hold',
    target,
    all: [
      { path: [...operation, 'operation', 'info', 'plan', 'value'], is: 'equal', value: mark },
      { path: [...operation, 'phase'], is: 'equal', value: 'Succeeded' },
      // After a rollback, or where objects stay that Git no longer has, it is out of sync on purpose.
      ...(how.back || stays ? [] : [synced]),
      { path: ['status', 'health', 'status'], is: 'equal', value: 'Healthy' },
    ],
    never: ['Failed', 'Error'].map((value) => ({ path: [...operation, 'phase'], is: 'equal', value })),
    within: 300,
  }
}

const undoOf = (app: KubeObject, chosen: Chosen): Undo => {
  const before = textAt(listAt(app, 'status', 'history').at(-1), 'revision')
  if (automated(app)) return { kind: 'none', reason: 'it syncs by itself: to go back, revert the commit in Git' }
  if (before === undefined || before === chosen.sync['revision'] || !revision.test(before))
    return { kind: 'none', reason: 'Argo CD keeps no other revision that was deployed before' }
  return {
    kind: 'action',
    action: 'sync-application',
    target: refOf(app),
    input: { revision: before },
    summary: `roll back to ${short([before])}`,
  }
}
