import type { Document, Block as Part } from '../domain/document.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import { type Block, button, context, type Message, section } from './blocks.ts'
import { documentText } from './document-text.ts'

const maxBlocks = 48
const maxCode = 2_900
const maxRows = 20

/** A document as a Slack message: code blocks for tables and logs (they line up on every screen), cut with a count of what is left out. */
export const documentMessage = (document: Document): Message => {
  const blocks = document.flatMap(partBlocks)
  const shown = blocks.slice(0, maxBlocks)
  const cut = blocks.length > maxBlocks ? [context(`${blocks.length - maxBlocks} more parts are not shown here.`)] : []
  return { text: mrkdwn(plainLine(documentText(document), 2_900)) || 'Nothing to show.', blocks: [...shown, ...cut] }
}

const partBlocks = (part: Part): readonly Block[] => {
  switch (part.kind) {
    case 'title':
      return [section(`*${mrkdwn(part.text, 200)}*`)]
    case 'text':
      return [section(mrkdwn(part.text, 2_500) || '–')]
    case 'link':
      return [section(`<${part.url}|${mrkdwn(part.text, 200)}>`)]
    case 'note':
      return [context(mrkdwn(part.text, 1_500) || '–')]
    case 'list':
      return chunks(
        part.items.map((item) => `• ${mrkdwn(item, 400)}`),
        2_800,
      ).map(section)
    case 'fields':
      return chunks(
        part.fields.map(([name, value]) => `*${mrkdwn(name, 60)}:* ${mrkdwn(value, 500)}`),
        2_800,
      ).map(section)
    case 'code':
      return codeBlocks(part.text)
    case 'button':
      return [{ type: 'actions', elements: [button(part.action, part.label, part.value)] }]
    case 'table':
      return tableBlocks(part)
  }
}

/** Code in a section: backticks in it cannot close the block. The end is what matters in a log, so the beginning is cut. */
const codeBlocks = (text: string): readonly Block[] => {
  const clean = mrkdwn(text, 100_000).replaceAll('```', "'''")
  const tail = clean.length <= maxCode ? clean : clean.slice(-maxCode).replace(/^[^\n]*\n/, '')
  const cut =
    clean.length <= maxCode
      ? []
      : [context(`The last ${tail.split('\n').length} of ${clean.split('\n').length} lines.`)]
  return [...cut, section(`\`\`\`${tail}\`\`\``)]
}

const tableBlocks = (part: Extract<Part, { kind: 'table' }>): readonly Block[] => {
  const more = (part.more ?? 0) + Math.max(0, part.rows.length - maxRows)
  const rows = part.rows.slice(0, maxRows).map((row) => row.map((cell) => plainLine(cell, 80)))
  const text = documentText([{ kind: 'table', columns: part.columns, rows }]).trimEnd()
  const parts = chunks(
    text.split('\n').map((line) => mrkdwn(line, 400).replaceAll('```', "'''")),
    maxCode,
  )
  const left = more === 0 ? [] : [context(`… and ${more} more; narrow it with -n or -l.`)]
  return [...parts.map((lines) => section(`\`\`\`${lines}\`\`\``)), ...left]
}

/** Joins lines into texts of at most `max` characters. */
const chunks = (lines: readonly string[], max: number): readonly string[] => {
  const parts: string[] = []
  for (const line of lines) {
    const last = parts.at(-1)
    if (last === undefined || last.length + line.length + 1 > max) parts.push(line)
    else parts[parts.length - 1] = `${last}\n${line}`
  }
  return parts
}
