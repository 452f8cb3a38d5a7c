import { describe, expect, it } from 'vitest'
import { draft, drafted, node, patchOf } from './objects.ts'

describe('uncordon-node', () => {
  it('changes nothing but spec.unschedulable and the mark, and has cordon-node as its way back', () => {
    const made = drafted('uncordon-node', node({ unschedulable: true }))
    expect(patchOf(made).filter((op) => op.path === '/spec/unschedulable')).toEqual([
      { op: 'test', path: '/spec/unschedulable', value: true },
      { op: 'remove', path: '/spec/unschedulable' },
    ])
    expect(patchOf(made)[0]).toEqual({ op: 'test', path: '/metadata/uid', value: 'n1' })
    expect(made.undo).toMatchObject({ action: 'cordon-node' })
  })

  it('refuses what is so already', () => {
    expect(draft('uncordon-node', node({}))).toMatchObject({ code: 'already-there' })
  })
})
