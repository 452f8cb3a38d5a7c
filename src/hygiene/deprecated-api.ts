import { refOf } from '../domain/kubernetes.ts'
import { removedApi } from '../domain/removed-apis.ts'
import type { Check, Said } from './check.ts'

/** Objects written in an API version that a release removed: manifests that the next upgrade, or this cluster, refuses. */
export const check: Check = {
  id: 'deprecated-api',
  looksFor: 'objects in removed API versions',
  reads: [],
  look: (view) =>
    view.kinds.flatMap((kind) =>
      view.list(kind).flatMap((object): readonly Said[] => {
        const removed = kind === 'Event' ? undefined : removedApi(object.apiVersion, kind)
        if (removed === undefined) return []
        return [
          {
            severity: 'warn',
            object: refOf(object),
            summary: `is written as ${object.apiVersion}, which Kubernetes ${removed.since} removed`,
            fix: `write it as ${removed.use} (kubectl convert, or by hand)`,
          },
        ]
      }),
    ),
}
