import type { Block, Document } from '../domain/document.ts'

/** Widest column, in characters; longer cells are cut with an ellipsis only where the terminal's width is known. */
const gap = '   '

/** A document for a terminal: aligned tables, no colour, ends with a newline. `width` bounds table lines where it is given. */
export const documentText = (document: Document, width?: number): string =>
  `${document
    .map((block) => blockText(block, width))
    .filter((part) => part !== '')
    .join('\n\n')}\n`

const blockText = (block: Block, width: number | undefined): string => {
  switch (block.kind) {
    case 'title':
      return block.text
    case 'text':
      return plain(block.text)
    case 'link':
      return `${plain(block.text)}: ${block.url}`
    case 'button':
      return ''
    case 'note':
      return `(${plain(block.text)})`
    case 'code':
      return block.text
    case 'list':
      return block.items.map((item) => `  ${plain(item)}`).join('\n')
    case 'fields': {
      const longest = Math.max(...block.fields.map(([name]) => name.length), 0)
      return block.fields.map(([name, value]) => `${name.padEnd(longest)}  ${value}`).join('\n')
    }
    case 'table':
      return tableText(block, width)
  }
}

const plain = (value: string): string => value.replaceAll('`', '')

const tableText = (block: Extract<Block, { kind: 'table' }>, width: number | undefined): string => {
  const all = [block.columns.map((column) => column.toUpperCase()), ...block.rows]
  const widths = block.columns.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join(gap)
      .trimEnd(),
  )
  const cut =
    width === undefined ? lines : lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
  return [...cut, ...(block.more === undefined ? [] : [`… and ${block.more} more`])].join('\n')
}
