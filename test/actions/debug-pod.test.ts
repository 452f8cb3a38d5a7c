import { describe, expect, it } from 'vitest'
import { pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { actions, context, pod } from './objects.ts'

const image = `busybox@sha256:${'b'.repeat(64)}`
const running = (more: object = {}): KubeObject => ({
  ...pod(),
  spec: { containers: [{ name: 'app' }], ...more },
  status: { phase: 'Running' },
})
const draft = (input: object, target = running(), debugImages: readonly string[] = [image]) =>
  actions.get('debug-pod')?.draft({ ...context(target), debugImages }, input)
const bodyOf = (made: ReturnType<typeof draft>) => {
  if (made === undefined || 'kind' in made || made.change.kind !== 'cluster-write')
    throw new Error(JSON.stringify(made))
  expect(pinnedPath(made.change.request)).toContain('/pods/web-1/ephemeralcontainers?')
  return JSON.parse(made.change.request.body) as { op: string; path: string; value: Record<string, unknown>[] }[]
}

describe('debug-pod', () => {
  it('adds one container without privileges, named by the plan, that asks once', () => {
    const made = draft({ check: { kind: 'http', host: 'payments', port: 8080, path: '/healthz' } })
    const [test, add] = bodyOf(made)
    expect(test).toEqual({ op: 'test', path: '/metadata/uid', value: 'p1' })
    expect(add).toMatchObject({ op: 'add', path: '/spec/ephemeralContainers' })
    expect(add?.value[0]).toMatchObject({
      name: 'doctor-abcdef012345',
      image,
      command: ['timeout', '20', 'wget', '-S', '-T', '10', '-O', '/dev/null', 'http://payments:8080/healthz'],
      securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
    })
    expect(add?.value[0]).not.toHaveProperty('targetContainerName')
    expect(made).toMatchObject({ risk: 'medium', success: { kind: 'container', ends: true }, undo: { kind: 'none' } })
  })

  it('adds to what is there, and nobody may have added meanwhile', () => {
    const there = [{ name: 'old', image: 'x' }]
    expect(bodyOf(draft({}, running({ ephemeralContainers: there }))).slice(1)).toMatchObject([
      { op: 'test', path: '/spec/ephemeralContainers', value: there },
      { op: 'add', path: '/spec/ephemeralContainers/-', value: { command: ['sleep', '600'] } },
    ])
  })

  it('is a higher risk where it shares the processes of a container', () => {
    expect(draft({ target: 'app' })).toMatchObject({ risk: 'high' })
  })

  it.each([
    ['an image that nobody allowed', { image: 'evil@sha256:x' }, 'image-not-allowed'],
    ['the allowed image by tag', { image: 'busybox:latest' }, 'image-not-allowed'],
    ['a container that is not there', { target: 'other' }, 'container-unknown'],
    ['the credentials of the node', { check: { kind: 'http', host: '169.254.169.254', port: 80 } }, 'input-invalid'],
    [
      'the credentials of the node by name',
      { check: { kind: 'http', host: 'metadata.google.internal', port: 80 } },
      'input-invalid',
    ],
    ['a host that is a number', { check: { kind: 'http', host: '2852039166', port: 80 } }, 'input-invalid'],
    ['a host that is an option', { check: { kind: 'dns', host: '-help' } }, 'input-invalid'],
    ['a host that is a command', { check: { kind: 'dns', host: '$(id)' } }, 'input-invalid'],
    ['a path with a query', { check: { kind: 'http', host: 'a', port: 80, path: '/?x=$(id)' } }, 'input-invalid'],
    ['a port that is none', { check: { kind: 'tcp', host: 'a', port: 70_000 } }, 'input-invalid'],
    ['for ever', { ttl: 90_000 }, 'input-invalid'],
    ['a command of one’s own', { command: ['sh'] }, 'input-invalid'],
  ])('refuses %s', (_, input, code) => {
    expect(draft(input)).toMatchObject({ kind: 'refused', code })
  })

  it('refuses where no image is allowed, and a pod that does not run', () => {
    expect(draft({}, running(), [])).toMatchObject({ code: 'no-debug-image' })
    expect(draft({}, { ...running(), status: { phase: 'Pending' } })).toMatchObject({ code: 'not-running' })
  })
})
