import { describe, expect, it } from 'vitest'
import { deployment, draft, drafted, patchOf } from './objects.ts'

describe('set-image', () => {
  it('replaces the image of one container, testing name and old image', () => {
    const made = drafted('set-image', deployment(), { image: 'acme/web:1' })
    expect(patchOf(made).slice(2, 5)).toEqual([
      { op: 'test', path: '/spec/template/spec/containers/0/name', value: 'app' },
      { op: 'test', path: '/spec/template/spec/containers/0/image', value: 'acme/web:2' },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'acme/web:1' },
    ])
    expect(made).toMatchObject({ risk: 'medium', undo: { input: { container: 'app', image: 'acme/web:2' } } })
  })

  it('is a high risk for another repository and for latest', () => {
    expect(drafted('set-image', deployment(), { image: 'evil.io/web:1' }).risk).toBe('high')
    expect(drafted('set-image', deployment(), { image: 'acme/web:latest' }).risk).toBe('high')
  })

  it.each([
    'acme/web',
    'acme/web:',
    'Acme/Web:1',
    'evil.io/x:latest\u202e',
    'a b:1',
    'x:1\n',
    `x@sha256:${'a'.repeat(63)}`,
    '../x:1',
    'x'.repeat(600),
  ])('refuses the image %j', (image) => {
    expect(draft('set-image', deployment(), { image })).toMatchObject({ code: 'input-invalid' })
  })

  it.each([
    'nginx:1.27',
    'registry.local:5000/team/app:v1',
    'localhost/app:1',
    `ghcr.io/acme/web@sha256:${'a'.repeat(64)}`,
  ])('takes the image %j', (image) => {
    expect(drafted('set-image', deployment(), { image }).change.kind).toBe('cluster-write')
  })

  it('refuses the image that is there', () => {
    expect(draft('set-image', deployment(), { image: 'acme/web:2' })).toMatchObject({ code: 'already-there' })
  })
})
