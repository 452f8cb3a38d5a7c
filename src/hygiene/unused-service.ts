import { refOf } from '../domain/kubernetes.ts'
import { labelsText, matchesLabels } from '../domain/selector.ts'
import type { Check, Said } from './check.ts'
import { namesUsed, usersKnown } from './reading/names-used.ts'
import { podLabels } from './reading/specs.ts'
import { isKept } from './reading/system.ts'

/**
 * Services that select no pod and no template, and that nothing names: left over. One that somebody does name is broken now,
 * which is diagnosis' to say; one of a workload that is scaled to zero is neither.
 */
export const check: Check = {
  id: 'unused-service',
  looksFor: 'Services that select nothing and that nobody names',
  reads: ['Service'],
  needsCustom: true,
  look: (view) => {
    const used = namesUsed(view)
    return view.all('Service').flatMap((service): readonly Said[] => {
      const { namespace = '', name } = service.metadata
      const selector = service.spec?.selector ?? {}
      if (Object.keys(selector).length === 0 || isKept(service) || !usersKnown(view, namespace)) return []
      if (podLabels(view, namespace).some((labels) => matchesLabels(selector, labels))) return []
      if (used.mentions(namespace, name)) return []
      return [
        {
          severity: 'info',
          object: refOf(service),
          summary: `selects ${labelsText(selector)}, which nothing in ${namespace} has, and nobody names it`,
          fix: 'delete it, or correct its selector',
        },
      ]
    })
  },
}
