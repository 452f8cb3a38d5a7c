import { z } from 'zod'
import { textAt } from '../domain/at.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { patchRequest, setAnnotation } from './change/patch.ts'

const annotation = 'argocd.argoproj.io/refresh'

/**
 * Asks Argo CD to compare an Application with Git now; `hard` also forgets the rendered manifests. What runs changes only
 * where the Application syncs by itself. Success is that the controller took the request away and has looked again.
 */
export const action: Action = defineAction({
  id: 'refresh-application',
  title: 'Refresh',
  kinds: ['Application.argoproj.io'],
  needs: [],
  input: z.strictObject({ hard: z.boolean().optional() }),
  draft: ({ target, mark }, { hard = false }) => {
    const name = refText(refOf(target))
    if (target.metadata.annotations?.[annotation] !== undefined)
      return refused('already-there', `${name} is being refreshed already.`)
    const wanted = setAnnotation(target, [], annotation, hard ? 'hard' : 'normal')
    const withIt = {
      ...target,
      metadata: { ...target.metadata, annotations: { ...target.metadata.annotations, [annotation]: '' } },
    }
    const request = patchRequest(withIt, mark, wanted, { generation: 'moves' })
    if (isRefusal(request)) return request
    const { uid: _, ...object } = refOf(target)
    const reconciled = textAt(target, 'status', 'reconciledAt')
    const automated = (target.spec as { syncPolicy?: { automated?: unknown } } | undefined)?.syncPolicy?.automated
    return {
      change: { kind: 'cluster-write', request },
      risk: 'low',
      blast: {
        pods: 0,
        workloads: 0,
        services: 0,
        objects: [refOf(target)],
        notes: [
          automated === undefined
            ? 'it only looks: this Application does not sync by itself'
            : 'this Application syncs by itself: what differs from Git is then applied',
        ],
      },
      success: {
        kind: 'fields-hold',
        target: object,
        all: [
          { path: ['metadata', 'annotations', annotation], is: 'absent' },
          ...(reconciled === undefined
            ? []
            : [{ path: ['status', 'reconciledAt'], is: 'not-equal', value: reconciled } as const]),
        ],
        within: 120,
      },
      undo: { kind: 'none', reason: 'a look changes nothing that could be put back' },
      summary: `Refresh ${name}${hard ? ' (hard)' : ''}`,
    }
  },
})
