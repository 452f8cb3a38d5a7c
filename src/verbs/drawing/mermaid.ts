import { type Neighbourhood, relationText } from '../../domain/neighbourhood.ts'
import { refText } from '../../domain/object.ts'

/** Quotes and brackets would end a label; Mermaid reads entities in their place. */
const label = (text: string): string => text.replace(/["<>[\]{}|`#;\n]/g, (character) => `#${character.charCodeAt(0)};`)

/** A neighbourhood as a Mermaid flowchart, for issues and pages: the unwell in red, the focus with a thick line. */
export const mermaidText = (around: Neighbourhood): string => {
  const ids = new Map(around.nodes.map((node, index) => [node.id, `n${index}`]))
  const nodes = around.nodes.map(({ id, ref, state, findings }) => {
    const codes = findings.map(({ code }) => code).join(', ')
    const lines = [refText(ref), state ?? '', codes].filter((line) => line !== '').map(label)
    return `  ${ids.get(id)}["${lines.join('<br/>')}"]`
  })
  const edges = around.edges.map(
    ({ from, to, relation }) => `  ${ids.get(from)} -->|${relationText(relation)}| ${ids.get(to)}`,
  )
  const bad = around.nodes.filter(({ mark }) => mark === 'unwell' || mark === 'missing').map(({ id }) => ids.get(id))
  return [
    'flowchart LR',
    ...nodes,
    ...edges,
    ...(bad.length === 0 ? [] : ['  classDef unwell stroke:#c00,color:#c00', `  class ${bad.join(',')} unwell`]),
    `  style ${ids.get(around.focus)} stroke-width:3px`,
  ].join('\n')
}
