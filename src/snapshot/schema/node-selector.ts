import type { NodeSelectorTerm } from '../../domain/kubernetes.ts'
import { f, list, message, text, textOrEmpty } from './shape.ts'

const requirements = list(
  message<NonNullable<NodeSelectorTerm['matchExpressions']>[number]>({
    key: f(1, text),
    operator: f(2, text),
    values: f(3, list(textOrEmpty)),
  }),
)

/** The `nodeSelectorTerms` of a node affinity, of pods and of volumes. */
export const nodeSelectorTerms = list(
  message<NodeSelectorTerm>({ matchExpressions: f(1, requirements), matchFields: f(2, requirements) }),
)
