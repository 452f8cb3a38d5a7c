import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { editYaml, holds } from '../../src/gitops/edit-yaml.ts'
import { type FieldChange, fieldChanges } from '../../src/gitops/field-changes.ts'

const file = `# payments: owned by @payments, see the handbook
apiVersion: v1
kind: Service
metadata: {name: checkout}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout   # the one that takes money
spec:
  replicas: 4
  template:
    spec:
      containers:
      - name: app
        image: "registry.acme.dev/checkout:2.8.1"  # renovate: keep
        resources:
          limits:
            memory: 256Mi
          requests: {cpu: 100m, memory: 128Mi}
        env:
          - name: MODE
            value: 'fast'
      - name: proxy
        image: registry.acme.dev/proxy:1
`
const wanted = { kind: 'Deployment', name: 'checkout', namespace: 'payments' }
const container = (name: string) => ['spec', 'template', 'spec', 'containers', { key: 'name', value: name }] as const
const edit = (path: FieldChange['path'], before: unknown, after: unknown, text = file) =>
  editYaml(text, wanted, [{ path, before, after }])

describe('editYaml', () => {
  it('replaces one value and keeps every other byte: comments, quotes, order, spacing', () => {
    const after = edit(
      [...container('app'), 'image'],
      'registry.acme.dev/checkout:2.8.1',
      'registry.acme.dev/checkout:2.8.0',
    )
    expect(after).toBe(file.replace('checkout:2.8.1', 'checkout:2.8.0'))
  })
  it('keeps the old quotes, and adds them where plain text would read as something else', () => {
    const env = [...container('app'), 'env', { key: 'name', value: 'MODE' }, 'value'] as const
    expect(edit(env, 'fast', 'slow')).toBe(file.replace("'fast'", "'slow'"))
    expect(edit([...container('proxy'), 'image'], 'registry.acme.dev/proxy:1', '1.10')).toBe(
      file.replace('image: registry.acme.dev/proxy:1', 'image: "1.10"'),
    )
  })
  it('edits numbers and nested values', () => {
    expect(edit(['spec', 'replicas'], 4, 6)).toBe(file.replace('replicas: 4', 'replicas: 6'))
    expect(edit([...container('app'), 'resources', 'limits', 'memory'], '256Mi', '400Mi')).toBe(
      file.replace('memory: 256Mi', 'memory: 400Mi'),
    )
  })
  it('adds a key at the end of its mapping, with its indentation', () => {
    expect(edit([...container('app'), 'resources', 'limits', 'cpu'], undefined, '1')).toBe(
      file.replace('memory: 256Mi\n', 'memory: 256Mi\n            cpu: "1"\n'),
    )
  })
  it('takes a key out with its line', () => {
    expect(edit(['spec', 'replicas'], 4, undefined)).toBe(file.replace('  replicas: 4\n', ''))
  })
  it.each([
    ['another value than was live', ['spec', 'replicas'], 3, 6, 'git-differs'],
    ['a field the file does not have', [...container('gone'), 'image'], 'a', 'b', 'not-in-file'],
    [
      'a new key in a mapping on one line',
      [...container('app'), 'resources', 'requests', 'storage'],
      undefined,
      '1Gi',
      'edit-complex',
    ],
    ['a whole block', [...container('app'), 'resources'], {}, { limits: {} }, 'edit-complex'],
  ] as const)('refuses %s', (_, path, before, after, code) => {
    expect(edit(path, before, after)).toMatchObject({ kind: 'refused', code })
  })
  it('refuses a value that an anchor shares with others', () => {
    const anchored = 'kind: Deployment\nmetadata: {name: checkout}\nspec:\n  replicas: &n 4\n  other: *n\n'
    expect(edit(['spec', 'replicas'], 4, 5, anchored)).toMatchObject({ code: 'edit-complex' })
  })
  it('minds the namespace where the file says one', () => {
    const elsewhere = file.replace('name: checkout   #', 'namespace: shop\n  name: checkout   #')
    expect(holds(elsewhere, wanted)).toBe(false)
    expect(holds(file, wanted)).toBe(true)
  })
  it('changes exactly what was meant, for any scalar', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 40 }), fc.integer(), fc.boolean()), (value) => {
        const after = edit([...container('app'), 'image'], 'registry.acme.dev/checkout:2.8.1', value)
        if (typeof after !== 'string') return
        const documents = parseAllDocuments(after).map((document) => ('toJS' in document ? document.toJS() : {}))
        expect(documents[1].spec.template.spec.containers[0].image).toEqual(value)
        expect(documents[1].spec.replicas).toBe(4)
      }),
    )
  })
})

describe('fieldChanges', () => {
  it('names entries by their merge key and leaves out what only a live write makes', () => {
    const object = (image: string, annotation: string) => ({
      metadata: { resourceVersion: annotation },
      spec: {
        template: {
          metadata: { annotations: { 'cluster-doctor.dev/plan': annotation } },
          spec: {
            containers: [
              { name: 'app', image },
              { name: 'proxy', image: 'p' },
            ],
          },
        },
      },
    })
    expect(fieldChanges(object('a:1', 'x'), object('a:2', 'y'))).toEqual([
      { path: [...container('app'), 'image'], before: 'a:1', after: 'a:2' },
    ])
  })
})
