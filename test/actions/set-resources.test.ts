import { describe, expect, it } from 'vitest'
import { deployment, draft, drafted, patchOf, template } from './objects.ts'

const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } }
const target = deployment({ template: template('acme/web:2', { resources }) })

describe('set-resources', () => {
  it('sets what is named and keeps the rest, testing the old value', () => {
    const made = drafted('set-resources', target, { container: 'app', limits: { memory: '256Mi' } })
    expect(patchOf(made).slice(2, 5)).toEqual([
      { op: 'test', path: '/spec/template/spec/containers/0/name', value: 'app' },
      { op: 'test', path: '/spec/template/spec/containers/0/resources', value: resources },
      {
        op: 'replace',
        path: '/spec/template/spec/containers/0/resources',
        value: { requests: resources.requests, limits: { memory: '256Mi' } },
      },
    ])
    expect(made).toMatchObject({ risk: 'medium', undo: { input: { container: 'app', limits: { memory: '128Mi' } } } })
    expect(made.summary).toContain('memory limit 128Mi → 256Mi')
  })

  it('never removes a limit: an added one has no way back, a lowered one is a high risk', () => {
    expect(drafted('set-resources', target, { limits: { cpu: '1' } }).undo.kind).toBe('none')
    expect(drafted('set-resources', target, { limits: { memory: '96Mi' } }).risk).toBe('high')
    expect(drafted('set-resources', target, { limits: { memory: '4Gi' } }).risk).toBe('high')
    expect(draft('set-resources', target, { limits: { memory: null } })).toMatchObject({ code: 'input-invalid' })
  })

  it.each(['1e400', '0', '-1', '100mm', '0.0001', '', ' 1', '1Ei1'])('refuses cpu %j', (cpu) => {
    expect(draft('set-resources', target, { limits: { cpu } })).toMatchObject({ code: 'input-invalid' })
  })
  it.each(['1Ei', '1', '0', 'lots', '-256Mi', '256mi', '256 Mi'])('refuses memory %j', (memory) => {
    expect(draft('set-resources', target, { limits: { memory } })).toMatchObject({ code: 'input-invalid' })
  })

  it.each([
    ['nothing', {}, 'input-invalid'],
    ['a container that is not there', { container: 'db', limits: { memory: '256Mi' } }, 'container-unknown'],
    ['a limit below the request', { limits: { memory: '32Mi' } }, 'request-over-limit'],
    ['what is set already', { limits: { memory: '128Mi' } }, 'already-there'],
    ['the same in other words', { limits: { memory: '131072Ki' } }, 'already-there'],
    ['an unknown resource', { limits: { gpu: '1' } }, 'input-invalid'],
  ])('refuses %s', (_, input, code) => {
    expect(draft('set-resources', target, input)).toMatchObject({ kind: 'refused', code })
  })
})
