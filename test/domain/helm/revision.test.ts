import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { objectsOf } from '../../../src/domain/helm/objects.ts'
import { isRecordName, packed, recordName, revisionOf } from '../../../src/domain/helm/revision.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { record } from '../../actions/release.ts'

const withRelease = (text: string) => ({ ...record(1, 'deployed'), data: { release: text } }) as never
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64')

describe('the record of a revision', () => {
  it('is read as Helm wrote it, compressed or not, and written so that it reads the same', () => {
    const revision = revisionOf(record(3, 'failed', { method: 'ssa' }))
    if (isRefusal(revision)) throw new Error(revision.reason)
    expect(revision).toMatchObject({
      release: 'web',
      namespace: 'shop',
      version: 3,
      status: 'failed',
      chart: 'web-1.3.0',
      appVersion: '9',
      method: 'ssa',
    })
    const { body } = revision
    expect(revisionOf({ ...revision.record, data: { release: packed(body) } } as never)).toMatchObject({ body })
    const first = { ...record(1, 'deployed'), data: { release: '' } }
    const plain = base64(base64(JSON.stringify({ ...body, version: 1 })))
    expect(revisionOf({ ...first, data: { release: plain } } as never)).toMatchObject({ version: 1 })
  })

  it.each([
    ['holds nothing', withRelease('')],
    ['is no text of ours', withRelease('%%%')],
    ['is cut', withRelease(packed({ name: 'web' }).slice(0, 20))],
    ['is a list', withRelease(packed([] as never))],
    ['is of another release', withRelease(packed({ name: 'api', version: 1, info: { status: 'deployed' } }))],
    ['is of another number', withRelease(packed({ name: 'web', version: 2, info: { status: 'deployed' } }))],
    ['unpacks to more than there could be', withRelease(base64(base64(gzipSync(Buffer.alloc(40_000_000)))))],
    ['is a Secret of another type', { ...record(1, 'deployed'), type: 'Opaque' } as never],
  ])('is refused where it %s', (_, odd) => {
    expect(revisionOf(odd)).toMatchObject({ kind: 'refused', code: 'record-invalid' })
  })

  it('has a name of its own', () => {
    expect(isRecordName(recordName('web-2.a', 17))).toBe(true)
    for (const name of ['web', 'sh.helm.release.v1..v1', 'sh.helm.release.v1.web.v0', 'sh.helm.release.v1.web.v1x'])
      expect(isRecordName(name)).toBe(false)
  })
})

describe('the objects of a revision', () => {
  const objects = (manifest: string) => {
    const revision = revisionOf(record(1, 'deployed', { manifest }))
    if (isRefusal(revision)) throw new Error(revision.reason)
    return objectsOf(revision)
  }
  const map = (data: string, more = '') =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n${more}data:\n${data}`

  it('are read as Helm reads YAML: octal modes, yes and no, but neither times nor dates', () => {
    const found = objects(
      map('  mode: 0644\n  on: yes\n  at: 12:30\n  day: 2026-01-01\n  ports: 8080:80\n  gone: null\n'),
    )
    expect(isRefusal(found) ? found : found[0]?.manifest['data']).toEqual({
      mode: 420,
      true: true,
      at: '12:30',
      day: '2026-01-01',
      ports: '8080:80',
    })
  })

  it('are in the namespace of the release unless they say otherwise, and of lists each by itself', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: b, namespace: other}}\n'
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: c}\n'
    const found = objects(`# only a remark\n---\n${list}---\n${role}${map('  a: b\n')}`)
    expect(isRefusal(found) ? [] : found.map(({ ref }) => `${ref.kind} ${ref.namespace ?? '-'}/${ref.name}`)).toEqual([
      'Service other/b',
      'ClusterRole -/c',
      'ConfigMap shop/a',
    ])
  })

  it.each([
    ['unsound YAML', 'a: [1'],
    ['something that is no object', 'just text'],
    ['one object twice', `${map('  a: b\n')}${map('  a: c\n')}`],
    ['a key twice', map('  a: b\n  a: c\n')],
  ])('are refused where the manifest holds %s', (_, manifest) => {
    expect(objects(manifest)).toMatchObject({ kind: 'refused', code: 'manifest-invalid' })
  })
})
