import { canonical } from '../../../domain/canonical.ts'
import type { SequenceStep, WriteRequest } from '../../../domain/change.ts'
import { firstMissing } from '../../../domain/contains.ts'
import { deliveredBy, deliveryText } from '../../../domain/delivered-by.ts'
import { absentMark, expectedOf, mustBeNew } from '../../../domain/expected.ts'
import { fingerprint } from '../../../domain/fingerprint.ts'
import type { ReleaseObject } from '../../../domain/helm/objects.ts'
import { isOf, type Revision } from '../../../domain/helm/revision.ts'
import type { KubeObject } from '../../../domain/kubernetes.ts'
import { checkedManifest, type Manifest } from '../../../domain/manifest.ts'
import { type ObjectRef, refText, sameRef } from '../../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../../domain/refusal.ts'
import { writePath } from '../../../domain/write-path.ts'
import { deleteRequest } from '../delete.ts'
import { type Op, patchRequest, planAnnotation } from '../patch.ts'
import { wholeKinds } from '../whole.ts'
import { merged, opsBetween } from './merge.ts'

/** The name under which Helm writes, so that its next upgrade finds its own fields its own. */
export const helmManager = 'helm'

/** What a rollback starts from: two revisions, their objects, and what of them is there now (undefined: nothing is). */
export type Between = {
  readonly current: Revision
  readonly target: Revision
  readonly before: readonly ReleaseObject[]
  readonly wanted: readonly ReleaseObject[]
  readonly live: (ref: ObjectRef) => KubeObject | undefined
  readonly mark: string
}

/** One object that the rollback changes: the step, and what it is now and will be. */
export type Touched = {
  readonly step: SequenceStep
  readonly ref: ObjectRef
  readonly live?: KubeObject
  readonly wanted?: Manifest
}

const within = 60

/** Whether a kind may be written by a rollback; any other kind must be the same in both revisions. */
export const rollable = (ref: ObjectRef): boolean => {
  const slash = ref.apiVersion.indexOf('/')
  return wholeKinds.includes(slash < 0 ? ref.kind : `${ref.kind}.${ref.apiVersion.slice(0, slash)}`)
}

/**
 * The steps that make the objects of a release what the target revision says: changed and made in Helm's order, then deleted in
 * the reverse of it. Objects that are so already have none. Refuses the whole where one object may not be written.
 */
export const objectSteps = (between: Between): readonly Touched[] | Refusal => {
  const { before, wanted } = between
  const touched: Touched[] = []
  for (const object of wanted) {
    const one = rollable(object.ref) ? written(between, object) : unwritable(between, object)
    if (isRefusal(one)) return one
    if (one !== undefined) touched.push(one)
  }
  for (const object of before.toReversed()) {
    if (object.kept || wanted.some(({ ref }) => sameRef(ref, object.ref))) continue
    const one = rollable(object.ref) ? removed(between, object) : unwritable(between, object)
    if (isRefusal(one)) return one
    if (one !== undefined) touched.push(one)
  }
  return touched
}

/** A kind that is never written may not differ between the revisions; what it is in the cluster is not looked at. */
const unwritable = ({ current, target, before, wanted }: Between, { ref }: ReleaseObject): Refusal | undefined => {
  const manifestIn = (list: readonly ReleaseObject[]) => list.find((one) => sameRef(one.ref, ref))?.manifest
  const [was, now] = [manifestIn(before), manifestIn(wanted)]
  if (was !== undefined && now !== undefined && canonical(was) === canonical(now)) return undefined
  return refused(
    'kind-not-writable',
    `${refText(ref)} differs between revisions ${current.version} and ${target.version}, and the doctor writes no ${ref.kind}. Roll back with helm itself: helm -n ${current.namespace} rollback ${current.release} ${target.version}`,
  )
}

const written = (between: Between, object: ReleaseObject): Touched | Refusal | undefined => {
  const { current, before, live: liveOf } = between
  const { ref, manifest } = object
  const live = liveOf(ref)
  if (live === undefined) {
    const checked = checkedManifest(manifest)
    return isRefusal(checked) ? about(ref, checked) : made(between, object)
  }
  const was = before.find((one) => sameRef(one.ref, ref))?.manifest
  const then = merged(was, manifest, live)
  if (canonical(then) === canonical(live)) return undefined
  const checked = checkedManifest(manifest)
  if (isRefusal(checked)) return about(ref, checked)
  const foreign = notOurs(live, ref, current)
  if (foreign !== undefined) return foreign
  const request = current.method === 'ssa' ? applied(between, manifest, live) : patched(between, live, then)
  if (isRefusal(request)) return about(ref, request)
  return {
    ref,
    live,
    wanted: manifest,
    step: {
      request,
      target: { ...ref, uid: live.metadata.uid ?? '' },
      fingerprint: fingerprint(live),
      until: { kind: 'holds', fields: manifest },
      within,
      summary: `Change ${refText(ref)}`,
    },
  }
}

