import { describe, expect, it } from 'vitest'
import type { Read } from '../../src/domain/coverage.ts'
import type { ClusterReader, LogOptions } from '../../src/ports.ts'
import { collect } from '../../src/snapshot/collect.ts'
import { collectNamespaceLogs } from '../../src/snapshot/collect-namespace-logs.ts'

const json = (value: unknown) => ({
  kind: 'ok' as const,
  value: { contentType: 'application/json', body: new TextEncoder().encode(JSON.stringify(value)) },
})
const pod = (name: string, owner: string, ready: boolean, phase = 'Running') => ({
  metadata: { name, namespace: 'shop', ownerReferences: [{ kind: 'ReplicaSet', name: owner, controller: true }] },
  spec: { containers: [{ name: 'app' }] },
  status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

const readerOf = (items: readonly unknown[], log: Read<string>) => {
  const asked: { readonly pod: string; readonly options: LogOptions }[] = []
  const lists: string[] = []
  const reader: ClusterReader = {
    name: 'prod',
    server: 'https://api',
    list: async ({ kind, version, group, resource }) => {
      lists.push(group === '' ? resource : `${resource}.${group}`)
      return json({ kind: `${kind}List`, apiVersion: version, metadata: {}, items: kind === 'Pod' ? items : [] })
    },
    get: async () => ({ kind: 'absent' }),
    resources: async () => ({
      kind: 'ok',
      value: [
        {
          group: 'example.com',
          version: 'v1',
          resource: 'widgets',
          kind: 'Widget',
          namespaced: true,
          shortNames: [],
          singular: 'widget',
          verbs: ['list'],
        },
        {
          group: 'snapshot.storage.k8s.io',
          version: 'v1',
          resource: 'volumesnapshots',
          kind: 'VolumeSnapshot',
          namespaced: true,
          shortNames: [],
          singular: '',
          verbs: ['list'],
        },
      ],
    }),
    logs: async (_, name, options) => {
      asked.push({ pod: name, options })
      return log
    },
    raw: async () => ({ kind: 'ok', value: '{}' }),
    canI: async () => ({ kind: 'ok', value: { allowed: true } }),
    identify: async () => ({ kind: 'uncertain', cluster: 'prod', signals: [], reason: 'test' }),
  }
  return { reader, asked, lists }
}

describe('the logs of a namespace', () => {
  it('are bounded: 30 pods, 500 lines each, the unwell and one of each workload first, redacted', async () => {
    const many = Array.from({ length: 60 }, (_, index) => pod(`big-${String(index).padStart(2, '0')}`, 'big', true))
    const others = [pod('z-lone', 'z', true), pod('zz-sick', 'zz', false), pod('waits', 'w', false, 'Pending')]
    const { reader, asked } = readerOf([...many, ...others], { kind: 'ok', value: 'password=hunter2hunter2 x' })
    const got = await collectNamespaceLogs(reader, { namespace: 'shop', since: 900 })
    expect(got.pods).toEqual({ read: 30, of: 62 })
    expect(asked).toHaveLength(30)
    expect(asked.map(({ pod: name }) => name)).toEqual(expect.arrayContaining(['z-lone', 'zz-sick']))
    expect(asked[0]).toMatchObject({ pod: 'zz-sick', options: { tailLines: 500, sinceSeconds: 900, timestamps: true } })
    expect(got.logs[0]?.text).not.toContain('hunter2')
    expect(got.unavailable).toEqual([])
  })

  it('name what could not be read, and take no log for no gap where a container has not run', async () => {
    const forbidden = readerOf([pod('a', 'a', true)], { kind: 'unreadable', reason: 'forbidden', message: 'no' })
    expect(await collectNamespaceLogs(forbidden.reader, {})).toMatchObject({
      pods: { read: 0, of: 1 },
      unavailable: [{ source: 'logs', reason: 'forbidden' }],
    })
    const gone = readerOf([pod('a', 'a', true)], { kind: 'absent' })
    expect((await collectNamespaceLogs(gone.reader, {})).unavailable).toEqual([])
  })
})

describe('a collection for other questions', () => {
  it('reads the kinds it is told to, and the custom kinds of other makers', async () => {
    const { reader, lists } = readerOf([], { kind: 'absent' })
    const view = await collect(reader, { also: ['Role', 'Pod'], allCustom: true })
    expect(lists.filter((name) => name === 'pods')).toHaveLength(1)
    expect(lists).toContain('roles.rbac.authorization.k8s.io')
    expect(lists).toContain('widgets.example.com')
    expect(lists).not.toContain('volumesnapshots.snapshot.storage.k8s.io')
    expect(view.presence('Role', 'shop', 'any')).toBe('absent')
    const plain = readerOf([], { kind: 'absent' })
    await collect(plain.reader)
    expect(plain.lists.some((name) => /widgets|roles/.test(name))).toBe(false)
  })
})
