import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { deployment, draft, drafted, patchOf, pod, template } from './objects.ts'

const withEnv = (env: readonly object[]) => deployment({ template: template('acme/web:2', { env }) })
const configMaps: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' }, data: { mode: 'fast' } } as KubeObject,
]
const ref = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } })
const running = (state: object = { running: {} }, env: object = { name: 'X', ...ref('db', 'url') }) => ({
  ...pod(),
  spec: { containers: [{ name: 'app', env: [env] }] },
  status: { containerStatuses: [{ name: 'app', state }] },
})

describe('set-env', () => {
  it('adds a variable, and removing it is the way back', () => {
    const made = drafted('set-env', deployment(), { name: 'MODE', value: 'fast' })
    expect(patchOf(made)).toContainEqual({
      op: 'add',
      path: '/spec/template/spec/containers/0/env',
      value: [{ name: 'MODE', value: 'fast' }],
    })
    expect(made.undo).toMatchObject({ input: { container: 'app', name: 'MODE', remove: true } })
    const second = drafted('set-env', withEnv([{ name: 'A', value: '1' }]), { name: 'MODE', value: 'fast' })
    expect(patchOf(second).find((op) => op.op === 'add')?.path).toBe('/spec/template/spec/containers/0/env/-')
  })

  it('replaces a variable by its place, tested by name; the way back is the old value or reference', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'B', valueFrom: { configMapKeyRef: { name: 'web', key: 'mode' } } },
    ]
    const made = drafted('set-env', withEnv(env), { name: 'A', value: '2' })
    expect(patchOf(made).slice(3, 5)).toEqual([
      { op: 'test', path: '/spec/template/spec/containers/0/env/0/name', value: 'A' },
      { op: 'replace', path: '/spec/template/spec/containers/0/env/0', value: { name: 'A', value: '2' } },
    ])
    expect(made.undo).toMatchObject({ input: { name: 'A', value: '1' } })
    const other = drafted('set-env', withEnv(env), { name: 'B', remove: true })
    expect(patchOf(other)).toContainEqual({ op: 'remove', path: '/spec/template/spec/containers/0/env/1' })
    expect(other.undo).toMatchObject({ input: { name: 'B', configMap: { name: 'web', key: 'mode' } } })
  })

  it('refers only to a key of a ConfigMap that is there', () => {
    const wish = (name: string, key: string) => ({ name: 'MODE', configMap: { name, key } })
    expect(patchOf(drafted('set-env', deployment(), wish('web', 'mode'), { configMaps }))).toContainEqual({
      op: 'add',
      path: '/spec/template/spec/containers/0/env',
      value: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'web', key: 'mode' } } }],
    })
    expect(draft('set-env', deployment(), wish('web', 'gone'), { configMaps })).toMatchObject({ code: 'key-unknown' })
    expect(draft('set-env', deployment(), wish('gone', 'mode'), { configMaps })).toMatchObject({
      code: 'config-map-unknown',
    })
  })

  it('refers only to a key of a Secret that a running container proves to be there', () => {
    const wish = { name: 'DATABASE', secret: { name: 'db', key: 'url' } }
    const made = (namespacePods: readonly KubeObject[]) => draft('set-env', deployment(), wish, { namespacePods })
    expect(made([running()])).not.toHaveProperty('code')
    for (const pods of [
      [],
      [running({ waiting: { reason: 'CreateContainerConfigError' } })],
      [running({ running: {} }, { name: 'X', ...ref('db', 'other') })],
      [
        running(
          { running: {} },
          { name: 'X', valueFrom: { secretKeyRef: { name: 'db', key: 'url', optional: true } } },
        ),
      ],
    ])
      expect(made(pods)).toMatchObject({ code: 'key-not-seen' })
  })

  it.each([
    ['API_TOKEN', 'abc'],
    ['DB_PASSWORD', 'x'],
    ['URL', 'postgres://ana:hunter2@db/shop'],
    ['KEY', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'],
  ])('never writes a secret value (%s)', (name, value) => {
    expect(draft('set-env', deployment(), { name, value })).toMatchObject({ code: 'secret-value' })
  })

  it('does not keep an old value that looks like a secret, and says that there is no way back', () => {
    const made = drafted('set-env', withEnv([{ name: 'API_TOKEN', value: 'hunter2hunter2' }]), {
      name: 'API_TOKEN',
      remove: true,
    })
    expect(made.undo).toMatchObject({ kind: 'none' })
    expect(JSON.stringify(made)).not.toContain('hunter2')
  })

  it.each([
    ['two sources', { name: 'A', value: '1', remove: true }, 'input-invalid'],
    ['no source', { name: 'A' }, 'input-invalid'],
    ['a name that is none', { name: 'A=B', value: '1' }, 'input-invalid'],
    ['what is so already', { name: 'A', value: '1' }, 'already-there'],
    ['what is set twice', { name: 'T', value: '1' }, 'set-twice'],
    ['what is not there', { name: 'Z', remove: true }, 'already-there'],
  ])('refuses %s', (_, input, code) => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'T', value: '1' },
      { name: 'T', value: '2' },
    ]
    expect(draft('set-env', withEnv(env), input)).toMatchObject({ code })
  })

  it('has no way back for what comes from the pod itself', () => {
    const env = [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
    expect(drafted('set-env', withEnv(env), { name: 'A', value: '1' }).undo).toMatchObject({ kind: 'none' })
  })
})