const made = ({ mark }: Between, { ref, manifest }: ReleaseObject): Touched | Refusal => {
  const request = applyRequest(ref, manifest, mark, { resourceVersion: mustBeNew })
  if (isRefusal(request)) return about(ref, request)
  const until = { kind: 'holds', fields: manifest } as const
  const target = { ...ref, uid: '' }
  const step = { request, target, fingerprint: absentMark, until, within, summary: `Make ${refText(ref)}` }
  return { ref, wanted: manifest, step }
}

const removed = ({ current, live: liveOf }: Between, { ref }: ReleaseObject): Touched | Refusal | undefined => {
  const live = liveOf(ref)
  if (live === undefined) return undefined
  if (ref.kind === 'PersistentVolumeClaim')
    return refused(
      'data-lost',
      `This would delete ${refText(ref)} and its data. A claim is only ever deleted by itself, with delete.`,
    )
  const foreign = notOurs(live, ref, current)
  if (foreign !== undefined) return foreign
  const expected = expectedOf(live)
  if (expected === undefined) return refused('no-uid', `${refText(ref)} was read without its uid.`)
  const request = deleteRequest(ref, { preconditions: expected, propagationPolicy: 'Background' })
  if (isRefusal(request)) return about(ref, request)
  const target = { ...ref, uid: expected.uid }
  const summary = `Delete ${refText(ref)}`
  const step = { request, target, fingerprint: fingerprint(live), until: { kind: 'gone' }, within, summary } as const
  return { ref, live, step }
}

/** Why an object is not this release's to change: Git delivers it, another release made it, or it is in another namespace. */
const notOurs = (live: KubeObject, ref: ObjectRef, current: Revision): Refusal | undefined => {
  const owner = deliveredBy(live)
  if (owner !== undefined)
    return refused(
      'git-owned',
      `${deliveryText(owner)} delivers ${refText(ref)} of this release from Git, and would undo a rollback here. Set the chart's version or values back there, by a pull request.`,
    )
  if (ref.namespace !== current.namespace)
    return refused(
      'elsewhere',
      `${refText(ref)} is not in the namespace of the release, so it is not changed from here.`,
    )
  if (!isOf(live, current))
    return refused('not-of-release', `${refText(ref)} does not say that it is of this release: somebody else made it.`)
  return undefined
}

const about = (ref: ObjectRef, refusal: Refusal): Refusal => refused(refusal.code, `${refText(ref)}: ${refusal.reason}`)

/** As a release with server-side apply writes: its manager applies the whole manifest, never forced. */
const applied = ({ mark }: Between, manifest: Manifest, live: KubeObject): WriteRequest | Refusal => {
  const expected = expectedOf(live)
  if (expected === undefined) return refused('no-uid', 'It was read without its uid, so it cannot be pinned.')
  const { apiVersion, kind, metadata } = manifest
  const { name, namespace } = metadata
  return applyRequest(
    { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
    manifest,
    mark,
    expected,
  )
}

const applyRequest = (ref: ObjectRef, manifest: Manifest, mark: string, expected: object): WriteRequest | Refusal => {
  const path = writePath(ref)
  if (isRefusal(path)) return path
  const annotations = { ...manifest.metadata.annotations, [planAnnotation]: mark }
  return {
    method: 'PATCH',
    path,
    query: [
      ['fieldManager', helmManager],
      ['fieldValidation', 'Strict'],
    ],
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, annotations, ...expected } }),
  }
}

/** As all other releases write: a patch of just what differs. */
const patched = ({ mark }: Between, live: KubeObject, then: unknown): WriteRequest | Refusal => {
  const version = expectedOf(live)?.resourceVersion
  const still: readonly Op[] =
    version === undefined ? [] : [{ op: 'test', path: '/metadata/resourceVersion', value: version }]
  const request = patchRequest(live, mark, [...still, ...opsBetween(live, then)])
  return isRefusal(request) ? request : { ...request, query: [['fieldManager', helmManager]] }
}

/** What somebody changed since Helm wrote it: the objects with the first field that is not as the current revision says. */
export const driftOf = ({ before, live }: Between): readonly string[] =>
  before.flatMap(({ ref, manifest }) => {
    if (!rollable(ref)) return []
    const here = live(ref)
    if (here === undefined) return [`${refText(ref)} (gone)`]
    const field = firstMissing(manifest, here)
    return field === undefined ? [] : [`${refText(ref)} (${field})`]
  })
