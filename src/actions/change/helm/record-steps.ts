import type { SequenceStep, WriteRequest } from '../../../domain/change.ts'
import { absentMark, mustBeNew } from '../../../domain/expected.ts'
import { fingerprint } from '../../../domain/fingerprint.ts'
import { packed, type Revision, recordName, recordType } from '../../../domain/helm/revision.ts'
import type { ObjectRef } from '../../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../../domain/refusal.ts'
import { writePath } from '../../../domain/write-path.ts'
import { type Op, patchRequest, planAnnotation } from '../patch.ts'
import { helmManager } from './object-steps.ts'

const within = 30

/** The most that the records of one plan may hold together, in characters: they lie in the stored plan until it is gone. */
const mostText = 2_000_000

/** Labels that Helm keeps itself; all others are people's, and go with the revision. */
const own = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'])

/** The record of the revision that a rollback makes: the next number, with what the target revision holds. */
export const nextRecord = (newest: Revision): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace: newest.namespace,
  name: recordName(newest.release, newest.version + 1),
})

/**
 * The steps that tell Helm: the record of a new revision, made only where there is none of that number, then every revision that
 * was `deployed` becomes `superseded`. They come last: a rollback that stops before them leaves no half-made revision behind.
 */
export const recordSteps = (
  revisions: readonly Revision[],
  target: Revision,
  { mark, at }: { readonly mark: string; readonly at: string },
): readonly SequenceStep[] | Refusal => {
  const [newest] = revisions
  if (newest === undefined) return refused('no-revision', 'The release has no revision.')
  const made = newStep(newest, target, mark, at)
  if (isRefusal(made)) return made
  const steps: SequenceStep[] = [made]
  for (const old of revisions.filter(({ status }) => status === 'deployed')) {
    const step = supersede(old, mark, at)
    if (isRefusal(step)) return step
    steps.push(step)
  }
  const size = steps.reduce((sum, { request }) => sum + request.body.length, 0)
  return size > mostText
    ? refused(
        'release-too-large',
        'The records of this release are too large for one plan. Roll it back with helm itself.',
      )
    : steps
}

const newStep = (newest: Revision, target: Revision, mark: string, at: string): SequenceStep | Refusal => {
  const ref = nextRecord(newest)
  const path = writePath(ref)
  if (isRefusal(path)) return path
  const custom = Object.entries(target.record.metadata.labels ?? {}).filter(([name]) => !own.has(name))
  const labels = {
    ...Object.fromEntries(custom),
    name: newest.release,
    owner: 'helm',
    status: 'deployed',
    version: String(newest.version + 1),
    modifiedAt: seconds(at),
  }
  const body = bodyOf(newest, target, at)
  const record = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: ref.name,
      namespace: newest.namespace,
      labels,
      annotations: { [planAnnotation]: mark },
      resourceVersion: mustBeNew,
    },
    type: recordType,
    data: { release: packed(body) },
  }
  const request: WriteRequest = {
    method: 'PATCH',
    path,
    query: [
      ['fieldManager', helmManager],
      ['fieldValidation', 'Strict'],
    ],
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify(record),
  }
  return {
    request,
    target: { ...ref, uid: '' },
    fingerprint: absentMark,
    until: { kind: 'holds', fields: { metadata: { labels } } },
    within,
    summary: `Record revision ${newest.version + 1} as deployed`,
  }
}

/** What Helm itself would record of a rollback: everything of the target but the number, the times and the words. */
const bodyOf = (newest: Revision, target: Revision, at: string): Readonly<Record<string, unknown>> => {
  const infoOf = ({ body }: Revision) => (body['info'] ?? {}) as Readonly<Record<string, unknown>>
  const method = newest.body['apply_method'] ?? target.body['apply_method']
  return {
    ...target.body,
    info: {
      ...infoOf(target),
      first_deployed: infoOf(newest)['first_deployed'] ?? at,
      last_deployed: at,
      status: 'deployed',
      description: `Rollback to ${target.version}`,
    },
    version: newest.version + 1,
    ...(method === undefined ? {} : { apply_method: method }),
  }
}

const supersede = (old: Revision, mark: string, at: string): SequenceStep | Refusal => {
  const { record, body } = old
  const { uid, resourceVersion, labels } = record.metadata
  if (uid === undefined || resourceVersion === undefined || labels === undefined)
    return refused('not-pinned', `The record of revision ${old.version} was read without its uid or version.`)
  const info = { ...(body['info'] as object), status: 'superseded' }
  const ops: readonly Op[] = [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'add', path: '/metadata/labels/status', value: 'superseded' },
    { op: 'add', path: '/metadata/labels/modifiedAt', value: seconds(at) },
    { op: 'replace', path: '/data/release', value: packed({ ...body, info }) },
  ]
  const request = patchRequest(record, mark, ops)
  if (isRefusal(request)) return request
  const { name, namespace } = record.metadata
  return {
    request: { ...request, query: [['fieldManager', helmManager]] },
    target: { apiVersion: 'v1', kind: 'Secret', name, ...(namespace === undefined ? {} : { namespace }), uid },
    fingerprint: fingerprint(record),
    until: { kind: 'holds', fields: { metadata: { labels: { status: 'superseded' } } } },
    within,
    summary: `Record revision ${old.version} as superseded`,
  }
}

const seconds = (at: string): string => String(Math.floor(Date.parse(at) / 1000))
