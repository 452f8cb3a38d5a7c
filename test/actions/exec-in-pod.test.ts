import { describe, expect, it } from 'vitest'
import { PinViolation, pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, pod } from './objects.ts'

const running = (names: readonly string[] = ['app']): KubeObject => ({
  ...pod(),
  spec: { containers: names.map((name) => ({ name })) },
  status: { phase: 'Running' },
})
const requestOf = (made: ReturnType<typeof drafted>) => {
  if (made.change.kind !== 'cluster-write') throw new Error('not a request')
  return made.change.request
}

describe('exec-in-pod', () => {
  it('pins an argument vector for one container, without input or terminal, and says it on the card', () => {
    const made = drafted('exec-in-pod', running(), { command: ['ls', '-l', '/tmp/a b'] })
    expect(pinnedPath(requestOf(made))).toBe(
      '/api/v1/namespaces/shop/pods/web-1/exec?command=ls&command=-l&command=%2Ftmp%2Fa+b&container=app&stderr=true&stdout=true',
    )
    expect(made).toMatchObject({
      risk: 'high',
      summary: 'Run ls -l "/tmp/a b" in Pod shop/web-1',
      undo: { kind: 'none' },
    })
    expect(made.blast.notes).toEqual([
      'in container app: ls -l "/tmp/a b"',
      'no shell, no input, no terminal',
      'at most 30 s and 64 KB, shown redacted',
    ])
  })

  it('warns of a shell, and takes one only where that is meant', () => {
    for (const program of ['sh', '/bin/bash', '/usr/bin/busybox', 'xargs'])
      expect(draft('exec-in-pod', running(), { command: [program, '-c', 'id'] })).toMatchObject({ code: 'shell' })
    const made = drafted('exec-in-pod', running(), { command: ['sh', '-c', 'id'], shell: true })
    expect(made.blast.notes).toContain('A SHELL: its text does whatever it says')
  })

  it.each([
    ['nothing', { command: [] }, 'input-invalid'],
    ['an empty word', { command: [''] }, 'input-invalid'],
    ['a text for a vector', { command: 'rm -rf /' }, 'input-invalid'],
    ['too many words', { command: Array.from({ length: 33 }, () => 'x') }, 'input-invalid'],
    ['characters that cannot be seen', { command: ['ls\u202e'] }, 'uninspectable'],
    ['a control character', { command: ['ls\u0000'] }, 'uninspectable'],
    ['a secret', { command: ['curl', '-u', 'x:y', '--password=hunter2hunter2'] }, 'secret-in-command'],
    ['a container that is not there', { command: ['ls'], container: 'other' }, 'container-unknown'],
    ['a terminal', { command: ['ls'], tty: true }, 'input-invalid'],
  ])('refuses %s', (_, input, code) => {
    expect(draft('exec-in-pod', running(), input)).toMatchObject({ kind: 'refused', code })
  })

  it('asks which container, and refuses a pod that does not run', () => {
    expect(draft('exec-in-pod', running(['a', 'b']), { command: ['ls'] })).toMatchObject({ code: 'container-needed' })
    expect(draft('exec-in-pod', { ...running(), status: { phase: 'Pending' } }, { command: ['ls'] })).toMatchObject({
      code: 'not-running',
    })
  })

  const right = requestOf(drafted('exec-in-pod', running(), { command: ['ls'] }))
  it.each([
    ['input', { query: [...right.query, ['stdin', 'true']] }],
    ['a terminal', { query: [...right.query, ['tty', 'true']] }],
    ['no command', { query: right.query.slice(1) }],
    ['no container', { query: [right.query[0], ...right.query.slice(2)] }],
    ['a container that is none', { query: [right.query[0], ['container', '../x'], ...right.query.slice(2)] }],
    ['a body', { body: 'x' }],
    ['a content type', { contentType: 'application/json' }],
    ['another subresource', { path: right.path.replace('/exec', '/attach') }],
    ['port-forward', { path: right.path.replace('/exec', '/portforward') }],
    ['POST', { method: 'POST' }],
  ])('is not pinned with %s', (_, part) => {
    expect(() => pinnedPath({ ...right, ...part } as never)).toThrow(PinViolation)
  })
})
