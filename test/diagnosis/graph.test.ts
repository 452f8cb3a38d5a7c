import { describe, expect, it } from 'vitest'
import { graphing, linking } from '../../src/diagnosis/graph.ts'
import { refOf } from '../../src/domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../../src/domain/object.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { atOnce } from '../../src/snapshot/steps.ts'
import { ownCases } from '../scenarios/score.ts'

/** Every seventh case: owners that are missing, Services without pods, budgets, claims and routes are among them. */
const views = await Promise.all(
  ownCases()
    .filter((_, index) => index % 7 === 0)
    .map(async ({ folder }) => createView((await loadSnapshot(`${folder}/snapshot.yaml`)).view)),
)

describe('the graph', () => {
  it('answers for each object with just the edges that linking tells of it', () => {
    let compared = 0
    for (const view of views) {
      const told = new Map<string, { readonly from: ObjectRef; readonly edges: Set<string> }>()
      const start = (from: ObjectRef) => {
        const known = told.get(refKey(from)) ?? { from, edges: new Set<string>() }
        told.set(refKey(from), known)
        return known
      }
      for (const kind of view.kinds) for (const object of view.list(kind)) start(refOf(object))
      atOnce(linking(view, (from, to, kind) => void start(from).edges.add(`${kind} ${refKey(to)}`)))
      const graph = atOnce(graphing(view))
      for (const { from, edges } of told.values()) {
        const found = graph.hurts(from).map(({ kind, to }) => `${kind} ${refKey(to)}`)
        expect(found.toSorted(), refKey(from)).toEqual([...edges].sort())
        compared += found.length
      }
    }
    expect(compared).toBeGreaterThan(300)
  })
})
