import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { wholeKinds } from '../../src/actions/change/whole.ts'
import { loadActions } from '../../src/actions/load.ts'
import { pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import { relatedTypes } from '../../src/doctor/plans/live.ts'
import type { PolicyRule } from '../../src/domain/kubernetes.ts'
import { ruleAllows } from '../../src/domain/rbac.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { accessOf, writePath } from '../../src/domain/write-path.ts'
import { drafted } from '../actions/objects.ts'
import { drafts } from './drafts.ts'

const documents = (file: string) =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, '../../manifests', file), 'utf8')).map(
    (one) => one.toJS() as Record<string, unknown>,
  )
const writer = documents('rbac-writer.yaml').find((one) => one['kind'] === 'ClusterRole') as unknown as {
  rules: readonly PolicyRule[]
}
const actions = await loadActions()

/** All that the executor's account may read: the rules of every role that the shipped files bind it to. */
const executorReads = ((): readonly PolicyRule[] => {
  const shipped = ['rbac-reader.yaml', 'rbac-writer.yaml'].flatMap(documents) as unknown as readonly {
    kind: string
    metadata: { name: string }
    rules?: readonly PolicyRule[]
    roleRef?: { name: string }
    subjects?: readonly { name: string }[]
  }[]
  const bound = shipped.filter(
    ({ kind, subjects = [] }) => kind === 'ClusterRoleBinding' && subjects.some(({ name }) => name === 'doctor-writer'),
  )
  const roles = new Set(bound.map(({ roleRef }) => roleRef?.name))
  return shipped.flatMap(({ kind, metadata, rules = [] }) =>
    kind === 'ClusterRole' && roles.has(metadata.name) ? rules : [],
  )
})()
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

  // The executor's pod has no other account: what it plans from, it reads with the writer's.
  it.each([...actions.values()].map(({ id, needs, needsOf, kinds }) => [id, needs, needsOf, kinds] as const))(
    'let the writer read what %s is planned from',
    (_, needs, needsOf, kinds) => {
      const wanted = new Set([...needs, ...kinds.flatMap((kind) => needsOf?.(kind.split('.')[0] ?? '') ?? [])])
      const lists = [...wanted].flatMap((need) =>
        need === 'named' || need === 'releaseRecords' ? [] : [relatedTypes[need]],
      )
      for (const { group, resource } of lists)
        expect(
          executorReads.some((rule) => ruleAllows(rule, { verb: 'list', group, resource })),
          resource,
        ).toBe(true)
    },
  )

  it('give the writer no other verb than reading, patching, evicting and approving', () => {
    const verbs = new Set(writer.rules.flatMap((rule) => rule.verbs ?? []))
    expect([...verbs].toSorted()).toEqual(['approve', 'create', 'get', 'list', 'patch'])
    const created = writer.rules.filter((rule) => rule.verbs?.includes('create')).flatMap((rule) => rule.resources)
    expect(created).toEqual(['pods/eviction'])
    expect(JSON.stringify(writer.rules)).not.toMatch(/\*|secrets|impersonate|escalate|bind/)
  })
})

describe('the optional rights', () => {
  const role = (file: string) =>
    documents(file).find((one) => one['kind'] === 'ClusterRole') as unknown as { rules: readonly PolicyRule[] }
  const resourceOf = (kind: string): string => {
    const [name = '', ...group] = kind.split('.')
    const apiVersion = group.length === 0 ? 'v1' : `${group.join('.')}/v1`
    const path = writePath({ apiVersion, kind: name, namespace: 'shop', name: 'x' })
    if (isRefusal(path)) throw new Error(path.reason)
    return `${group.join('.')}/${path.split('/').at(-2)}`
  }
  const named = wholeKinds.map(resourceOf).toSorted()

  it('for whole objects are those of the closed table of kinds, in the role and in its policy', () => {
    const { rules } = role('optional/whole-objects/rbac.yaml')
    const given = rules.flatMap(({ apiGroups = [], resources = [] }) =>
      apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)),
    )
    expect(given.toSorted()).toEqual(named)
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'create', 'patch', 'delete']))
    const policy = documents('optional/whole-objects/admission-policy.yaml')[0] as {
      spec: { matchConstraints: { resourceRules: { apiGroups: string[]; resources: string[] }[] } }
    }
    const watched = policy.spec.matchConstraints.resourceRules.flatMap(({ apiGroups, resources }) =>
      resources.map((resource) => `${apiGroups[0]}/${resource}`),
    )
    expect(watched.toSorted()).toEqual(named)
  })

  it('for Helm are bound to no namespace, and delete nothing', () => {
    expect(documents('optional/helm/rbac.yaml').map((one) => one['kind'])).toEqual(['ClusterRole'])
    expect(role('optional/helm/rbac.yaml').rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'patch'] },
    ])
  })
})
