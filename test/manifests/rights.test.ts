import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import type { PolicyRule } from '../../src/domain/kubernetes.ts'
import { ruleAllows } from '../../src/domain/rbac.ts'
import { accessOf } from '../../src/domain/write-path.ts'
import { drafted } from '../actions/objects.ts'
import { drafts } from './drafts.ts'

const documents = (file: string) =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, '../../manifests', file), 'utf8')).map(
    (one) => one.toJS() as Record<string, unknown>,
  )
const writer = documents('rbac-writer.yaml').find((one) => one['kind'] === 'ClusterRole') as unknown as {
  rules: readonly PolicyRule[]
}
const admission = JSON.stringify(documents('admission-policy.yaml'))

describe('the shipped rights', () => {
  it.each(drafts)('let the writer send what %s sends, and nothing of it is pinned away', (...draft) => {
    const { change } = drafted(...draft)
    if (change.kind !== 'cluster-write') throw new Error('not a write to a cluster')
    expect(pinnedPath(change.request)).toContain(change.request.path)
    const access = accessOf(change.request)
    if (access === undefined) throw new Error('not a path that can be checked')
    const { name: _, ...asked } = access
    expect(writer.rules.some((rule) => ruleAllows(rule, asked))).toBe(true)
    const { verb, group, resource, subresource } = access
    const operation = verb === 'patch' ? 'UPDATE' : 'CREATE'
    expect(admission).toContain(
      `${operation} ${group}/${resource}${subresource === undefined ? '' : `/${subresource}`}`,
    )
  })

  it('give the writer no other verb than reading, patching, evicting and approving', () => {
    const verbs = new Set(writer.rules.flatMap((rule) => rule.verbs ?? []))
    expect([...verbs].toSorted()).toEqual(['approve', 'create', 'get', 'list', 'patch'])
    const created = writer.rules.filter((rule) => rule.verbs?.includes('create')).flatMap((rule) => rule.resources)
    expect(created).toEqual(['pods/eviction'])
    expect(JSON.stringify(writer.rules)).not.toMatch(/\*|secrets|impersonate|escalate|bind/)
  })
})
