import type { ChangeNote } from '../domain/finding.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Graph } from './graph.ts'
import type { Family } from './join.ts'

export const whatChanged = (_family: Family, _graph: Graph, _view: ClusterView): ChangeNote | undefined => undefined
