import type { Block, Document } from '../domain/document.ts'

/** A document as Markdown, for issues, pull requests and files. Cells and text are escaped. */
export const documentMarkdown = (document: Document): string => `${document.map(blockMarkdown).join('\n\n')}\n`

const blockMarkdown = (block: Block): string => {
  switch (block.kind) {
    case 'title':
      return `## ${markdown(block.text)}`
    case 'text':
      return markdown(block.text)
    case 'link':
      return `[${markdown(block.text)}](${block.url})`
    case 'button':
      return ''
    case 'note':
      return `_${markdown(block.text)}_`
    case 'code': {
      const fence = '`'.repeat(Math.max(3, ...[...block.text.matchAll(/`+/g)].map((run) => run[0].length + 1)))
      return `${fence}${block.language === undefined || block.language === 'log' ? '' : block.language}\n${block.text}\n${fence}`
    }
    case 'list':
      return block.items.map((item) => `- ${markdown(item)}`).join('\n')
    case 'fields':
      return block.fields.map(([name, value]) => `- **${markdown(name)}**: ${markdown(value)}`).join('\n')
    case 'table': {
      const row = (cells: readonly string[]) =>
        `| ${cells.map((cell) => markdown(cell).replaceAll('|', '\\|')).join(' | ')} |`
      const lines = [row(block.columns), row(block.columns.map(() => '---')), ...block.rows.map(row)]
      return [...lines, ...(block.more === undefined ? [] : ['', `… and ${block.more} more`])].join('\n')
    }
  }
}

/** Keeps text from becoming markup, mentions or issue references. Backticks stay: our own text uses them for names. */
const markdown = (value: string): string =>
  value
    .replace(/[\\*_[\]<>#~]/g, (character) =>
      character === '<' ? '&lt;' : character === '>' ? '&gt;' : `\\${character}`,
    )
    .replace(/@(?=\w)/g, '@\u200b')
    .replaceAll(/\s*\n\s*/g, ' ')
