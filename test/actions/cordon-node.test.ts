import { describe, expect, it } from 'vitest'
import { draft, drafted, node, patchOf } from './objects.ts'

describe('cordon-node', () => {
  it('changes nothing but spec.unschedulable and the mark, and has uncordon-node as its way back', () => {
    const made = drafted('cordon-node', node({}))
    expect(patchOf(made).filter((op) => op.path === '/spec/unschedulable')).toEqual([
      { op: 'add', path: '/spec/unschedulable', value: true },
    ])
    expect(patchOf(made)[0]).toEqual({ op: 'test', path: '/metadata/uid', value: 'n1' })
    expect(made.undo).toMatchObject({ action: 'uncordon-node' })
  })

  it('refuses what is so already', () => {
    expect(draft('cordon-node', node({ unschedulable: true }))).toMatchObject({ code: 'already-there' })
  })
})
