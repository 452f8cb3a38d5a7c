import { type Neighbourhood, relationText } from '../../domain/neighbourhood.ts'
import { refText } from '../../domain/object.ts'

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`

/** A neighbourhood in the DOT language of Graphviz. */
export const dotText = (around: Neighbourhood): string => {
  const nodes = around.nodes.map(({ id, ref, state, mark, findings }) => {
    const codes = findings.map(({ code }) => code).join(', ')
    const text = [refText(ref), state ?? '', codes].filter((line) => line !== '').join('\n')
    const bad = mark === 'unwell' || mark === 'missing' ? ', color=red, fontcolor=red' : ''
    return `  ${quoted(id)} [label=${quoted(text)}${id === around.focus ? ', penwidth=3' : ''}${bad}];`
  })
  const edges = around.edges.map(
    ({ from, to, relation }) => `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(relationText(relation))}];`,
  )
  return ['digraph {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...edges, '}'].join('\n')
}
